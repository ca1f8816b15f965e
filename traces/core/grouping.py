"""In: spans found, by place, and the stages they go through. Out: those that are left."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence, Set
from fractions import Fraction

from traces.core.comparing import ordered, read_number
from traces.core.meaning import Aggregate, By, Condition, Filter, Stage
from traces.core.subjects import Op, Subject
from traces.core.values import Value

_TOO_BIG = 1 << 1_023
_Group = frozenset[int]
_Value = Callable[[Subject, int], Value]


def through_stages(
    places: Set[int], stages: Iterable[Stage], places_of: Callable[[Condition], Collection[int]], value: _Value
) -> frozenset[int]:
    """`places_of` says which spans satisfy a condition, `value` a subject's value at a place."""
    groups: list[_Group] = [frozenset(places)]
    for stage in stages:
        if isinstance(stage, Filter):
            kept = frozenset(places_of(stage.condition))
            groups = [group & kept for group in groups]
        elif isinstance(stage, By):
            groups = [part for group in groups for part in _parted(group, stage, value)]
        elif isinstance(stage, Aggregate):
            groups = [group for group in groups if _stays(group, stage, value)]
        groups = [group for group in groups if group]
    return frozenset().union(*groups)


def _parted(group: _Group, by: By, value: _Value) -> list[_Group]:
    parts: dict[str, list[int]] = defaultdict(list)
    for place in group:
        # 42 and "42" are two; so are 1 and true, which Python takes for one.
        parts[repr([value(subject, place) for subject in by.subjects])].append(place)
    return [frozenset(part) for part in parts.values()]


def _stays(group: _Group, stage: Aggregate, value: _Value) -> bool:
    result = _result(group, stage, value)
    if result is None:
        return False
    if stage.op is Op.NOT_EQUAL:
        return result != stage.value
    return ordered(stage.op, result, stage.value)


def _result(group: _Group, stage: Aggregate, value: _Value) -> int | float | Fraction | None:
    if stage.subject is None:
        return len(group)
    numbers = [number for place in group if (number := finite_number(value(stage.subject, place))) is not None]
    if not numbers:
        return None
    if stage.function in ("min", "max"):
        return min(numbers) if stage.function == "min" else max(numbers)
    total = _sum(numbers)
    if stage.function == "sum":
        return total
    return Fraction(total, len(numbers)) if isinstance(total, int) else total / len(numbers)


def finite_number(value: Value) -> int | float | None:
    """What can be added up: no NaN, nothing infinite or near it."""
    number = read_number(value)
    return number if number is not None and -_TOO_BIG < number < _TOO_BIG else None


def _sum(numbers: Sequence[int | float]) -> int | float:
    """Exact of whole numbers, and of others the same whatever their order."""
    whole = [number for number in numbers if isinstance(number, int)]
    if len(whole) == len(numbers):
        return sum(whole)
    try:
        return math.fsum(numbers)
    except OverflowError:
        return math.inf
