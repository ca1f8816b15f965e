"""What a field of a plain JSON span says -> attributes, ids, times. Raises Rejected with the place."""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal
from typing import TypeGuard

from traces.core.iso_time import parse_iso
from traces.core.span import NO_ATTRIBUTES, Attributes
from traces.core.values import MAX_DEPTH, Value, from_python, key_from_text, key_text, map_value, to_python
from traces.wire import LAST_NS, DecodeError, Rejected, hex_id


def attributes(items: Mapping[str, object] | None) -> Attributes:
    """Any JSON; what has a tag, as our export writes it, becomes what the tag says."""
    return {_key(key): _value(item) for key, item in items.items()} if items else NO_ATTRIBUTES


def _key(key: str) -> str:
    return key_text(key_from_text(key))


def _value(value: object, depth: int = MAX_DEPTH) -> Value:
    if not isinstance(value, list | dict):
        return from_python(value)
    if not depth:
        raise DecodeError(f"an attribute is nested too deep, need at most {MAX_DEPTH} levels")
    if isinstance(value, list):
        return [_value(item, depth - 1) for item in value]
    return _map(value, depth - 1)


def _map(items: dict[str, object], depth: int) -> Value:
    if len(items) == 1:
        ((tag, inner),) = items.items()
        if tag == "$map" and _looks_tagged(inner):
            return {tag: {_key(key): _value(item, depth) for key, item in inner.items()}}
        if tag in {"$bytes", "$double", "$int", "$text"} and isinstance(inner, str):
            try:
                return from_python(to_python(items))
            except ValueError:
                pass  # A sender's own map, whose key is a tag by chance.
    return map_value({key_from_text(key): _value(item, depth) for key, item in items.items()})


def _looks_tagged(items: object) -> TypeGuard[dict[str, object]]:
    return isinstance(items, dict) and len(items) == 1 and str(*items).startswith("$")


def plain_id(text: str | None, size: int, field: str) -> bytes:
    """An id with or without 0x and dashes, as a UUID has them."""
    return hex_id(text and text.removeprefix("0x").replace("-", ""), size, field)


def link_id(text: str | None, size: int, field: str) -> bytes:
    """A link may have no ids: the specification lets it point nowhere and still say something."""
    return plain_id(text, size, field) if text else bytes(size)


def time_ns(time: object, field: str) -> int:
    """Nanoseconds from ISO 8601 or integer nanoseconds; the unit of any other number would be a guess."""
    need = "need ISO 8601 text or integer nanoseconds since 1970"
    if time is None:
        raise Rejected(f"{field}: missing, {need}")
    if isinstance(time, bool | float) or not isinstance(time, int | str):
        shape = "with a fraction or exponent" if isinstance(time, float) else "neither text nor number"
        raise Rejected(f"{field}: {shape}, {need}")
    try:
        number = _from_text(time) if isinstance(time, str) else time
    except ValueError as error:
        raise Rejected(f"{field}: {len(str(time))} characters that are no time, {need}") from error
    return in_range(number, field)


def _from_text(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else parse_iso(text)


def in_range(number: int, field: str) -> int:
    if 0 <= number <= LAST_NS:
        return number
    raise Rejected(f"{field}: before 1970 or after 2262, need nanoseconds since 1970 (0 to 2^63-1)")


def nanoseconds(duration_ms: float) -> int:
    """Milliseconds as they were written, not as a float multiplies."""
    if not math.isfinite(duration_ms):
        raise Rejected("duration_ms: not finite, need milliseconds")
    return int((Decimal(repr(duration_ms)) * 1_000_000).to_integral_value())
