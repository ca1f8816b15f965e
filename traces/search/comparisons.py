"""In: what a comparison speaks of, its operator, its values as written. Out: its meaning, or what would be right."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from traces.core.comparing import number_of
from traces.core.meaning import Attribute, Condition, Exists, Intrinsic, Not, Trace
from traces.core.regex import parse_regex
from traces.core.regex_classes import BadRegex
from traces.core.span import Kind, Status
from traces.core.subjects import COUNTS, DURATIONS, IDS, MATCHING, ORDERING, Fact, Field, Key, Op, TypedValue
from traces.search import BadQuery, duration_ns
from traces.search.names import Named

OPTIONAL = (Field.PARENT_ID, Field.EVENT_NAME, Field.LINK_TRACE_ID, Field.LINK_SPAN_ID)
MOST_PART = 1_000
_EXACT = (Op.EQUAL, Op.NOT_EQUAL)
_TRACE_IDS = (Fact.ID, Field.LINK_TRACE_ID)
_PARTS = re.compile(r"\d{1,19}(?:\.\d{1,9})?[a-zA-Zµμ]{1,2}")
_WHOLE = re.compile(r"\d{1,18}", re.ASCII)
_CHOICES = {Field.KIND: Kind, Field.STATUS: Status}


def compared(subject: Named, op: Op, values: tuple[str, ...], source: str) -> Condition:
    """`source` is how the comparison is written, for a message. Raises BadQuery."""
    if op in ORDERING and len(values) > 1:
        raise BadQuery("q", f"{source}: {op} takes one value; lists go with = != ~ !~ :")
    if op in MATCHING:
        _check_patterns(values, source)
    if op is Op.CONTAINS:
        check_parts(values, source)
    if isinstance(subject, Key):
        if op in ORDERING and number_of(values[0]) is None:
            hint = (
                "; how long it took is duration of a span, trace.duration of a trace" if duration_ns(values[0]) else ""
            )
            raise BadQuery("q", f"{source}: expected a number such as 500{hint}")
        return Attribute(subject, op, values)
    if _is_plain_attribute(subject, op, values):
        return Attribute(Key(subject.value), op, values)
    typed = _typed(subject, op, values, source)
    return Trace(subject, op, typed) if isinstance(subject, Fact) else Intrinsic(subject, op, typed)


def exists(subject: Named) -> Condition:
    if isinstance(subject, Key) or subject in OPTIONAL:
        assert not isinstance(subject, Fact)
        return Exists(subject)
    raise BadQuery("q", f"{subject.value} exists: there always is one; compare it, as in {_example(subject)}")


def compared_to_nil(subject: Named, op: Op, source: str) -> Condition:
    """TraceQL's way to say that there is something, or isn't."""
    if op not in _EXACT:
        raise BadQuery("q", f"{source}: nil goes with = and !=")
    return exists(subject) if op is Op.NOT_EQUAL else Not(exists(subject))


def duration_of(text: str) -> int | None:
    """`1m30s` in nanoseconds; None where it is no duration."""
    parts = _PARTS.findall(text)
    if not parts or "".join(parts) != text:
        return None
    lengths = [duration_ns(part) for part in parts]
    total = sum(length for length in lengths if length is not None)
    return total if None not in lengths and total < 1 << 63 else None


def _is_plain_attribute(subject: Named, op: Op, values: tuple[str, ...]) -> bool:
    """status=paid speaks of an attribute, there being no such status."""
    if op is not Op.EQUAL or len(values) > 1 or subject not in (Field.KIND, Field.STATUS):
        return False
    return values[0].upper() not in _CHOICES[Field(subject)].__members__


def _typed(subject: Field | Fact, op: Op, values: tuple[str, ...], source: str) -> tuple[TypedValue, ...]:
    read, allowed, expected = _kind_of_value(subject)
    if op not in allowed:
        raise BadQuery("q", f"{source}: {subject.value} goes with {' '.join(allowed)}")
    typed = tuple(map(read, values))
    found = tuple(value for value in typed if value is not None)
    if len(found) < len(typed):
        raise BadQuery("q", f"{source}: expected {expected}")
    return found


def _kind_of_value(subject: Field | Fact) -> tuple[Callable[[str], TypedValue | None], tuple[Op, ...], str]:
    """How a value is read, the operators that go with it, and what is expected."""
    if subject in DURATIONS:
        return duration_of, (*_EXACT, *ORDERING), "a duration such as 500ms, 1.5s or 2m"
    if subject in COUNTS:
        return _count, (*_EXACT, *ORDERING), "a whole number such as 10"
    if subject in IDS:
        digits = 32 if subject in _TRACE_IDS else 16
        return lambda text: _id(text, digits), _EXACT, f"{digits} hexadecimal digits"
    if subject in (Field.KIND, Field.STATUS):
        members = _CHOICES[Field(subject)].__members__
        names = ", ".join(name.lower() for name in members)
        return lambda text: members.get(text.upper()), _EXACT, f"one of {names}"
    return str, (*_EXACT, *MATCHING, Op.CONTAINS), "text"


def _count(text: str) -> int | None:
    return int(text) if _WHOLE.fullmatch(text) else None


def _id(text: str, digits: int) -> bytes | None:
    is_id = re.fullmatch(rf"[0-9a-fA-F]{{{digits}}}", text)
    return bytes.fromhex(text) if is_id else None


def _check_patterns(values: tuple[str, ...], source: str) -> None:
    for value in values:
        try:
            parse_regex(value)
        except BadRegex as error:
            raise BadQuery("q", f"{source}: in the regular expression, {error}") from error


def check_parts(values: Sequence[str], source: str) -> None:
    """To look for a part in a text takes as many steps as both have characters, multiplied."""
    if any(len(value) > MOST_PART for value in values):
        raise BadQuery("q", f"{source}: a text to be found has up to {MOST_PART:,} characters; = takes more")


def _example(subject: Field | Fact) -> str:
    if subject in DURATIONS:
        return f"{subject.value}>500ms"
    return f"{subject.value}>1" if subject in COUNTS else f"{subject.value}=…"
