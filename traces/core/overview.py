"""In: traces, each with start, duration, whether it has an error, and weight. Out: their numbers and a heat map.

Columns of the heat map are equal parts of a time range, its rows round durations on a log scale. A trace that was
sampled counts as many times as it stands for.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from math import inf, log
from operator import itemgetter
from typing import NamedTuple

from traces.core.statistics import percentile

COLUMNS = 32
MOST_ROWS = 20
LEVELS = 5
# Round steps of a decade, the finest first.
_LADDERS = ((10, 12, 15, 20, 25, 30, 40, 50, 60, 80), (10, 15, 20, 30, 50, 70), (10, 20, 30, 50), (10, 20, 50),
            (10, 30), (10,))  # fmt: skip


class Match(NamedTuple):
    start_ns: int
    duration_ns: int
    has_error: bool
    weight: float


class Numbers(NamedTuple):
    """`weight` is how many traces these stand for, `errors` how many of those have an error."""

    traces: int
    weight: float
    errors: float
    p50_ns: int
    p95_ns: int
    p99_ns: int

    @property
    def weighted(self) -> bool:
        return self.weight != self.traces


class Cell(NamedTuple):
    """Traces, by weight, of one column and one row; rows count upwards from the shortest."""

    column: int
    row: int
    traces: float
    errors: float


class HeatMap(NamedTuple):
    """`times_ns` and `durations_ns` are the edges of columns and rows, ascending: a cell holds what is at least the
    lower and less than the upper. Empty cells are left out."""

    times_ns: Sequence[int]
    durations_ns: Sequence[int]
    cells: Sequence[Cell]

    def columns(self) -> list[Cell]:
        """All rows of each column added up, also where there is nothing."""
        sums = [(0.0, 0.0)] * (len(self.times_ns) - 1)
        for column, _, traces, errors in self.cells:
            sums[column] = sums[column][0] + traces, sums[column][1] + errors
        return [Cell(column, 0, *both) for column, both in enumerate(sums)]


def numbers_of(matches: Sequence[Match]) -> Numbers:
    """Percentiles by nearest rank. Zeros where there is no trace."""
    if not matches:
        return Numbers(0, 0, 0, 0, 0, 0)
    weight = sum([match[3] for match in matches])
    errors = sum([match[3] for match in matches if match[2]])
    return Numbers(len(matches), weight, errors, *percentiles(matches, (50, 95, 99)))


def percentiles(matches: Sequence[Match], percents: Sequence[int]) -> list[int]:
    """For each the smallest duration that so many percent of all do not exceed: one that was measured."""
    if {match[3] for match in matches} <= {1}:
        ordered = sorted([match[1] for match in matches])
        return [percentile(ordered, percent) for percent in percents]
    sizes = sorted(((match[1], match[3]) for match in matches), key=itemgetter(0))
    total, found = sum(weight for _, weight in sizes), []
    wanted, reached = iter(sorted(percents)), 0.0
    percent: float = next(wanted)
    for duration_ns, weight in sizes:
        reached += weight
        while reached * 100 >= percent * total:
            found.append(duration_ns)
            percent = next(wanted, inf)
    return found


def heat_map(matches: Sequence[Match], start_ns: int, end_ns: int) -> HeatMap:
    """Of the traces that start in [start_ns, end_ns); the range isn't empty."""
    extent_ns = end_ns - start_ns
    columns = min(COLUMNS, extent_ns)
    times = [start_ns - (-extent_ns * column // columns) for column in range(columns + 1)]
    inside = [match for match in matches if start_ns <= match[0] < end_ns]
    edges = duration_edges([match[1] for match in inside])
    traces: dict[int, float] = {}
    errors: dict[int, float] = {}
    height = len(edges)
    for start, duration, has_error, weight in inside:
        place = (start - start_ns) * columns // extent_ns * height + bisect_right(edges, duration) - 1
        traces[place] = traces.get(place, 0) + weight
        if has_error:
            errors[place] = errors.get(place, 0) + weight
    cells = [Cell(*divmod(place, height), traces[place], errors.get(place, 0)) for place in sorted(traces)]
    return HeatMap(times, edges, cells)


def duration_edges(durations_ns: Iterable[int]) -> list[int]:
    """Round durations, ascending, at most `MOST_ROWS` pairs: the first is no longer than the shortest, the last longer
    than the longest. Zero, which no log scale has, shares the first row."""
    lengths = set(durations_ns)
    positive = lengths - {0}
    shortest, longest = (min(positive), max(positive)) if positive else (1, 1)
    found = next(edges for ladder in _LADDERS if len(edges := _steps(ladder, shortest, longest)) <= MOST_ROWS + 1)
    return [0, *found[1:]] if 0 in lengths else found


def level_of(traces: float, most: float) -> int:
    """1 to `LEVELS`, on a log scale up to the fullest cell."""
    if most <= 1:
        return (LEVELS + 1) // 2
    return 1 + min(int(LEVELS * log(max(traces, 1)) / log(most)), LEVELS - 1)


def _steps(ladder: Sequence[int], shortest_ns: int, longest_ns: int) -> list[int]:
    """The ladder's steps from the last that is no longer than the shortest to the first beyond the longest."""
    first, last = len(str(shortest_ns)) - 1, len(str(longest_ns))
    steps = sorted({step * 10**decade // 10 for decade in range(first, last + 1) for step in ladder})
    start = bisect_right(steps, shortest_ns) - 1
    return steps[start : bisect_right(steps, longest_ns) + 1]
