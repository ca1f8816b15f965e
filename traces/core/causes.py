"""In: the pieces of a critical path. Out: what a reader would call their causes: where, and of which operation.

An operation that was tried again and again is one cause with all that happened below it, however deep.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from traces.core.skew import ROUNDING_NS
from traces.core.span import Kind, Status
from traces.core.time_spent import Piece, Pieces, SpentOn, callees
from traces.core.timeline import NOBODY, Timeline
from traces.core.timescale import duration_text


class Cause(NamedTuple):
    where: str  # "in payment", "waiting before shipping"
    operation: str = ""
    remark: str = ""  # "tried 3 times"


class _Path(NamedTuple):
    """What is known of the spans that lie on the path or above it, by place."""

    attempts: dict[int, list[int]]  # the attempts that the span is one of
    tried: dict[int, int]  # the first attempt of the topmost such span that this one is or hangs under
    given_up: dict[int, int]  # the client nearest above that ended well before the other side of its call
    others: dict[int, str]  # who is on the other side of a client's call; its operation where that isn't here


@dataclass(slots=True)
class Part:
    """What of the path is due to one cause."""

    duration_ns: int = 0
    places: set[int] = field(default_factory=set)  # of the spans that it lies in


def causes_of(timeline: Timeline, pieces: Pieces) -> dict[Cause, Part]:
    """Adding up to the path's duration; the same order for the same path. Near-linear."""
    path, columns, order = _path(timeline, pieces), timeline.trace.columns, timeline.trace.order
    parts: dict[Cause, Part] = {}
    known: dict[tuple[str | int, int, int], Part] = {}
    own_ns, gaps = _sums(pieces)
    for place, duration_ns in own_ns.items():
        # All of an operation have one cause, and all calls of one callee, but those that were tried or given up apart.
        callee = path.others.get(place)
        what = columns.operation_places[order[place]] if callee is None else callee
        key = what, path.tried.get(place, NOBODY), path.given_up.get(place, NOBODY)
        if (part := known.get(key)) is None:
            part = known[key] = parts.setdefault(_of_own_time(timeline, path, place), Part())
        part.duration_ns += duration_ns
        part.places.add(place)
    for gap in gaps:
        part = parts.setdefault(_of_gap(timeline, path, gap), Part())
        part.duration_ns += gap.duration_ns
        part.places.add(gap.place)
    return parts


def _sums(pieces: Pieces) -> tuple[dict[int, int], list[Piece]]:
    """How long each span spent on what it did itself; the pieces whose cause is in what lies around them."""
    own_ns: dict[int, int] = defaultdict(int)
    gaps: list[Piece] = []
    own = (SpentOn.COMPUTE, SpentOn.NETWORK, SpentOn.DEPENDENCY)
    columns = zip(pieces.path.places, pieces.durations_ns(), pieces.spent_on, strict=True)
    for number, (place, duration_ns, spent_on) in enumerate(columns):
        if spent_on in own:
            own_ns[place] += duration_ns
        else:
            gaps.append(pieces[number])
    return own_ns, gaps


def _of_own_time(timeline: Timeline, path: _Path, place: int) -> Cause:
    if (first := path.tried.get(place)) is not None:
        return _of_attempts(timeline, path, path.attempts[first])
    if place in path.others:
        return Cause(f"on the network to {path.others[place]}")
    operation = timeline.operation(place)
    assert operation is not None  # a stand-in's time is a gap
    return Cause(f"in {operation.service}", operation.name, _remark(timeline, path, place))


def _of_gap(timeline: Timeline, path: _Path, gap: Piece) -> Cause:
    place, before = gap.place, gap.before
    if (first := path.tried.get(place)) is not None:
        return _of_attempts(timeline, path, path.attempts[first])
    operation = timeline.operation(place)
    if operation is None:
        return Cause("where spans are missing")
    if gap.spent_on == SpentOn.QUEUE:
        return Cause(f"in the queue to {_name(timeline, path, before)}")
    if place in path.others:
        return Cause(f"waiting for {path.others[place]}", operation.name, _remark(timeline, path, place))
    if (attempts := path.attempts.get(before)) and before != attempts[0]:
        return Cause("waiting between attempts")
    return Cause(f"waiting before {_name(timeline, path, before)}")


