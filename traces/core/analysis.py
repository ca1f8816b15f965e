"""In: a `Trace`. Out: where its time went, in pieces, in sums and in words.

Times are those of the corrected clocks; `skew` says which were corrected, `offsets_ns` by how much.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from traces.core.critical_path import critical_path, head_of
from traces.core.self_time import self_times_ns
from traces.core.sentence import sentence_of
from traces.core.skew import Skew, offsets_ns, skew_of
from traces.core.time_spent import Piece, Pieces, Spent, pieces_of, queued_ns, spent, spent_by_service
from traces.core.timeline import NOBODY, Timeline, blocking, timeline_of
from traces.core.trace import Trace


class Stretch(NamedTuple):
    """A time without a gap in which the critical path runs through some rows."""

    start_ns: int
    end_ns: int


@dataclass(frozen=True, slots=True)
class Analysis:
    """All by place, where not said otherwise."""

    trace: Trace
    sentence: str
    skew: Skew
    offsets_ns: Sequence[int]  # what was added to a span's recorded times
    timeline: Timeline  # corrected
    blocks: Sequence[bool]  # whether the parent was waiting for this span
    self_ns: Sequence[int]
    critical_path: Pieces  # ascending in time, adding up to the root's duration
    _by_place: Sequence[int]  # the numbers of the path's pieces, by place and then in time

    @property
    def head(self) -> int | None:
        """The row whose duration the path explains; other roots, and what hangs under missing spans, stand apart."""
        return head_of(self.timeline)

    def pieces_within(self, start: int, stop: int) -> list[Piece]:
        """Those of the rows from place `start` to before `stop`, by row and then in time: of a window, of a subtree."""
        numbers, place_of = self._by_place, self.critical_path.path.places.__getitem__
        first, after = (bisect_left(numbers, place, key=place_of) for place in (start, stop))
        return [self.critical_path[number] for number in numbers[first:after]]

    def stretches_within(self, start: int, stop: int) -> list[Stretch]:
        """When the path runs through any of these rows, joined: the line on the bar of a collapsed row."""
        return _joined(sorted((piece.start_ns, piece.end_ns) for piece in self.pieces_within(start, stop)))

    def stretches_of(self, places: Sequence[int]) -> list[Stretch]:
        """The same for rows that don't follow each other; the places ascending."""
        numbers, path, wanted = self._by_place, self.critical_path.path, set(places)
        first, after = (
            bisect_left(numbers, place, key=path.places.__getitem__) for place in (places[0], places[-1] + 1)
        )
        own = sorted(number for number in numbers[first:after] if path.places[number] in wanted)
        return _joined((path.bounds_ns[number], path.bounds_ns[number + 1]) for number in own)

    def spent_within(self, place: int) -> Spent:
        """What the path was spent on in this span and all below it."""
        return spent(self.pieces_within(place, place + self.trace.sizes[place]))

    @property
    def spent(self) -> Spent:
        return spent(self.critical_path)

    @property
    def spent_by_service(self) -> Mapping[str, Spent]:
        return spent_by_service(self.timeline, self.critical_path)

    @property
    def path_ns(self) -> Sequence[int]:
        """How long the critical path runs through the row itself."""
        found = [0] * len(self.trace)
        for place, duration_ns in zip(self.critical_path.path.places, self.critical_path.durations_ns(), strict=True):
            found[place] += duration_ns
        return found

    @property
    def queued_ns(self) -> Mapping[int, int]:
        """Of consumers under their producer: how long the message lay in the queue."""
        return queued_ns(self.timeline)

    @property
    def left_alone(self) -> list[int]:
        """Spans below another that nobody waited for: asynchronous work, which has no part in the path."""
        parents = self.timeline.parents
        return [place for place, blocks in enumerate(self.blocks) if not blocks and parents[place] != NOBODY]


def analyse(trace: Trace) -> Analysis:
    """n log n at most, whatever the shape of the trace: `python -m bench analysis`."""
    recorded = timeline_of(trace)
    skew = skew_of(recorded)
    offsets = offsets_ns(recorded, skew)
    timeline = recorded.shifted(offsets) if skew else recorded
    blocks = blocking(timeline)
    pieces = pieces_of(timeline, blocks, critical_path(timeline, blocks))
    return Analysis(
        trace,
        sentence_of(timeline, pieces),
        skew,
        offsets,
        timeline,
        blocks,
        self_times_ns(timeline, blocks),
        pieces,
        sorted(range(len(pieces)), key=pieces.path.places.__getitem__),
    )


def _joined(stretches: Iterable[tuple[int, int]]) -> list[Stretch]:
    joined: list[Stretch] = []
    for start_ns, end_ns in stretches:
        if joined and start_ns <= joined[-1].end_ns:
            joined[-1] = Stretch(joined[-1].start_ns, max(end_ns, joined[-1].end_ns))
        else:
            joined.append(Stretch(start_ns, end_ns))
    return joined
