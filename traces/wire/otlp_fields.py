"""What a field of OTLP/JSON says -> attributes, numbers, times of a span. Raises Rejected with the place."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from enum import IntEnum

import msgspec
from msgspec import UNSET, Raw

from traces.core.span import NO_ATTRIBUTES, Attributes
from traces.core.values import (
    MAX_DEPTH,
    EncodedMap,
    Value,
    bytes_value,
    double_value,
    int_value,
    key_text,
    map_value,
    text_value,
)
from traces.wire import LAST_NS, DecodeError, Rejected, under
from traces.wire import otlp_shapes as sent
from traces.wire.memo import Memo

_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?|NaN|-?Infinity", re.ASCII)
_DIGITS = re.compile(r"-?\d+", re.ASCII)
_URL_SAFE = str.maketrans("-_", "+/")


def enum_number(code: int | str | None, words: type[IntEnum], field: str) -> int:
    """A number that this version of OTLP doesn't know is kept; a word needs no prefix."""
    if isinstance(code, int) and -(1 << 31) <= code < 1 << 31:
        return code
    word = str(code).upper().rpartition(".")[2].removeprefix("SPAN_KIND_").removeprefix("STATUS_CODE_")
    if word in words.__members__:
        return words[word]
    known = ", ".join(words.__members__)
    raise Rejected(f"{field}: an unknown word or number, need 0 to {max(words)} or one of {known}")


def attributes(pairs: Sequence[sent.KeyValue] | None) -> Attributes:
    """Attributes from decoded pairs; of two with one key the last counts."""
    found: dict[str, Value] = {}
    for index, pair in enumerate(pairs or ()):
        try:
            found[key_text(pair.key or "")] = _value(pair.value)
        except Rejected as error:
            raise Rejected(under(f"attributes[{index}].value", error)) from error
    return found or NO_ATTRIBUTES


def raw_attributes(raw: Raw) -> Attributes:
    """Attributes from JSON that is well-formed. Raises msgspec's errors where a type is wrong.

    The list is cut into pairs by what stands between two of them, since decoding a pair costs three times as
    much as looking it up. It can't stand inside a string, where quotes are escaped; where it stands inside a
    nested map, or the JSON has spaces, the piece is no whole pair, and the list is decoded after all.
    """
    text = bytes(raw)
    if text.startswith(b'[{"key":"'):
        try:
            return EncodedMap(b"{%b}" % b",".join(map(_pair, text[8:-2].split(b'},{"key":'))))
        except (msgspec.MsgspecError, Rejected):
            pass
    return attributes(_typed_pairs.decode(text)) if text else NO_ATTRIBUTES


def _read_pair(raw: bytes) -> bytes:
    """One attribute as a piece of JSON: "key":value."""
    pair = _typed_pair.decode(b'{"key":%b}' % raw)
    return b"%b:%b" % (_json(key_text(pair.key or "")), _json(_value(pair.value)))


_json = msgspec.json.Encoder().encode
_typed_pair = msgspec.json.Decoder(sent.KeyValue)
_typed_pairs = msgspec.json.Decoder(list[sent.KeyValue] | None)
# 60,000 pairs take about 20 MB.
_pair = Memo(_read_pair, 60_000).__getitem__


def _value(value: sent.AnyValue | None, depth: int = MAX_DEPTH) -> Value:
    if value is None:
        return None
    if value.int_value is not None:
        return int_value(integer(value.int_value, "intValue"))
    if value.string_value is not None:
        return text_value(value.string_value)
    if value.bool_value is not None:
        return value.bool_value
    if value.bytes_value is not None:
        return bytes_value(_bytes(value.bytes_value))
    if value.array_value is not None or value.kvlist_value is not None:
        return _nested(value, depth - 1)
    return None if value.double_value is UNSET else double_value(_double(value.double_value))


def _nested(value: sent.AnyValue, depth: int) -> Value:
    if depth < 0:
        raise DecodeError(f"an attribute is nested too deep, need at most {MAX_DEPTH} levels")
    if value.array_value is not None:
        return [_value(item, depth) for item in value.array_value.values or ()]
    pairs = (value.kvlist_value and value.kvlist_value.values) or ()
    return map_value({pair.key or "": _value(pair.value, depth) for pair in pairs})


def _bytes(text: str) -> bytes:
    try:
        plain = text.rstrip("=").translate(_URL_SAFE)
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except ValueError as error:
        raise Rejected(f"bytesValue: {len(text)} characters that are no base64, need base64") from error


def _double(number: float | str | None) -> float:
    if isinstance(number, str):
        if not _NUMBER.fullmatch(number):
            raise Rejected("doubleValue: no number, need a number, NaN, Infinity or -Infinity")
        return float(number)
    return float("nan") if number is None else number


def integer(number: str | float, field: str) -> int:
    if isinstance(number, int):
        return number
    try:
        # Not int() alone, which takes spaces, underscores and a plus sign.
        if isinstance(number, str) and _DIGITS.fullmatch(number):
            return int(number)
        # Beyond 2^53 a float is no longer the integer that was written.
        if isinstance(number, float) and number.is_integer() and abs(number) <= 1 << 53:
            return int(number)
    except ValueError:
        pass
    raise Rejected(f"{field}: no integer, need digits, as a number or in quotes")


def nanoseconds(time: sent.Integer, field: str) -> int:
    # Nearly all come this way.
    if type(time) is str and len(time) == 19 and time.isdecimal() and (time_ns := int(time)) <= LAST_NS:
        return time_ns
    if time is None:
        return 0
    time_ns = integer(time, field)
    if 0 <= time_ns <= LAST_NS:
        return time_ns
    raise Rejected(f"{field}: before 1970 or after 2262, need nanoseconds since 1970 (0 to 2^63-1)")


def count(number: sent.Integer, field: str) -> int:
    if not number:
        return 0
    count = integer(number, field)
    if 0 <= count < 1 << 32:
        return count
    raise Rejected(f"{field}: out of range, need 0 to 2^32-1")
