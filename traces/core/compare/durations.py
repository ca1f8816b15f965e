"""In: the durations of a group's traces. Out: their distribution; of two groups, how far apart they are.

A percentile is a duration that was measured. How unsure it is follows from the order of the measured ones alone,
whatever their distribution; that of a difference from those of both sides (Zou and Donner's square-and-add).
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

from traces.core.compare.chances import MeanTest, Moments, test_of_means, weights_of

PERCENTS = (50, 90, 95, 99)
_Z = 1.959964  # of 95 %


class Distribution(NamedTuple):
    """Of one side, weighted where traces were sampled."""

    traces: int
    stands_for: float  # how many there were before sampling
    errors: int
    error_share: float
    sum_ns: int  # of those that are here, unweighted
    mean_ns: float
    percentiles_ns: tuple[int, ...]  # those of PERCENTS; 0 without traces
    moments: Moments
    failing: Moments
    ordered_ns: Sequence[int]
    levels: Sequence[float]  # by place in `ordered_ns`: the share of traces that take no longer

    def at(self, level: float) -> int:
        return self.ordered_ns[min(bisect_left(self.levels, level - 1e-12), self.traces - 1)]


class Interval(NamedTuple):
    """A difference, B less A. `low_ns` and `high_ns` are None where there are too few traces to tell."""

    percent: int
    a_ns: int
    b_ns: int
    low_ns: int | None
    high_ns: int | None

    @property
    def difference_ns(self) -> int:
        return self.b_ns - self.a_ns


class Difference(NamedTuple):
    """All that durations and errors tell."""

    a: Distribution
    b: Distribution
    mean: MeanTest
    percentiles: tuple[Interval, ...]


def distribution_of(
    durations_ns: Sequence[int], failed: Sequence[bool], weights: Sequence[float] | None = None
) -> Distribution:
    counted = [1.0] * len(durations_ns) if weights is None else weights
    about = weights_of(counted)
    pairs = sorted(zip(durations_ns, counted, strict=True))
    ordered = [duration for duration, _ in pairs]
    levels = [reached / about.w for reached in accumulate(weight for _, weight in pairs)]
    moments = about.moments((weight, duration) for duration, weight in pairs)
    failing = about.moments((weight, 1.0) for weight, is_error in zip(counted, failed, strict=True) if is_error)
    found = Distribution(len(ordered), about.w, sum(failed), failing.mean, sum(ordered), moments.mean, (0,) * 4,
                         moments, failing, ordered, levels)  # fmt: skip
    return found._replace(percentiles_ns=tuple(found.at(percent / 100) for percent in PERCENTS)) if ordered else found


def difference_of(a: Distribution, b: Distribution) -> Difference:
    both = a.traces and b.traces
    intervals = tuple(_interval(a, b, percent) for percent in PERCENTS) if both else ()
    return Difference(a, b, test_of_means(a.moments, b.moments), intervals)


def _interval(a: Distribution, b: Distribution, percent: int) -> Interval:
    at_a, at_b = a.at(percent / 100), b.at(percent / 100)
    of_a, of_b = _bounds(a, percent / 100), _bounds(b, percent / 100)
    if of_a is None or of_b is None:
        return Interval(percent, at_a, at_b, None, None)
    below = math.hypot(at_b - of_b[0], of_a[1] - at_a)
    above = math.hypot(of_b[1] - at_b, at_a - of_a[0])
    return Interval(percent, at_a, at_b, round(at_b - at_a - below), round(at_b - at_a + above))


def _bounds(side: Distribution, level: float) -> tuple[int, int] | None:
    """None where the shortest or the longest of all would have to be beyond what was measured."""
    reach = _Z * math.sqrt(level * (1 - level) / side.moments.effective)
    step = 1 / side.traces
    if level - reach < step / 2 or level + reach + step > 1:
        return None
    return side.at(level - reach), side.at(level + reach + step)
