"""In: the durations of two sides. Out: a step curve of each on one logarithmic axis, as finished geometry."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from traces.core.compare.durations import Distribution
from traces.core.ruler import Tick, percent
from traces.core.timescale import duration_text

WIDTH, HEIGHT = 1000, 100  # of the drawing; stretched to its place
MOST_STEPS = 250
MOST_TICKS = 7
_PARTS = 100_000
TURN_AT = 0.94


@dataclass(frozen=True, slots=True)
class Curves:
    """Which share of the traces takes no longer than so long."""

    a: str
    b: str
    ticks: Sequence[Tick]


def curves_of(a: Distribution, b: Distribution) -> Curves | None:
    """None where there is nothing to draw."""
    ends = [side.ordered_ns[place] for side in (a, b) if side.traces for place in (0, -1)]
    if not ends or max(ends) <= 0:
        return None
    low, high = math.log10(max(min(ends), max(ends) / 1e6, 1)), math.log10(max(ends))
    if high - low < 0.1:
        low, high = low - 0.1, high + 0.1
    margin = (high - low) * 0.02
    low, high = low - margin, high + margin
    return Curves(_steps(a, low, high), _steps(b, low, high), _ticks(low, high))


def _steps(side: Distribution, low: float, high: float) -> str:
    """At each place of the axis the share that is reached; what is shorter than the axis begins at its left end."""
    if not side.traces:
        return ""
    path, before = f"M0 {HEIGHT}", 0
    for step in range(MOST_STEPS + 1):
        until_ns = 10 ** (low + (high - low) * step / MOST_STEPS)
        number = bisect_right(side.ordered_ns, until_ns)
        if number == before:
            continue
        before = number
        path += f"H{WIDTH * step // MOST_STEPS}V{HEIGHT * (1 - side.levels[number - 1]):.1f}"
    return f"{path}H{WIDTH}"


def _ticks(low: float, high: float) -> list[Tick]:
    """At 1, 2 and 5 of each power of ten, as far as there is room."""
    for factors in ((1, 2, 5), (1, 3), (1,)):
        values = [factor * 10**power for power in range(math.floor(low), math.ceil(high) + 1) for factor in factors]
        within = [value for value in values if low <= math.log10(value) <= high] if low >= 0 else []
        if len(within) <= MOST_TICKS:
            break
    return [_tick((math.log10(value) - low) / (high - low), duration_text(value)) for value in within]


def _tick(share: float, label: str) -> Tick:
    return Tick(percent(round(share * _PARTS), _PARTS), label, share > TURN_AT)
