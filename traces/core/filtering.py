"""In: a `Trace`, a duration and services. Out: what is left without shorter spans and without those services' spans.

    checkout      |==================|       at least 2 ms: checkout, bank and charge, which is above bank
      auth         ||
      charge           ||                    (left to itself)
        bank            |===========|

Errors stay whatever their duration, and so does all above what stays. A service's spans go with their errors; what
other services have below them stays, at its depth.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress

from traces.core.matching import with_ancestors
from traces.core.trace import Trace


@dataclass(frozen=True, slots=True)
class Filter:
    """What a reader doesn't want to see."""

    min_ns: int = 0
    services: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return self.min_ns > 0 or bool(self.services)


NO_FILTER = Filter()


@dataclass(frozen=True, slots=True)
class Left:
    """Places, ascending, and of how many spans the rest consists."""

    places: Sequence[int]
    short: int
    of_services: int


def left_by(trace: Trace, wanted: Filter) -> Left:
    """Linear. A span that is short and of a hidden service counts for its service."""
    columns, order = trace.columns, trace.order
    shown = [operation.service not in wanted.services for operation in columns.operations]
    shown.append(True)  # where STAND_IN, as an index, points to
    of_rows = list(map(shown.__getitem__, columns.operation_places))
    mask = bytearray(map(of_rows.__getitem__, order))
    of_services = len(mask) - sum(mask)
    if wanted.min_ns > 0:
        mask = _without_short(trace, mask, wanted.min_ns)
    places = array("i", compress(range(len(trace)), mask))
    return Left(places, len(trace) - len(places) - of_services, of_services)


def choices_ns(extent_ns: int) -> list[int]:
    """Round durations that suit a trace of this length: about a thousandth, a hundredth and a tenth of it."""
    return [_rounded(extent_ns // part) for part in (1000, 100, 10)] if extent_ns >= 1000 else []


def _without_short(trace: Trace, shown: bytearray, min_ns: int) -> bytearray:
    """Of what is shown: the long, the errors, and all above these."""
    is_long = [duration_ns >= min_ns for duration_ns in trace.columns.durations_ns]
    mask = bytearray(map(is_long.__getitem__, trace.order))
    for place in trace.errors:
        mask[place] = 1
    kept = bytearray(map(int.__and__, mask, shown))
    found = bytearray(len(mask))
    for place in with_ancestors(trace, array("i", compress(range(len(kept)), kept))):
        found[place] = 1
    return bytearray(map(int.__and__, found, shown))


def _rounded(duration_ns: int) -> int:
    """Down to 1, 2 or 5 and zeros."""
    magnitude: int = 10 ** (len(str(duration_ns)) - 1)
    return max(step * magnitude for step in (1, 2, 5) if step * magnitude <= duration_ns)
