"""In: a range of time. Out: its parts, of a round width: what a series over time has values for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from traces.core.timescale import SECOND, round_step

MOST_BINS = 60


class Bins(NamedTuple):
    """Equal parts of [start_ns, end_ns), which isn't empty; they begin at multiples of the step, so that the first and
    the last may be cut."""

    start_ns: int
    end_ns: int
    step_ns: int

    @property
    def first_ns(self) -> int:
        return self.start_ns // self.step_ns * self.step_ns

    @property
    def times_ns(self) -> Sequence[int]:
        """Where each begins."""
        return range(self.first_ns, self.end_ns, self.step_ns)

    @property
    def lengths_ns(self) -> list[int]:
        return [min(ns + self.step_ns, self.end_ns) - max(ns, self.start_ns) for ns in self.times_ns]

    @property
    def seconds(self) -> list[float]:
        """How much of each there is; 0 for an end of less than half a step, where a rate would be chance."""
        lengths = self.lengths_ns
        shortest_ns = self.step_ns // 2 if len(lengths) > 1 else 0
        return [length / SECOND if length >= shortest_ns else 0 for length in lengths]


def bins_of(start_ns: int, end_ns: int, step_ns: int = 0) -> Bins:
    """Of a round width, a second at least, where none is asked for."""
    end_ns = max(end_ns, start_ns + 1)
    return Bins(start_ns, end_ns, step_ns or max(round_step(end_ns - start_ns, MOST_BINS + 1), SECOND))
