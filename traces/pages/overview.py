"""In: a search. Out: all that matches, at a glance: over time, by duration and in numbers, as words, geometry and
addresses that narrow the search."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from itertools import pairwise
from typing import NamedTuple

from traces import queries
from traces.core.overview import Cell, HeatMap, Numbers, heat_map, level_of, numbers_of
from traces.core.ruler import percent
from traces.core.timescale import clock_text, duration_text, time_text
from traces.pages.addresses import beside
from traces.pages.labels import Label, time_labels
from traces.pages.narrowing import Word, bound_texts, in_any_time, toggled
from traces.pages.too_large import without_words
from traces.search import Search

PARTS = ("first", "middle", "last third")
ERROR = Word("status", "error")
HEIGHT = 100
# What is there is to be seen, however little of the highest bar it is.
LEAST_HEIGHT = 3
# How much of a square is red where few of its traces have an error, and where all have: how many they are stays seen.
LEAST_FAILED, MOST_FAILED = 0.15, 0.45


class Fact(NamedTuple):
    """A number, and the traces behind it; no address where the search has them already."""

    label: str
    text: str
    address: str
    title: str


class Bar(NamedTuple):
    x: int
    y: int
    height: int
    error_height: int
    address: str
    title: str


class Square(NamedTuple):
    """A cell of the heat map; the lower part of it that has errors is `failed_y` from the top and so high."""

    x: int
    y: int
    level: int
    failed_y: str
    failed_height: str
    title: str


@dataclass(frozen=True, slots=True)
class Overview:
    """`times` and `rows` are what a box drawn with the mouse means: edges of the columns; durations from:to."""

    total: queries.Total
    read: str  # which of the traces these are, where time was too short for all
    sampled: str
    facts: Sequence[Fact]
    parts: Sequence[tuple[str, str]]
    bars: Sequence[Bar]
    highest: str
    squares: Sequence[Square]
    fullest: str
    columns: int
    height: int
    time_labels: Sequence[Label]
    duration_labels: Sequence[Label]
    base: str
    times: str
    rows: str


def overview_of(search: Search, params: Mapping[str, str], zone: tzinfo) -> Overview:
    found = queries.matches(search)
    numbers = numbers_of(found.found)
    drawn = heat_map(found.found, *_range(search, found))
    base, words = in_any_time(params), _Words(drawn, zone, weighted=numbers.weighted)
    most = max((cell.traces for cell in drawn.cells), default=0)
    bars = _bars(drawn, words, base)
    rows = [bound_texts(_bound(low, search), high) for low, high in pairwise(drawn.durations_ns)]
    return Overview(
        total=queries.Total(numbers.traces, found.complete, numbers.weight if numbers.weighted else None),
        read=_read(found, drawn.times_ns[0], zone),
        sampled="weighted, for some were sampled" if numbers.weighted else "",
        facts=list(_facts(numbers, search, params)),
        parts=_parts(drawn.times_ns, base),
        bars=bars,
        highest=words.highest(),
        squares=[_square(cell, most, len(rows), words) for cell in drawn.cells],
        fullest=words.number(most),
        columns=len(drawn.times_ns) - 1,
        height=len(rows),
        time_labels=time_labels(drawn.times_ns[0], drawn.times_ns[-1], zone),
        duration_labels=_duration_labels(drawn.durations_ns),
        base=base,
        times=" ".join(map(str, drawn.times_ns)),
        rows=" ".join(":".join(row) for row in rows),
    )


def error_text(numbers: Numbers) -> str:
    """The share of traces with an error; less than all never reads as all."""
    share = 100 * numbers.errors / numbers.weight if numbers.weight else 0
    return f"{share if share == 100 else min(share, 99.9):.3g} %"


class _Words:
    """What is said of columns and cells."""

    def __init__(self, drawn: HeatMap, zone: tzinfo, *, weighted: bool) -> None:
        step_ns, extent_ns = drawn.times_ns[1] - drawn.times_ns[0], drawn.times_ns[-1] - drawn.times_ns[0]
        times = [clock_text(ns, zone, step_ns=step_ns, extent_ns=extent_ns) for ns in drawn.times_ns]
        durations = [duration_text(ns) if ns else "0" for ns in drawn.durations_ns]
        self._times = [f"{start} to {end}" for start, end in pairwise(times)]
        self._durations = [f"{low} to {high}" for low, high in pairwise(durations)]
        self._columns, self._step, self._about = drawn.columns(), duration_text(step_ns), "about " * weighted

    def column(self, cell: Cell) -> str:
        return f"{self._times[cell.column]}: {self._count(cell)}"

    def cell(self, cell: Cell) -> str:
        return f"{self._times[cell.column]}, {self._durations[cell.row]}: {self._count(cell)}"

    def highest(self) -> str:
        return f"at most {self.number(max(cell.traces for cell in self._columns))} in {self._step}"

    def number(self, traces: float) -> str:
        return f"{self._about}{round(traces):,}"

    def _count(self, cell: Cell) -> str:
        errors = f", {self.number(cell.errors)} with an error" if cell.errors else ""
        return f"{self.number(cell.traces)} {'trace' if cell.traces == 1 else 'traces'}{errors}"


def _range(search: Search, found: queries.Matches) -> tuple[int, int]:
    """The search's own, as far as it has one and was read."""
    starts = [match[0] for match in found.found]
    start_ns, end_ns = search.start_ns, search.end_ns
    if start_ns is None or (starts and not (found.complete or found.too_large)):
        start_ns = min(starts, default=(end_ns or 1) - 1)
    if end_ns is None:
        end_ns = max(starts, default=start_ns) + 1
    return start_ns, max(end_ns, start_ns + 1)


