"""In: series over time. Out: their lines or squares as finished geometry, with labels beside them.

A bin is one unit wide. Lines are 100 high, of squares a bucket is one unit high.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import floor, log2, log10
from typing import NamedTuple

from traces.core.buckets import Bucket, Number
from traces.core.metrics import Series
from traces.core.number_scale import number_text, round_numbers
from traces.core.overview import LEVELS, level_of
from traces.core.ruler import percent_text
from traces.core.timescale import duration_text, tick_text, ticks
from traces.pages.labels import Label

HEIGHT = 100
# What is drawn of a scale, so that the highest line doesn't lie on the edge.
ROOM = 1.04
MOST_VALUES, MOST_DECADES = 5, 6
Values = Sequence[Number | None]


class Level(NamedTuple):
    """All squares of one shade."""

    level: int
    path: str


def scale_of(series: Sequence[Series], *, of_durations: bool) -> tuple[float, float, list[Label]]:
    """What is at the bottom and at the top of the lines, and labels between."""
    values = [value for one in series for value in one.values if value is not None]
    low, high = min(0, *values, 0), max(0, *values, 0)
    top = low + (high - low) * ROOM or 1
    if of_durations:
        offsets = ticks(int(high), at_most=MOST_VALUES)
        step_ns = offsets[1] if len(offsets) > 1 else int(high)
        texts = [(float(ns), tick_text(ns, step_ns)) for ns in offsets]
    else:
        texts = [(number, number_text(number)) for number in round_numbers(low, high, at_most=MOST_VALUES)]
    return low, top, [Label(percent_text(_y(number, low, top)), text, number == low) for number, text in texts]


def line_of(values: Values, low: float, top: float) -> str:
    """An SVG path through the middle of each bin that has a value; a value alone is a point."""
    path, is_drawn = [], False
    for place, value in enumerate(values):
        if value is not None:
            path.append(f"{'L' if is_drawn else 'M'}{place}.5 {_y(value, low, top):.4g}{'' if is_drawn else 'h0'}")
        is_drawn = value is not None
    return "".join(path)


def buckets_of(series: Sequence[Series]) -> list[Bucket]:
    """From the smallest to the largest, without a gap."""
    used = sorted({one.bucket for one in series if one.bucket is not None}, key=lambda bucket: bucket.up_to)
    above = [bucket for bucket in used if bucket.above is not None]
    found = used[:1] if used and used[0].above is None else []
    if not above:
        return found
    bucket, last = above[0], above[-1]
    factor = bucket.up_to / (bucket.above or 1)
    while bucket.up_to < last.up_to:
        found.append(bucket)
        bucket = Bucket(bucket.up_to, bucket.up_to * factor)
    return [*found, last]


def squares_of(sums: Sequence[Sequence[float]]) -> list[Level]:
    """Of sums by bucket and bin, the lowest bucket first."""
    most = max((value for row in sums for value in row), default=0)
    paths: dict[int, list[str]] = {level: [] for level in range(1, LEVELS + 1)}
    for place, row in enumerate(reversed(sums)):
        for bin, value in enumerate(row):
            if value:
                paths[level_of(value, most)].append(f"M{bin} {place}h.92v.9h-.92z")
    return [Level(level, "".join(path)) for level, path in paths.items() if path]


def bucket_labels(buckets: Sequence[Bucket], *, of_durations: bool) -> list[Label]:
    """At powers of ten, where they lie on the scale; what isn't above zero has the lowest row to itself."""
    text: Callable[[float], str] = (lambda ns: duration_text(round(ns))) if of_durations else number_text
    rows = len(buckets)
    lowest = [bucket for bucket in buckets if bucket.above is None]
    labels = [Label(percent_text(100 * (rows - 0.5) / rows), "0" if of_durations else "≤ 0")] if lowest else []
    if len(lowest) == rows:
        return labels
    low, high = log2(buckets[len(lowest)].above or 1), log2(buckets[-1].up_to)
    first, last = floor(low * log10(2)) + 1, floor(high * log10(2))
    step = max(-(-(last - first + 1) // MOST_DECADES), 1)
    for decade in range(first, last + 1, step):
        up = (decade / log10(2) - low) / (high - low) * (rows - len(lowest))
        labels.append(Label(percent_text(100 * (1 - (up + len(lowest)) / rows)), text(10.0**decade)))
    return labels


def _y(value: float, low: float, top: float) -> float:
    return HEIGHT * (top - value) / (top - low)
