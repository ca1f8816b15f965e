"""A sender's bytes come in, spans go out: what the decoders of all wire formats share."""

from __future__ import annotations

import json
import re
from typing import NamedTuple

from traces.core.span import UNKNOWN_SERVICE, Attributes, Span

END_BEFORE_START = "ended before it started; shown with no duration"
LAST_NS = (1 << 63) - 1
_MISFIT = re.compile(r"Expected `(.+?)`, got `(.+?)`(?: - at `\$(.*)`)?$")


class DecodeError(ValueError):
    """The body can't be read. Its message names the place, the shape and what would be right, no value."""


class Rejected(ValueError):
    """A single span that can't be kept. The message is like DecodeError's, its place relative to the span."""


class Decoded(NamedTuple):
    """The spans that can be kept, and one reason for each that can't: "place: shape, what would be right"."""

    spans: list[Span]
    rejected: list[str]


def text_of(body: bytes) -> str:
    """A JSON body's text, without a byte order mark."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DecodeError(f"the body is no UTF-8 at byte {error.start}; need JSON in UTF-8") from error
    if not text or text.isspace():
        raise DecodeError("the body is empty; need JSON")
    return text


def broken_json(error: ValueError) -> str:
    """Where text stops being JSON, in words that repeat none of it."""
    if isinstance(error, json.JSONDecodeError):
        return f"no JSON at line {error.lineno}, column {error.colno}: {error.msg}"
    return "no JSON that can be read: a number of thousands of digits"


def misfit(error: Exception) -> str:
    """The place, shape and right shape of what msgspec could not convert: "name: int, need str or null"."""
    found = _MISFIT.search(str(error))
    if not found:
        return ": a field's name or a number is unreadable"
    need, got, place = found.groups()
    return f"{(place or '').removeprefix('.')}: {got}, need {need.replace(' | ', ' or ')}"


def under(place: str, reason: object) -> str:
    """A reason whose place is relative to another place."""
    text = str(reason)
    return f"{place}{text}" if not place or text[:1] in ":[" else f"{place}.{text}"


def hex_id(text: str | None, size: int, field: str) -> bytes:
    """An id of so many bytes from hex digits in any case; zeros are left to the caller."""
    if text is None:
        raise Rejected(f"{field}: missing, need {size * 2} hex digits")
    try:
        raw = bytes.fromhex(text)
    except ValueError:
        raw = b""
    # fromhex skips spaces, so both lengths count.
    if len(raw) == size and len(text) == size * 2:
        return raw
    shape = f"{len(text)} characters" if len(text) != size * 2 else "not all are hex digits"
    raise Rejected(f"{field}: {shape}, need {size * 2} hex digits")


def own_id(text: str | None, size: int, field: str) -> bytes:
    """A trace's or span's own id, which can't be zeros."""
    try:
        raw = bytes.fromhex(text or "")
        if len(raw) == size and any(raw) and len(text or "") == size * 2:
            return raw
    except ValueError:
        pass
    if not any(hex_id(text, size, field)):
        raise Rejected(f"{field}: only zeros, need {size * 2} hex digits of a real id")
    raise AssertionError("a good id has been returned by now")


def service_name(resource: Attributes) -> str:
    """Who sent it, by its resource."""
    name = resource.get("service.name")
    return name if isinstance(name, str) and name else UNKNOWN_SERVICE
