"""In: the critical path of a trace. Out: what each piece of it was spent on, added up for all or for a service.

network      a client's own time while its server's side is here: on the way there, and back
dependency   a call whose other side sends no spans: a database, a cache, somebody else's service; and a producer's
             own time, until the broker has the message
queue        from where a span waits for a consumer to where that consumer begins
waiting      a gap of at least GAP_NS between two children: the span may have slept, queued for a lock or a
             connection, or computed without a span saying so; and a client's time where its server's side went on
             for so long that it counts as left to itself. Nothing recorded tells which
compute      all other own time of a span, short gaps and what lies before its first child and after its last.
             It includes whatever waiting no span shows
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from operator import sub
from typing import NamedTuple

from traces.core.critical_path import Path
from traces.core.span import Kind
from traces.core.timeline import NO_KIND, NOBODY, Timeline
from traces.core.timescale import MILLISECOND

# Shorter ones are the ordinary work of a program between two calls.
GAP_NS = 10 * MILLISECOND
_CALLING = frozenset(int(kind) for kind in (Kind.CLIENT, Kind.PRODUCER, NO_KIND))


class SpentOn(StrEnum):
    COMPUTE = "compute"
    NETWORK = "network"
    QUEUE = "queue"
    DEPENDENCY = "dependency"
    WAITING = "waiting"


Spent = Mapping[SpentOn, int]  # nanoseconds; what there is nothing of is left out


class Piece(NamedTuple):
    """A stretch of the critical path, and what it was spent on."""

    place: int
    start_ns: int
    end_ns: int
    spent_on: SpentOn
    before: int  # the child that begins where this ends, or NOBODY

    @property
    def duration_ns(self) -> int:
        return self.end_ns - self.start_ns


@dataclass(frozen=True, slots=True)
class Pieces:
    """The critical path from its start to its end, in columns: a record is made of a piece when it is looked at."""

    path: Path
    spent_on: Sequence[SpentOn]
    before: Sequence[int]

    def __len__(self) -> int:
        return len(self.spent_on)

    def __getitem__(self, number: int) -> Piece:
        bounds_ns = self.path.bounds_ns
        start_ns, end_ns = bounds_ns[number], bounds_ns[number + 1]
        return Piece(self.path.places[number], start_ns, end_ns, self.spent_on[number], self.before[number])

    def __iter__(self) -> Iterator[Piece]:
        return map(self.__getitem__, range(len(self)))

    def durations_ns(self) -> Iterator[int]:
        return _durations_ns(self.path)


def pieces_of(timeline: Timeline, blocks: Sequence[bool], path: Path) -> Pieces:
    """The path as it is, each stretch with what it was spent on. Linear."""
    sizes, kinds = timeline.sizes, timeline.kinds
    answers: dict[int, SpentOn | None] = {}
    spent, followed = list[SpentOn](), list[int]()
    earlier = NOBODY
    for place, later, duration_ns in zip(path.places, [*path.places[1:], NOBODY], _durations_ns(path), strict=False):
        after = place + sizes[place]
        before = _child_towards(timeline, place, later) if place < later < after else NOBODY
        if kinds[place] in _CALLING and place not in answers:
            answers[place] = _of_a_call(timeline, blocks, place)
        spent_on = answers.get(place)
        if spent_on is None:
            is_gap = before != NOBODY and place < earlier < after and duration_ns >= GAP_NS
            is_queue = before != NOBODY and kinds[before] == Kind.CONSUMER
            spent_on = SpentOn.QUEUE if is_queue else SpentOn.WAITING if is_gap else SpentOn.COMPUTE
        spent.append(spent_on)
        followed.append(before)
        earlier = place
    return Pieces(path, spent, followed)


def _durations_ns(path: Path) -> Iterator[int]:
    return map(sub, path.bounds_ns[1:], path.bounds_ns)


def spent(pieces: Iterable[Piece]) -> Spent:
    """What they were spent on, added up."""
    sums: dict[SpentOn, int] = defaultdict(int)
    for piece in pieces:
        sums[piece.spent_on] += piece.duration_ns
    return dict(sums)


def spent_by_service(timeline: Timeline, pieces: Iterable[Piece]) -> Mapping[str, Spent]:
    """By the service whose span the piece is of, a missing span's ""; the one with most time first."""
    sums: dict[str, dict[SpentOn, int]] = defaultdict(lambda: defaultdict(int))
    for piece in pieces:
        operation = timeline.operation(piece.place)
        sums[operation.service if operation else ""][piece.spent_on] += piece.duration_ns
    ranked = sorted(sums.items(), key=lambda item: (-sum(item[1].values()), item[0]))
    return {service: dict(own) for service, own in ranked}


def queued_ns(timeline: Timeline) -> Mapping[int, int]:
    """By place of a consumer under its producer: how long its message lay there. On no path, as nobody waited."""
    kinds, parents = timeline.kinds, timeline.parents
    return {
        place: max(timeline.starts_ns[place] - timeline.ends_ns[parents[place]], 0)
        for place, kind in enumerate(kinds)
        if kind == Kind.CONSUMER and parents[place] != NOBODY and kinds[parents[place]] == Kind.PRODUCER
    }


def callees(timeline: Timeline, place: int) -> list[int]:
    """The spans right below a client that are the other side of its call: servers, else those of another service."""
    children, operation = timeline.children(place), timeline.operation(place)
    servers = [child for child in children if timeline.kinds[child] == Kind.SERVER]
    return servers or [
        child
        for child in children
        if operation and (below := timeline.operation(child)) and below.service != operation.service
    ]


def _of_a_call(timeline: Timeline, blocks: Sequence[bool], place: int) -> SpentOn | None:
    """What all own time of a call was spent on; None where that depends on what it lies between."""
    kind = timeline.kinds[place]
    if kind == NO_KIND:
        return SpentOn.WAITING
    if kind == Kind.PRODUCER or timeline.sizes[place] == 1:
        return SpentOn.DEPENDENCY
    if sides := callees(timeline, place):
        return SpentOn.NETWORK if any(blocks[side] for side in sides) else SpentOn.WAITING
    passes_on = any(timeline.kinds[child] in (Kind.CLIENT, Kind.PRODUCER) for child in timeline.children(place))
    return None if passes_on else SpentOn.DEPENDENCY


def _child_towards(timeline: Timeline, place: int, below: int) -> int:
    """The child that a row below is or hangs under. Over a whole path this climbs past each span once at most:
    only past those whose own first moment on the path is this one."""
    while timeline.parents[below] != place:
        below = timeline.parents[below]
    return below
