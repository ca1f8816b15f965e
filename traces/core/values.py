"""The JSON form of an attribute value: one form on the wire's inner side, in jsonb, in core and on the page.

JSON has no bytes, no NaN, and PostgreSQL's jsonb has no NUL, no lone surrogate and one kind of number. What it
lacks is kept as a map with one key that starts with "$", so that it comes out with the type it went in with:

    {"$bytes": "aGk="}         base64
    {"$double": "NaN"}         also Infinity, -Infinity, -0.0 and doubles of 1e15 and more
    {"$int": "18446744073709551616"}   beyond 64 bits
    {"$text": "YQBi"}          base64 of UTF-8 (surrogates passed through): text with NUL or lone surrogates
    {"$map": {"$bytes": …}}    a sender's own map that looks like one of these

A map's key that jsonb can't hold becomes "$text:" and the same base64.
"""

from __future__ import annotations

import base64
import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

# Any because mypy has no recursive JSON type that both msgspec and psycopg return.
Value = Any

MAX_DEPTH = 64
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
TAGS = ("$bytes", "$double", "$int", "$text", "$map")


class EncodedMap(Mapping[str, Value]):
    """A map of values that travels as JSON text, from the wire to the database and back, and is parsed when read.

    Most spans are stored without anybody looking inside: a dict made and encoded again is a tenth of their cost.
    """

    __slots__ = ("_items", "json")

    def __init__(self, text: bytes) -> None:
        self.json = text

    def _decoded(self) -> dict[str, Value]:
        if not hasattr(self, "_items"):
            self._items: dict[str, Value] = json.loads(self.json)
        return self._items

    def __getitem__(self, key: str) -> Value:
        return self._decoded()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._decoded())

    def __len__(self) -> int:
        return len(self._decoded())

    def __repr__(self) -> str:
        return repr(self._decoded())


def is_storable(text: str) -> bool:
    """Whether PostgreSQL can hold it as it is."""
    return not _UNSTORABLE.search(text)


def text_value(text: str) -> Value:
    """A string as it is, or tagged where jsonb could not hold it."""
    return text if is_storable(text) else {"$text": _pack(text)}


def double_value(number: float) -> Value:
    """A float as it is, or tagged where jsonb would refuse it, lose its sign or give it back as an integer."""
    if -1e15 < number < 1e15 and (number or math.copysign(1, number) > 0):
        return number
    return {"$double": "NaN" if number != number else repr(number).replace("inf", "Infinity")}


def int_value(number: int) -> Value:
    """An integer as it is, or tagged beyond 64 bits."""
    return number if -(1 << 63) <= number < 1 << 63 else {"$int": str(number)}


def bytes_value(data: bytes) -> Value:
    """Bytes, tagged."""
    return {"$bytes": base64.b64encode(data).decode()}


def map_value(items: Mapping[str, Value]) -> Value:
    """A sender's map whose values are in JSON form already."""
    stored = {key_text(key): value for key, value in items.items()}
    return {"$map": stored} if len(stored) == 1 and next(iter(stored)).startswith("$") else stored


def key_text(key: str) -> str:
    """An attribute's key as jsonb can hold it."""
    return key if is_storable(key) and not key.startswith("$text:") else f"$text:{_pack(key)}"


def key_from_text(key: str) -> str:
    """The key as its sender wrote it."""
    if not key.startswith("$text:"):
        return key
    try:
        return _unpack(key[6:])
    except ValueError:
        return key


def from_python(value: object, depth: int = MAX_DEPTH) -> Value:
    """Any value of Python's json, and bytes, in JSON form. Raises ValueError beyond `depth` levels."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return text_value(value)
    if isinstance(value, int):
        return int_value(value)
    if isinstance(value, float):
        return double_value(value)
    if isinstance(value, bytes):
        return bytes_value(value)
    if not depth:
        raise ValueError(f"nested deeper than {MAX_DEPTH} levels")
    if isinstance(value, Mapping):
        return map_value({str(key): from_python(item, depth - 1) for key, item in value.items()})
    if isinstance(value, list | tuple):
        return [from_python(item, depth - 1) for item in value]
    raise ValueError(f"a {type(value).__name__} is no attribute value")


def to_python(value: Value) -> Any:
    """The value as it came: str, bool, int, float (NaN too), bytes, list, dict or None."""
    if isinstance(value, list):
        return [to_python(item) for item in value]
    if not isinstance(value, dict):
        return value
    tag = next(iter(value)) if len(value) == 1 else None
    if tag in TAGS:
        return _untag(tag, value)
    return {key_from_text(key): to_python(item) for key, item in value.items()}


def _untag(tag: str, value: dict[str, Any]) -> Any:
    inner = value[tag]
    if tag == "$map":
        return {key_from_text(key): to_python(item) for key, item in inner.items()}
    if tag == "$bytes":
        return base64.b64decode(inner, validate=True)
    if tag == "$text":
        return _unpack(inner)
    return float(inner) if tag == "$double" else int(inner)


def _pack(text: str) -> str:
    return base64.b64encode(text.encode("utf-8", "surrogatepass")).decode()


def _unpack(text: str) -> str:
    return base64.b64decode(text, validate=True).decode("utf-8", "surrogatepass")
