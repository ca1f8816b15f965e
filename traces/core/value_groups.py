"""In: traces, each with the value it is grouped by. Out: the numbers of each group, in an order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from traces.core.overview import Match, Numbers, numbers_of
from traces.core.said import Said


class Group(NamedTuple):
    """Traces with one value, or with none."""

    value: Said | None
    numbers: Numbers
    max_ns: int
    total_ns: int


# All begin with the largest.
ORDERS: dict[str, Callable[[Group], float]] = {
    "traces": lambda group: group.numbers.weight,
    "errors": lambda group: group.numbers.errors / group.numbers.weight,
    "p50": lambda group: group.numbers.p50_ns,
    "p95": lambda group: group.numbers.p95_ns,
    "max": lambda group: group.max_ns,
    "total": lambda group: group.total_ns,
}


def groups_of(traces: Iterable[tuple[Said | None, Match]], *, by: str = "traces") -> list[Group]:
    """What is equal in the order goes by the number of traces, then by the value; each group has one trace at least."""
    members: dict[Said | None, list[Match]] = {}
    for value, match in traces:
        members.setdefault(value, []).append(match)
    groups = [_group(value, matches) for value, matches in members.items()]
    groups.sort(key=lambda group: (group.value is None, group.value))
    groups.sort(key=ORDERS["traces"], reverse=True)
    return sorted(groups, key=ORDERS[by], reverse=True)


def _group(value: Said | None, matches: Sequence[Match]) -> Group:
    total_ns = sum([match[1] * match[3] for match in matches])
    return Group(value, numbers_of(matches), max([match[1] for match in matches]), round(total_ns))