def _of_attempts(timeline: Timeline, path: _Path, attempts: Sequence[int]) -> Cause:
    operation = timeline.operation(attempts[0])
    assert operation is not None  # a stand-in is nobody's attempt
    where = next((path.others[one] for one in attempts if one in path.others), operation.service)
    return Cause(f"in {where}", operation.name, "tried twice" if len(attempts) == 2 else f"tried {len(attempts)} times")


def _name(timeline: Timeline, path: _Path, place: int) -> str:
    """A call by the service that it went to, all else by its operation."""
    operation = timeline.operation(place)
    return path.others.get(place) or (operation.name if operation else "spans that are missing")


def _remark(timeline: Timeline, path: _Path, place: int) -> str:
    if (client := path.given_up.get(place)) is None:
        return ""
    return f"given up after {duration_text(timeline.ends_ns[client] - timeline.starts_ns[client])}"


def _path(timeline: Timeline, pieces: Pieces) -> _Path:
    path, parents, kinds = _Path({}, {}, {}, {}), timeline.parents, timeline.kinds
    places = _on_path(timeline, pieces.path.places)
    for attempts in _attempts(timeline, places):
        path.attempts.update(dict.fromkeys(attempts, attempts))
    for client in [place for place in places if kinds[place] == Kind.CLIENT and timeline.sizes[place] > 1]:
        _look_at_call(timeline, path, client)
    for place in places if path.attempts or path.given_up else ():
        if (first := path.tried.get(parents[place])) is not None:
            path.tried[place] = first
        elif place in path.attempts:
            path.tried[place] = path.attempts[place][0]
        if place not in path.given_up and (client := path.given_up.get(parents[place], NOBODY)) != NOBODY:
            path.given_up[place] = client
    return path


def _look_at_call(timeline: Timeline, path: _Path, client: int) -> None:
    sides = callees(timeline, client)
    if not sides or (operation := timeline.operation(sides[0])) is None:
        return
    path.others[client] = operation.service
    went_on = max(timeline.ends_ns[side] for side in sides) > timeline.ends_ns[client] + ROUNDING_NS
    if went_on and _failed(timeline, client):
        path.given_up[client] = client


def _attempts(timeline: Timeline, places: Sequence[int]) -> list[list[int]]:
    """Siblings of one operation, of which each failed but, if it went well, the last."""
    failed = {_sibling_of(timeline, place) for place in places if _failed(timeline, place)}
    siblings: dict[tuple[int, int], list[int]] = defaultdict(list)
    for place in places if failed else ():
        if (key := _sibling_of(timeline, place)) in failed and key[0] != NOBODY:
            siblings[key].append(place)
    several = [equal for equal in siblings.values() if len(equal) > 1]
    return [equal for equal in several if all(_failed(timeline, attempt) for attempt in equal[:-1])]


def _sibling_of(timeline: Timeline, place: int) -> tuple[int, int]:
    """Equal for spans of one operation under one parent."""
    trace = timeline.trace
    return timeline.parents[place], trace.columns.operation_places[trace.order[place]]


def _failed(timeline: Timeline, place: int) -> bool:
    trace = timeline.trace
    return trace.columns.statuses[trace.order[place]] == Status.ERROR


def _on_path(timeline: Timeline, places: Iterable[int]) -> list[int]:
    """All spans that the path runs through, those above these places too, parents first."""
    found: set[int] = set()
    for place in set(places):
        while place != NOBODY and place not in found:
            found.add(place)
            place = timeline.parents[place]
    return sorted(found)