def _read(found: queries.Matches, since_ns: int, zone: tzinfo) -> str:
    if found.complete:
        return ""
    if found.too_large:
        return f"All {without_words(found.too_large)}."
    if not found.found:
        return "Not known: looking through the traces takes too long."
    return (
        f"Of the newest {len(found.found):,} alone, since {time_text(since_ns, zone)[:19]}: there was no time for all."
    )


def _facts(numbers: Numbers, search: Search, params: Mapping[str, str]) -> Iterator[Fact]:
    for name, duration_ns, slow in (("p50", numbers.p50_ns, "slower half"), ("p95", numbers.p95_ns, "slowest 5 %"),
                                    ("p99", numbers.p99_ns, "slowest 1 %")):  # fmt: skip
        shown = beside(replace(search, min_duration_ns=duration_ns), params) if numbers.traces else ""
        yield Fact(name, duration_text(duration_ns) if numbers.traces else "–", shown, slow)
    shown = toggled(search, ERROR, params) if 0 < numbers.errors < numbers.weight else ""
    yield Fact("with an error", error_text(numbers), shown, "those with an error")


def _bars(drawn: HeatMap, words: _Words, base: str) -> list[Bar]:
    columns = drawn.columns()
    most = max(cell.traces for cell in columns)
    return [_bar(cell, most, words, _at(base, *drawn.times_ns[cell.column : cell.column + 2]))
            for cell in columns if cell.traces]  # fmt: skip


def _bar(cell: Cell, most: float, words: _Words, address: str) -> Bar:
    height = max(round(HEIGHT * cell.traces / most), LEAST_HEIGHT)
    errors = max(round(height * cell.errors / cell.traces), LEAST_HEIGHT) if cell.errors else 0
    return Bar(cell.column, HEIGHT - height, height, errors, address, words.column(cell))


def _square(cell: Cell, most: float, height: int, words: _Words) -> Square:
    y, level = height - 1 - cell.row, level_of(cell.traces, most)
    failed = max(MOST_FAILED * cell.errors / cell.traces, LEAST_FAILED) if cell.errors else 0
    return Square(cell.column, y, level, f"{y + 0.9 - failed:.3g}", f"{failed:.2g}" if failed else "", words.cell(cell))


def _parts(times_ns: Sequence[int], base: str) -> list[tuple[str, str]]:
    """Thirds of the time; none where it can't be parted."""
    edges = [times_ns[(len(times_ns) - 1) * part // len(PARTS)] for part in range(len(PARTS) + 1)]
    return (
        [(name, _at(base, *edge)) for name, edge in zip(PARTS, pairwise(edges), strict=True)]
        if edges[0] < edges[1]
        else []
    )


def _at(base: str, start_ns: int, end_ns: int) -> str:
    return f"{base}{'' if base == '?' else '&'}start={start_ns}&end={end_ns}"


def _bound(shortest_ns: int, search: Search) -> int:
    """The lowest row may begin below what the search allows."""
    return max(shortest_ns, search.min_duration_ns or 0)


def _duration_labels(edges_ns: Sequence[int]) -> list[Label]:
    """At each power of ten; at both ends where there are less than two."""
    rows = len(edges_ns) - 1
    tens = [row for row, ns in enumerate(edges_ns) if ns and str(ns).rstrip("0") == "1"]
    wanted = tens if len(tens) > 1 else [0, rows]
    return [Label(percent(rows - row, rows), duration_text(edges_ns[row]) if edges_ns[row] else "0", row == rows)
            for row in wanted]  # fmt: skip
