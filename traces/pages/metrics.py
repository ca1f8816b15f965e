"""In: a search that ends in a metric. Out: a chart of it with all its words, and addresses that narrow the search."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from itertools import pairwise
from typing import NamedTuple

from traces import queries
from traces.core.bins import Bins
from traces.core.buckets import Number
from traces.core.meaning import Metric
from traces.core.metrics import Series
from traces.core.palette import colour_class
from traces.core.subjects import DURATIONS
from traces.core.timescale import clock_text, duration_text
from traces.pages.labels import Label, time_labels
from traces.pages.metric_narrowing import narrowed
from traces.pages.metric_plot import (
    HEIGHT,
    Level,
    bucket_labels,
    buckets_of,
    line_of,
    scale_of,
    squares_of,
)
from traces.pages.metric_words import aside_of, bucket_name, empty_of, is_map, notes_of, series_name, texts_of, title_of
from traces.pages.narrowing import in_any_time
from traces.search import Search

# Of series that differ in their quantile alone.
HUES = ("c7", "c6", "c9", "c3", "c10", "c0")
PLAIN = "plain"
DASHES = 4
MOST_TOLD = 12
MOST_TIMES = 9


class Look(NamedTuple):
    """A hue, and which of several lines of that hue it is."""

    hue: str
    dash: int


class Line(NamedTuple):
    look: Look
    path: str


class Entry(NamedTuple):
    """Of the legend; no address where the search can't be narrowed to it, or is already."""

    look: Look | None
    text: str
    spans: str
    address: str


class Column(NamedTuple):
    """All that is to be said of a bin, a line each, and the traces that start in it."""

    x: int
    address: str
    title: str


class Picture(NamedTuple):
    """Lines, 100 high, or squares; as many of these above each other as the height."""

    lines: Sequence[Line]
    levels: Sequence[Level]
    height: int
    labels: Sequence[Label]
    fullest: str = ""  # of the darkest square


@dataclass(frozen=True, slots=True)
class Chart:
    """The table has a row for each bin."""

    title: str
    aside: str
    picture: Picture
    columns: Sequence[Column]
    time_labels: Sequence[Label]
    legend: Sequence[Entry]
    notes: Sequence[str]
    empty: str
    heads: Sequence[str]
    rows: Sequence[tuple[str, Sequence[str]]]


class _Told(NamedTuple):
    """What there is to say of each bin: a value under each name."""

    names: Sequence[str]
    values: Sequence[Sequence[Number | None]]
    text: Callable[[Number], str]
    says_zero: bool = False

    def is_said(self, value: Number | None) -> bool:
        return value is not None and (self.says_zero or value != 0)


def chart_of(
    search: Search, params: Mapping[str, str], zone: tzinfo, now_ns: int, *, with_table: bool = False
) -> Chart | None:
    """None where the search doesn't end in a metric."""
    found = queries.metric_series(search, now_ns=now_ns)
    if found is None:
        return None
    metric, series, bins = found.metric, found.computed.series, found.computed.bins
    times, told = _times(bins, zone), _told(metric, series)
    return Chart(
        title=title_of(metric),
        aside=aside_of(metric, bins),
        picture=_map(metric, series, told) if is_map(metric) else _lines(metric, series),
        columns=_columns(bins, times, told, in_any_time(params), largest_first=not is_map(metric)),
        time_labels=time_labels(bins.first_ns, bins.times_ns[-1] + bins.step_ns, zone, at_most=MOST_TIMES),
        legend=_legend(search, params, metric, series),
        notes=list(notes_of(found, zone)),
        empty=empty_of(found),
        heads=told.names if with_table else (),
        rows=_rows(times, told) if with_table else (),
    )


def _told(metric: Metric, series: Sequence[Series]) -> _Told:
    """Of a map all groups together, upwards."""
    text = texts_of(metric)
    if not is_map(metric):
        return _Told(
            [series_name(one, metric) or title_of(metric) for one in series],
            [one.values for one in series],
            text,
            says_zero=metric.function == "quantile_over_time",
        )
    buckets = buckets_of(series)
    values = [[one.values for one in series if one.bucket == bucket] for bucket in buckets]
    sums = [[sum(filter(None, column)) for column in zip(*of_bucket, strict=True)] for of_bucket in values]
    bins = len(series[0].values) if series else 0
    return _Told([bucket_name(bucket, metric) for bucket in buckets], [row or [0] * bins for row in sums], text)


