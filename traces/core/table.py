"""In: places of a `Trace` and an order. Out: the places in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from traces.core.trace import Trace

PAGE_ROWS = 100


class Order(NamedTuple):
    """What a table is sorted by; spans that are equal in it stay in the order of their starts."""

    column: str = "start"
    reverse: bool = False

    @property
    def descends(self) -> bool:
        """Times begin with the largest, names and starts with the smallest; reversed the other way round."""
        return (self.column in LARGEST_FIRST) != self.reverse


LARGEST_FIRST = ("duration", "self")
SORTS = ("start", *LARGEST_FIRST, "service", "name")


def sorted_places(trace: Trace, places: Sequence[int], order: Order, self_times_ns: Sequence[int]) -> list[int]:
    rows = trace.order
    by_start = sorted(places, key=lambda place: (rows[place], place))
    if order.column == "start":
        return by_start[::-1] if order.reverse else by_start
    return sorted(by_start, key=_key(trace, order.column, self_times_ns), reverse=order.descends)


def _key(trace: Trace, column: str, self_times_ns: Sequence[int]) -> Callable[[int], int]:
    rows, columns = trace.order, trace.columns
    if column == "self":
        return self_times_ns.__getitem__
    if column == "duration":
        return lambda place: columns.durations_ns[rows[place]]
    ranks = _ranks([getattr(operation, column) for operation in columns.operations])
    return lambda place: ranks[columns.operation_places[rows[place]]]


def _ranks(words: Sequence[str]) -> list[int]:
    numbers = {word: number for number, word in enumerate(sorted(set(words)))}
    return [numbers[word] for word in words]
