"""In: spans of a `Trace`. Out: how many, how often wrong and how long, a group of like spans at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from traces.core.columns import Operation
from traces.core.span import Status
from traces.core.trace import Trace

Key = tuple[str | None, str | None, int | None, str | None]
BY: dict[str, Callable[[Operation], Key]] = {
    "operation": lambda operation: (operation.service, operation.name, operation.kind, None),
    "service": lambda operation: (operation.service, None, None, None),
    "kind": lambda operation: (None, None, operation.kind, None),
}


class Group(NamedTuple):
    """Spans that have service, name and kind, or a value, in common, as far as they are said."""

    service: str | None
    name: str | None
    kind: int | None
    spans: int
    errors: int
    total_ns: int  # durations added up; those that ran side by side count each
    self_ns: int
    p50_ns: int
    p95_ns: int
    max_ns: int
    path_ns: int = 0  # how long the critical path runs through them
    value: str | None = None  # None also of spans that have none


def statistics_of(
    trace: Trace,
    places: Sequence[int],
    *,
    by: str = "",
    values: Sequence[str | None] = (),
    self_times_ns: Sequence[int],
    path_ns: Sequence[int] = (),
) -> list[Group]:
    """Groups of the spans at these places, the one with the most self time first.

    By one of BY, or by values, one for each row of the columns. `path_ns` is by place, like self times.
    """
    columns, order = trace.columns, trace.order
    keys, of_rows = _by_operation(trace, by) if by else _by_value(values)
    durations: list[list[int]] = [[] for _ in keys]
    selves, errors, path = ([0] * len(keys) for _ in range(3))
    for place in places:
        row = order[place]
        number = of_rows[row]
        durations[number].append(columns.durations_ns[row])
        selves[number] += self_times_ns[place]
        errors[number] += columns.statuses[row] == Status.ERROR
        if path_ns:
            path[number] += path_ns[place]
    groups = [_group(key, durations[n], errors[n], selves[n], path[n]) for n, key in enumerate(keys) if durations[n]]
    return sorted(groups, key=lambda group: -group.self_ns)


def _by_operation(trace: Trace, by: str) -> tuple[list[Key], Sequence[int]]:
    """The groups' keys, and by row the number of its own."""
    numbers: dict[Key, int] = {}
    columns = trace.columns
    of_operations = [numbers.setdefault(BY[by](operation), len(numbers)) for operation in columns.operations]
    of_operations.append(-1)  # for STAND_IN, which is no span
    return list(numbers), list(map(of_operations.__getitem__, columns.operation_places))


def _by_value(values: Sequence[str | None]) -> tuple[list[Key], Sequence[int]]:
    numbers: dict[str | None, int] = {}
    of_rows = [numbers.setdefault(value, len(numbers)) for value in values]
    return [(None, None, None, value) for value in numbers], of_rows


def _group(key: Key, durations_ns: list[int], errors: int, self_ns: int, path_ns: int) -> Group:
    durations_ns.sort()
    service, name, kind, value = key
    p50, p95, count = percentile(durations_ns, 50), percentile(durations_ns, 95), len(durations_ns)
    times_ns = (sum(durations_ns), self_ns, p50, p95, durations_ns[-1], path_ns)
    return Group(service, name, kind, count, errors, *times_ns, value)


def percentile(ordered: Sequence[int], percent: int) -> int:
    """The smallest that so many percent do not exceed: always one that was measured."""
    return ordered[max(-(-len(ordered) * percent // 100), 1) - 1]
