"""In: attributes in JSON form. Out: lines for a page, each with its type and a text that a browser can show.

The text is still hostile: templates escape it, and only http(s) becomes a link.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from traces.core.meaning import Condition
from traces.core.printable import printable
from traces.core.stacktrace import Run, runs_of
from traces.core.values import Value, key_from_text, to_python
from traces.pages.view import columns_said
from traces.search import attribute_is, opposite_of, query_text

_URL = re.compile(r"https?://[^\s<>\"']{1,2000}", re.ASCII)
SHORT, LONG = 40, 100
# What is longer shows its beginning, and the rest on demand.
CUT_LINES, CUT_LENGTH = 14, 800
# A longer address is more than some servers and browsers take.
SEARCHED_LENGTH = 500
_STACK_KEYS = frozenset({"exception.stacktrace", "code.stacktrace", "error.stack"})
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
    original: str = ""  # what copying gives where the text was laid out anew
    more: str = ""  # how much there is, where only the beginning shows at first
    runs: Sequence[Run] = ()  # the text of a stack trace in parts
    search: str = ""  # where traces with this value are found
    column: str = ""  # the key as a column of the waterfall has it in its address
    without: str = ""  # where traces are found in which no span has it


def lines_of(attributes: Mapping[str, Value], *, searchable: bool = False) -> list[Line]:
    """One line an attribute, by key; searchable are those of spans and resources."""
    lines = (_line(key, value, searchable=searchable) for key, value in attributes.items())
    return sorted(lines, key=lambda line: line.key)


def value_text(stored: Value) -> str:
    """A value in one line, as far as it has no line ends of its own."""
    value = to_python(stored)
    return printable(
        json.dumps(value, ensure_ascii=False, default=_text) if isinstance(value, list | dict) else _text(value)
    )


def _line(stored_key: str, stored: Value, *, searchable: bool) -> Line:
    key, value = key_from_text(stored_key), to_python(stored)
    plain = _text(value)
    text = printable(_indented(plain) if isinstance(value, str) else plain)
    condition = _condition(key, value) if searchable else None
    shape = "long lined" if "\n" in text else "long" if len(text) > LONG else ""
    return Line(
        printable(key),
        text,
        _TYPES.get(type(value), "empty"),
        text if isinstance(value, str) and _URL.fullmatch(text) else "",
        shape,
        original="" if text == printable(plain) else printable(plain),
        more=_more(text),
        runs=runs_of(text) if key in _STACK_KEYS and "\n" in text else (),
        search=_search(condition),
        without=_search(opposite_of(condition)) if condition else "",
        column=key if searchable and columns_said(key) == (key,) and printable(key) == key else "",
    )


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, list | dict):
        short = json.dumps(value, ensure_ascii=False, default=_text)
        return short if len(short) <= SHORT else json.dumps(value, indent=2, ensure_ascii=False, default=_text)
    return json.dumps(value)


def _indented(text: str) -> str:
    """JSON that came as a string, laid out; any other text as it is."""
    if len(text) <= SHORT or text[0] not in "{[" or text[-1] not in "}]":
        return text
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text


def _more(text: str) -> str:
    if (lines := text.count("\n") + 1) > CUT_LINES:
        return f"all {lines:,} lines"
    return f"all {len(text):,} characters" if len(text) > CUT_LENGTH else ""


def _condition(key: str, value: Any) -> Condition | None:
    """That a span has this value; None for what isn't to be searched for."""
    return attribute_is(key, _text(value)) if isinstance(value, str | int | float) else None


def _search(condition: Condition | None) -> str:
    """The address of the traces of all time that it finds; empty where an address can't say it."""
    query = "" if condition is None else query_text(condition)
    is_said = query and printable(query) == query and len(query) <= SEARCHED_LENGTH
    return f"{reverse('traces:list')}?{urlencode({'last': 'all', 'q': query})}" if is_said else ""
