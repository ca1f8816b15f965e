"""In: a trace and others like it. Out: how long each of its spans usually takes, and what is usually there but isn't.

Spans are compared with those at the same path in the other traces; see `paths`.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from traces.core.columns import STAND_IN, Operation
from traces.core.paths import NOWHERE, Paths
from traces.core.peers import FEWEST
from traces.core.statistics import percentile
from traces.core.timescale import duration_text
from traces.core.trace import Trace

MOST_ABSENT = 20
# In so many of the others it has to be, for its absence to be worth a word.
USUAL_SHARE = 0.8


class Standing(StrEnum):
    """Of a duration among the others'."""

    NEVER = "never there"  # no other has it
    SELDOM = "seldom there"  # too few others have it to tell
    SHORTER = "shorter than usual"
    USUAL = ""
    LONGER = "longer than usual"  # than three of four
    MUCH_LONGER = "much longer than usual"  # than 19 of 20


class Usual(NamedTuple):
    """What the others say of one span; the percentiles are None below FEWEST of them."""

    standing: Standing
    present: int  # of how many others it is a part
    p25_ns: int | None = None
    p75_ns: int | None = None
    p95_ns: int | None = None

    @property
    def range_text(self) -> str:
        """`40–60 ms`"""
        if self.p25_ns is None or self.p75_ns is None:
            return ""
        first, last = duration_text(self.p25_ns), duration_text(self.p75_ns)
        same_unit = first.split()[1:] == last.split()[1:] and len(first.split()) == 2
        return last if first == last else f"{first.split()[0] if same_unit else first}–{last}"


class Absent(NamedTuple):
    """What others have below a span of this trace."""

    parent: int | None  # its place; None for a root
    operation: Operation
    times: int  # how many of it below that parent there are here
    present: int


@dataclass(frozen=True, slots=True)
class UsualRanges:
    """`usual` by place, empty where the others are too few."""

    others: int
    usual: Mapping[int, Usual]
    absent: Sequence[Absent]

    @property
    def is_known(self) -> bool:
        return self.others >= FEWEST


def usual_of(trace: Trace, others: Iterable[Trace]) -> UsualRanges:
    """Linear in all spans. Spans of the others count by their durations, whatever else went on there."""
    paths = Paths()
    own = paths.of(trace)
    durations: list[array[int]] = [array("q") for _ in range(len(paths))]
    count = 0
    for other in others:
        count += 1
        lasted_ns = (other.columns.durations_ns[row] for row in other.order)
        for path, duration_ns in zip(paths.of(other), lasted_ns, strict=True):
            if path >= len(durations):
                durations.extend(array("q") for _ in range(path + 1 - len(durations)))
            durations[path].append(duration_ns)
    if count < FEWEST:
        return UsualRanges(count, {}, ())
    columns = trace.columns
    usual = {
        place: _usual(columns.durations_ns[trace.order[place]], durations[path])
        for place, path in enumerate(own)
        if columns.operation_places[trace.order[place]] != STAND_IN
    }
    return UsualRanges(count, usual, _absent(paths, own, durations, count))


def _usual(duration_ns: int, others_ns: Sequence[int]) -> Usual:
    present = len(others_ns)
    if present < FEWEST:
        return Usual(Standing.SELDOM if present else Standing.NEVER, present)
    ordered = sorted(others_ns)
    p25_ns, p75_ns, p95_ns = (percentile(ordered, percent) for percent in (25, 75, 95))
    standing = (
        Standing.MUCH_LONGER if duration_ns > p95_ns
        else Standing.LONGER if duration_ns > p75_ns
        else Standing.SHORTER if duration_ns < p25_ns
        else Standing.USUAL
    )  # fmt: skip
    return Usual(standing, present, p25_ns, p75_ns, p95_ns)


def _absent(paths: Paths, own: Sequence[int], durations: Sequence[Sequence[int]], count: int) -> list[Absent]:
    """Those whose parent is here, the commonest first."""
    places = {path: place for place, path in enumerate(own)}
    found = []
    for path, others_ns in enumerate(durations):
        above, operation, times = paths.steps[path]
        is_missing_here = path not in places and (above == NOWHERE or above in places)
        if is_missing_here and len(others_ns) >= USUAL_SHARE * count:
            found.append(Absent(places.get(above), operation, times, len(others_ns)))
    return sorted(found, key=lambda absent: -absent.present)[:MOST_ABSENT]
