"""In: what a query means. Out: its text, as somebody would type it; `parse` of it is the same meaning again."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import IntEnum

from traces.core.meaning import (
    Aggregate,
    And,
    Attribute,
    By,
    Condition,
    Exists,
    Filter,
    Intrinsic,
    Metric,
    Not,
    Or,
    Pipeline,
    Select,
    Some,
    Stage,
    Structure,
    Text,
    Trace,
)
from traces.core.subjects import DURATIONS, Subject, TypedValue
from traces.search.durations import typed_duration
from traces.search.names import BOUNDS, RESERVED, Named, name_text, quoted

# Values that need no quotes, wherever they stand.
_PLAIN = re.compile(r"""(?![=~`])[^\s"{}()&|,`]+""")


def query_text(query: Condition) -> str:
    """Of a condition on the trace."""
    return _text(query, in_brace=False)


def brace_texts(inner: And) -> list[str]:
    """Of each condition on one span; with spaces between them they are what braces hold."""
    return [_grouped(item, True, Or, And, Pipeline) for item in inner.items]


def _text(condition: Condition, *, in_brace: bool) -> str:
    match condition:
        case Or(items):
            return " or ".join(_grouped(item, in_brace, Or, Pipeline) for item in items)
        case And(items):
            return " ".join(_grouped(item, in_brace, Or, And, Pipeline) for item in items)
        case Not(item):
            return _negated(item, in_brace)
        case Some(inner):
            return _some(inner)
        case Structure(left, right, relation, negated, both):
            sign = f"{'!' if negated else ''}{'&' if both else ''}{relation}"
            return f"{_side(left)} {sign} {_side(right, Structure)}"
        case Pipeline(source, stages):
            first = _brace(source.condition) if isinstance(source, Some) else _grouped(source, False, Pipeline)
            return " | ".join([first, *map(stage_text, stages)])
    return _single(condition)


def _grouped(item: Condition, in_brace: bool, *looser: type) -> str:
    """In brackets where it would fall apart."""
    text = _text(item, in_brace=in_brace)
    return f"({text})" if isinstance(item, looser) else text


def _negated(item: Condition, in_brace: bool) -> str:
    text = _grouped(item, in_brace, Or, And, Pipeline)
    return f"not {text}" if text.startswith("-") else f"-{text}"


def _some(inner: Condition) -> str:
    """A single condition stands for itself."""
    is_single = isinstance(inner, Attribute | Intrinsic | Exists | Text)
    return _single(inner) if is_single else _brace(inner)


def _brace(inner: Condition) -> str:
    return f"{{{_text(inner, in_brace=True)}}}"


def _side(condition: Condition, *looser: type) -> str:
    if isinstance(condition, Some):
        return _brace(condition.condition)
    return _grouped(condition, False, Or, And, Not, Pipeline, *looser)


def _single(condition: Condition) -> str:
    match condition:
        case Attribute(key, op, values):
            return f"{name_text(key)}{op}{_values(key, values)}"
        case Intrinsic(field, op, typed):
            return f"{name_text(field)}{op}{_values(field, typed)}"
        case Trace(fact, op, typed):
            return f"{name_text(fact)}{op}{_values(fact, typed)}"
        case Exists(subject):
            return f"{name_text(subject)} exists"
        case Text(text):
            return quoted(text)
    raise TypeError(f"{type(condition).__name__} is no condition")


def _values(subject: Named, values: Iterable[TypedValue]) -> str:
    texts = [value_text(subject, value) for value in values]
    return texts[0] if len(texts) == 1 else f"({','.join(texts)})"


def value_text(subject: Named, value: TypedValue) -> str:
    """A value as it is typed, in quotes where it has to be."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, IntEnum):
        return value.name.lower()
    if isinstance(value, int):
        return typed_duration(value) if subject in DURATIONS else str(value)
    return value if _PLAIN.fullmatch(value) and value not in RESERVED | BOUNDS.keys() else quoted(value)


def stage_text(stage: Stage) -> str:
    match stage:
        case Filter(condition):
            return _brace(condition)
        case Aggregate(function, subject, op, value):
            limit = typed_duration(int(value)) if subject in DURATIONS else str(value)
            return f"{function}({_names(subject)}) {op} {limit}"
        case By(subjects):
            return f"by({_names(*subjects)})"
        case Select(subjects):
            return f"select({_names(*subjects)})"
        case Metric(function, subject, quantiles, by):
            arguments = ", ".join(filter(None, [_names(subject), *map(str, quantiles)]))
            return f"{function}({arguments})" + (f" by({_names(*by)})" if by else "")


def _names(*subjects: Subject | None) -> str:
    return ", ".join(name_text(subject) for subject in subjects if subject is not None)
