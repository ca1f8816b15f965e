"""In: an attribute's value. Out: how a search says it, so that 42 and "42" are one."""

from __future__ import annotations

import base64
import json
from typing import NamedTuple

from traces.core.values import Value, to_python


class Said(NamedTuple):
    """Lists, maps, bytes and nothing have a text too, but no search finds them by it."""

    text: str
    is_scalar: bool


def said(value: Value) -> Said:
    plain = to_python(value)
    if isinstance(plain, str):
        return Said(plain, is_scalar=True)
    if isinstance(plain, bytes):
        return Said(_text(plain), is_scalar=False)
    text = json.dumps(plain, ensure_ascii=False, default=_text, sort_keys=True)
    return Said(text, is_scalar=isinstance(plain, int | float))


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
