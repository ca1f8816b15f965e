"""In: spans found, each with its trace's weight, a number and the values it is grouped by. Out: series over time.

What TraceQL's metrics functions mean, but for two things: quantiles are exact, by nearest rank, and values are 0 or
nothing where there is no span. A span belongs to the bin in which it starts. Spans of a sampled trace count as many
times as the trace stands for.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from typing import NamedTuple

from traces.core.bins import Bins
from traces.core.buckets import Bucket, Number, bucket_of, bucket_width, power_of
from traces.core.meaning import Metric
from traces.core.said import Said, said
from traces.core.span import Kind, Status
from traces.core.subjects import DURATIONS, Field, Subject
from traces.core.values import Value

MOST_SERIES = 20
By = tuple[Said | None, ...]
_ENUMS: dict[Subject, type[Kind] | type[Status]] = {Field.KIND: Kind, Field.STATUS: Status}
# In one series: bin, weight, number.
_Rows = list[tuple[int, float, Number]]


class Measured(NamedTuple):
    """One span, or several that are alike and start in the same second; `weight` is that of one."""

    start_ns: int
    spans: int
    weight: float
    number: Number | None
    by: By


@dataclass(frozen=True, slots=True)
class Series:
    """A value for each bin. `others` is how many values of `by` were put together, 0 where it has its own."""

    by: By
    others: int
    weight: float  # of its spans
    values: Sequence[Number | None]
    quantile: float | None = None
    bucket: Bucket | None = None


@dataclass(frozen=True, slots=True)
class Computed:
    """The series of each value of `by` together, the heaviest first. All numbers but `spans` are weighted."""

    bins: Bins
    series: Sequence[Series]
    spans: int  # that were found
    weight: float  # of these
    outside: float  # that start in none of the bins
    numberless: float  # that have no number to compute with


def label_of(subject: Subject, value: Value) -> Said | None:
    """A value as a query says it; None where there is none."""
    if value is None:
        return None
    if subject in _ENUMS:
        return Said(_ENUMS[subject](value).name.lower(), is_scalar=True)
    if isinstance(value, bytes):
        return Said(value.hex(), is_scalar=True)
    return Said(f"{value}ns", is_scalar=True) if subject in DURATIONS else said(value)


def computed(metric: Metric, spans: Iterable[Measured], bins: Bins) -> Computed:
    """At most MOST_SERIES lines, or values of `by` in a histogram, and one more for all others together."""
    groups: dict[By, _Rows] = {}
    first_ns, step_ns, count = bins.first_ns, bins.step_ns, len(bins.times_ns)
    found, weight, outside, numberless = 0, 0.0, 0.0, 0.0
    for start_ns, like, each, number, by in spans:
        place, heavy = (start_ns - first_ns) // step_ns, like * each
        found += like
        weight += heavy
        if not 0 <= place < count:
            outside += heavy
        elif number is None and metric.subject is not None:
            numberless += heavy
        else:
            groups.setdefault(by, []).append((place, heavy, number or 0))
    series = _series(metric, _largest(groups, max(MOST_SERIES // (len(metric.quantiles) or 1), 1)), bins)
    return Computed(bins, series, found, weight, outside, numberless)


def quantile_of(ordered: Sequence[tuple[Number, float]], quantile: float) -> Number | None:
    """Of numbers with their weights: the smallest that so large a part doesn't exceed."""
    reached = list(accumulate(weight for _, weight in ordered))
    if not reached:
        return None
    # As it is written: 0.07 of 100 are 7, not a bit more.
    wanted = float(Fraction(repr(quantile)) * Fraction(reached[-1]))
    return ordered[min(bisect_left(reached, wanted), len(ordered) - 1)][0]


def _largest(groups: dict[By, _Rows], most: int) -> list[tuple[By, int, _Rows]]:
    """Each with how many were put together in it."""
    ranked = sorted(groups.items(), key=lambda group: (-_weight(group[1]), repr(group[0])))
    rest = ranked[most:]
    together = [((), len(rest), [row for _, rows in rest for row in rows])] if rest else []
    return [*((by, 0, rows) for by, rows in ranked[:most]), *together]


def _series(metric: Metric, groups: Sequence[tuple[By, int, _Rows]], bins: Bins) -> list[Series]:
    if metric.function == "histogram_over_time":
        return _histograms(groups, bins)
    if metric.function == "quantile_over_time":
        return [one for group in groups for one in _quantiles(*group, bins, metric.quantiles)]
    parts = bins.seconds if metric.function == "rate" else [1.0] * len(bins.times_ns)
    return [
        Series(
            by,
            others,
            _weight(rows),
            [sum / part if part else None for sum, part in zip(_sums(rows, bins), parts, strict=True)],
        )
        for by, others, rows in groups
    ]


def _quantiles(by: By, others: int, rows: _Rows, bins: Bins, quantiles: Sequence[float]) -> list[Series]:
    in_bins: list[list[tuple[Number, float]]] = [[] for _ in bins.times_ns]
    for place, weight, number in rows:
        in_bins[place].append((number, weight))
    for numbers in in_bins:
        numbers.sort()
    total = _weight(rows)
    return [
        Series(by, others, total, [quantile_of(numbers, quantile) for numbers in in_bins], quantile)
        for quantile in quantiles
    ]


def _histograms(groups: Sequence[tuple[By, int, _Rows]], bins: Bins) -> list[Series]:
    """Of each group a series for each bucket that isn't empty, upwards."""
    by_power = [_by_power(rows) for _, _, rows in groups]
    width = bucket_width(power for powers in by_power for power in powers)
    found: list[Series] = []
    for (by, others, _), powers in zip(groups, by_power, strict=True):
        buckets: dict[Bucket, _Rows] = {}
        for power, rows in powers.items():
            buckets.setdefault(bucket_of(power, width), []).extend(rows)
        for bucket, rows in sorted(buckets.items(), key=lambda item: item[0].up_to):
            found.append(Series(by, others, _weight(rows), _sums(rows, bins), bucket=bucket))
    return found


def _by_power(rows: _Rows) -> dict[int | None, _Rows]:
    found: dict[int | None, _Rows] = {}
    for row in rows:
        found.setdefault(power_of(row[2]), []).append(row)
    return found


def _sums(rows: _Rows, bins: Bins) -> list[float]:
    sums = [0.0] * len(bins.times_ns)
    for place, weight, _ in rows:
        sums[place] += weight
    return sums


def _weight(rows: _Rows) -> float:
    return sum(weight for _, weight, _ in rows)
