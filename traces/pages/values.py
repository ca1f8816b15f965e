"""In: attributes in JSON form. Out: lines for a page, each with its type and a text that a browser can show.

The text is still hostile: templates escape it, and only http(s) becomes a link.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from traces.core.printable import printable
from traces.core.values import Value, key_from_text, to_python

_URL = re.compile(r"https?://[^\s<>\"']{1,2000}", re.ASCII)
SHORT, LONG = 40, 100
_TYPES = {
    str: "string",
    bool: "bool",
    int: "int",
    float: "double",
    bytes: "bytes",
    list: "array",
    dict: "map",
}


@dataclass(frozen=True, slots=True)
class Line:
    """An attribute."""

    key: str
    text: str
    type: str
    url: str  # where the text is a link, else empty
    shape: str  # "long": needs the whole width; "long lined": its line ends matter


def lines_of(attributes: Mapping[str, Value]) -> list[Line]:
    """One line an attribute, by key."""
    return sorted((_line(key, value) for key, value in attributes.items()), key=lambda line: line.key)


def _line(key: str, stored: Value) -> Line:
    value = to_python(stored)
    text = printable(_text(value))
    url = text if isinstance(value, str) and _URL.fullmatch(text) else ""
    shape = "long lined" if "\n" in text else "long" if len(text) > LONG else ""
    return Line(printable(key_from_text(key)), text, _type(value), url, shape)


def _type(value: Any) -> str:
    return _TYPES.get(type(value), "empty")


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, list | dict):
        short = json.dumps(value, ensure_ascii=False, default=_text)
        return short if len(short) <= SHORT else json.dumps(value, indent=2, ensure_ascii=False, default=_text)
    return json.dumps(value)