def _lines(metric: Metric, series: Sequence[Series]) -> Picture:
    low, top, labels = scale_of(series, of_durations=metric.subject in DURATIONS)
    looks = _looks(series)
    drawn = [Line(look, line_of(one.values, low, top)) for look, one in zip(looks, series, strict=True)]
    return Picture(drawn, (), HEIGHT, labels)


def _map(metric: Metric, series: Sequence[Series], told: _Told) -> Picture:
    buckets = buckets_of(series)
    sums = [[value or 0 for value in row] for row in told.values]
    labels = bucket_labels(buckets, of_durations=metric.subject in DURATIONS) if buckets else []
    most = max((value for row in sums for value in row), default=0)
    return Picture((), squares_of(sums), max(len(buckets), 1), labels, told.text(most) if most else "")


def _looks(series: Sequence[Series]) -> list[Look]:
    """The hue of what a line is of, the same everywhere; lines that share one are dashed differently."""
    used: Counter[str] = Counter()
    looks = []
    for place, one in enumerate(series):
        said = [value.text for value in one.by if value is not None]
        hue = colour_class(" ".join(said)) if said else PLAIN if one.by or one.others else HUES[place % len(HUES)]
        looks.append(Look(hue, used[hue] % DASHES))
        used[hue] += 1
    return looks


def _times(bins: Bins, zone: tzinfo) -> list[str]:
    """From when to when each is, and how much of it there is at a cut end."""
    starts = bins.times_ns
    extent_ns = starts[-1] + bins.step_ns - starts[0]
    edges = [
        clock_text(ns, zone, step_ns=bins.step_ns, extent_ns=extent_ns) for ns in (*starts, starts[-1] + bins.step_ns)
    ]
    return [
        f"{start} to {end}" if length_ns == bins.step_ns else f"{start} to {end} ({duration_text(length_ns)} of it)"
        for (start, end), length_ns in zip(pairwise(edges), bins.lengths_ns, strict=True)
    ]


def _columns(bins: Bins, times: Sequence[str], told: _Told, base: str, *, largest_first: bool) -> list[Column]:
    columns = []
    for place, (time, start_ns) in enumerate(zip(times, bins.times_ns, strict=True)):
        found = [
            (values[place] or 0, name)
            for name, values in zip(told.names, told.values, strict=True)
            if told.is_said(values[place])
        ]
        ordered = sorted(found, key=lambda one: -one[0]) if largest_first else found[::-1]
        lines = [f"{name}: {told.text(value)}" for value, name in ordered[:MOST_TOLD]]
        more = [f"and {len(found) - MOST_TOLD:,} more"] if len(found) > MOST_TOLD else []
        start, end = max(start_ns, bins.start_ns), min(start_ns + bins.step_ns, bins.end_ns)
        shown = f"{base}{'' if base == '?' else '&'}start={start}&end={end}"
        columns.append(Column(place, shown, "\n".join([time, *(lines or ["nothing"]), *more])))
    return columns


def _rows(times: Sequence[str], told: _Told) -> list[tuple[str, list[str]]]:
    """The newest first, as in the list."""
    rows = [
        (time, ["" if values[place] is None else told.text(values[place] or 0) for values in told.values])
        for place, time in enumerate(times)
    ]
    return rows[::-1]


def _legend(search: Search, params: Mapping[str, str], metric: Metric, series: Sequence[Series]) -> list[Entry]:
    """An entry a line; of a map, where all is drawn together, one a group."""
    groups: dict[object, list[Series]] = {}
    for one in series:
        groups.setdefault((one.by, one.others, one.quantile), []).append(one)
    looks: Sequence[Look | None] = [None] * len(groups) if is_map(metric) else _looks(series)
    return [
        Entry(
            look,
            series_name(group[0], metric) or "all",
            f"{round(sum(one.weight for one in group)):,}",
            narrowed(search, params, metric, group[0].by),
        )
        for look, group in zip(looks, groups.values(), strict=True)
    ]
