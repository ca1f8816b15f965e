"""In: spans of a `Trace`. Out: how many, how often wrong and how long, a group of like spans at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from traces.core.columns import Operation
from traces.core.span import Status
from traces.core.trace import Trace

Key = tuple[str | None, str | None, int | None]
BY: dict[str, Callable[[Operation], Key]] = {
    "operation": lambda operation: (operation.service, operation.name, operation.kind),
    "service": lambda operation: (operation.service, None, None),
    "kind": lambda operation: (None, None, operation.kind),
}


class Group(NamedTuple):
    """Spans that have service, name and kind in common, as far as they are said."""

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


def statistics_of(trace: Trace, places: Sequence[int], *, by: str, self_times_ns: Sequence[int]) -> list[Group]:
    """Groups of the spans at these places, the one with the most self time first."""
    columns, order = trace.columns, trace.order
    numbers: dict[Key, int] = {}
    of_operations = [numbers.setdefault(BY[by](operation), len(numbers)) for operation in columns.operations]
    durations: list[list[int]] = [[] for _ in numbers]
    selves, errors = [0] * len(numbers), [0] * len(numbers)
    for place in places:
        row = order[place]
        number = of_operations[columns.operation_places[row]]
        durations[number].append(columns.durations_ns[row])
        selves[number] += self_times_ns[place]
        errors[number] += columns.statuses[row] == Status.ERROR
    groups = [_group(key, durations[n], errors[n], selves[n]) for key, n in numbers.items() if durations[n]]
    return sorted(groups, key=lambda group: -group.self_ns)


def _group(key: Key, durations_ns: list[int], errors: int, self_ns: int) -> Group:
    durations_ns.sort()
    p50, p95 = percentile(durations_ns, 50), percentile(durations_ns, 95)
    return Group(*key, len(durations_ns), errors, sum(durations_ns), self_ns, p50, p95, durations_ns[-1])


def percentile(ordered: Sequence[int], percent: int) -> int:
    """The smallest that so many percent do not exceed: always one that was measured."""
    return ordered[max(-(-len(ordered) * percent // 100), 1) - 1]
