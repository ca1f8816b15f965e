"""In: a value in JSON form (`core.values`), an operator, and what a query compares it with. Out: whether it fits.

Text fits a number or a boolean that is written so: 42 fits 42, 42.0 and "42"; true fits true and "true". Numbers are
compared exactly, whole or not. What has to be more or less than a number is a number, or text that is one's literal.
~ and : look at what a value is as text: of a number its decimal notation, without an exponent, as jsonb prints it.
Text that PostgreSQL can't hold (NUL, lone surrogates) is equal to itself, and nothing is found in it. Bytes, maps and
null equal nothing, have no text, and are no number. Lists are their items; that is the caller's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from traces.core.regex import parse_regex
from traces.core.regex_matching import Matcher
from traces.core.subjects import OPPOSITE, Op, TypedValue
from traces.core.values import Value, is_storable, to_python

NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,30})(?:\.\d{1,30})?(?:[eE][+-]?\d{1,3})?", re.ASCII)


def number_of(text: str) -> int | float | None:
    """The number of a literal as JSON has them; None where it is none, or beyond what a double holds."""
    if not NUMBER.fullmatch(text):
        return None
    if text.lstrip("-").isdigit():
        return int(text)
    number = float(text)
    return number if abs(number) != float("inf") else None


def text_of(value: Value) -> str | None:
    """What ~ and : look at; None where there is none."""
    if isinstance(value, str):
        return value if is_storable(value) else None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return format(Decimal(repr(value)), "f")
    if isinstance(value, dict) and value.keys() & {"$int", "$double"} and len(value) == 1:
        return str(next(iter(value.values())))
    return None


def sent_number(value: Value) -> int | float | None:
    """Of a value that was sent as a number."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return value
    if isinstance(value, dict) and value.keys() in ({"$int"}, {"$double"}):
        found: int | float = to_python(value)
        return found
    return None


def read_number(value: Value) -> int | float | None:
    """Of a number, or of text that is one's literal: what can be more or less, and be added up."""
    return number_of(value) if isinstance(value, str) else sent_number(value)


def fits(value: Value, op: Op, wanted: TypedValue) -> bool:
    """Whether one value fits one that is wanted. Not for != and !~, which speak of all values."""
    if isinstance(wanted, bytes):
        return bool(value == wanted)
    if isinstance(wanted, int):
        return ordered(op, value, wanted)
    if op is Op.EQUAL:
        return equals(value, wanted)
    if op in _TEXT:
        text = text_of(value)
        return text is not None and _TEXT[op](text, wanted)
    limit, number = number_of(wanted), read_number(value)
    return limit is not None and number is not None and ordered(op, number, limit)


def equals(value: Value, text: str) -> bool:
    if isinstance(value, dict) and value.keys() == {"$text"}:
        return bool(to_python(value) == text)
    if text in (value, text_of(value)):
        return True
    number = sent_number(value)
    return number is not None and number == number_of(text)


def ordered(op: Op, number: int | float | Fraction, limit: int | float) -> bool:
    if op is Op.EQUAL:
        return number == limit
    if op is Op.OVER:
        return number > limit
    if op is Op.AT_LEAST:
        return number >= limit
    return number < limit if op is Op.UNDER else number <= limit


@lru_cache(maxsize=256)
def _matcher(pattern: str) -> Matcher:
    return Matcher(parse_regex(pattern))


_TEXT: dict[Op, Callable[[str, str], bool]] = {
    Op.MATCHES: lambda text, pattern: _matcher(pattern).search(text),
    Op.WHOLLY_MATCHES: lambda text, pattern: _matcher(pattern).fullmatch(text),
    Op.CONTAINS: lambda text, part: part.lower() in text.lower(),
}


def holds(found: Sequence[Value], op: Op, wanted: Sequence[TypedValue]) -> bool:
    """Whether the values that are there fit those that are asked for, in the sense of `core.meaning`."""
    if op in OPPOSITE:
        return bool(found) and not holds(found, OPPOSITE[op], wanted)
    return any(fits(value, op, one) for value in found for one in wanted)
