"""In: numbers of any kind. Out: words for them, and round places for an axis; durations are `core.timescale`'s."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor, log10

# Beyond, digits are no longer counted.
_COUNTABLE = 1e15


def number_text(number: float) -> str:
    """Three significant digits, all of a whole part: `1,204`, `0.25`, `3.4e+20`."""
    if 1_000 <= abs(number) < _COUNTABLE:
        return f"{round(number):,}"
    return f"{number:.3g}"


def round_numbers(low: float, high: float, *, at_most: int = 5) -> Sequence[float]:
    """From `low` to `high`, evenly spaced and round, ascending; only `low` where there is nothing between."""
    if not high > low:
        return [low]
    smallest = (high - low) / max(at_most - 1, 1)
    magnitude = 10.0 ** floor(log10(smallest))
    for factor in (1, 2, 5, 10):
        step = magnitude * factor
        first, last = ceil(low / step), floor(high / step)
        if last - first < at_most:
            break
    return [float(f"{number * step:.12g}") for number in range(first, last + 1)]
