"""Values in, protobuf bytes out: just enough of the wire format to write OTLP quickly.

https://protobuf.dev/programming-guides/encoding/
"""

from __future__ import annotations

import struct
from functools import lru_cache

_DOUBLE = struct.Struct("<d")


def varint(number: int) -> bytes:
    """An unsigned integer, seven bits a byte."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


# Nearly every length in a load is below this: a look-up is ten times faster than the loop.
_VARINTS = [varint(number) for number in range(1 << 14)]


def length(size: int) -> bytes:
    return _VARINTS[size] if size < 1 << 14 else varint(size)


def field(number: int, data: bytes) -> bytes:
    """A length-delimited field: a message, a text, bytes."""
    return varint(number << 3 | 2) + length(len(data)) + data


def text_field(number: int, text: str) -> bytes:
    return field(number, text.encode())


def int_field(number: int, value: int) -> bytes:
    return varint(number << 3) + varint(value)


Scalar = str | int | float | bool


def any_value(value: Scalar) -> bytes:
    """An AnyValue message of OTLP."""
    if isinstance(value, str):
        return text_field(1, value)
    if isinstance(value, bool):
        return int_field(2, value)
    if isinstance(value, int):
        return int_field(3, value)
    return b"\x21" + _DOUBLE.pack(value)


@lru_cache(maxsize=1 << 17)
def attribute(number: int, key: str, value: Scalar) -> bytes:
    """A KeyValue as field `number` of its message. Cached: of most attributes there are few values."""
    return field(number, text_field(1, key) + field(2, any_value(value)))


def attributes(number: int, values: dict[str, Scalar]) -> bytes:
    return b"".join(attribute(number, key, value) for key, value in values.items())


def text_prefix(number: int, key: str, size: int) -> bytes:
    """What stands before a text of `size` bytes that is to be an attribute's value."""
    whole = field(number, text_field(1, key) + field(2, any_value("x" * size)))
    return whole[: len(whole) - size]
