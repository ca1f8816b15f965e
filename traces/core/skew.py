"""In: a `Timeline` as recorded. Out: how far the clock of each instance is off, judged by calls between instances.

Display only. A server works while its client waits: where its recorded time lies elsewhere, one of the two clocks
is wrong. One call says little, as a client may give up and a server may end late. So there is one offset for two
instances, from all their calls in the trace, and only where it makes more of the calls fit than there were before.
The clock of the root's instance is taken as right, as nobody knows which of them is.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median_low
from typing import NamedTuple

from traces.core.columns import Instance
from traces.core.span import Kind
from traces.core.timeline import NOBODY, Timeline
from traces.core.timescale import MILLISECOND

# Some SDKs round to whole milliseconds: what sticks out by less is no skew.
ROUNDING_NS = MILLISECOND


class _Call(NamedTuple):
    """By how much the server's clock can be moved so that the call fits, and what would be likeliest."""

    lowest_ns: int
    highest_ns: int
    likeliest_ns: int
    sign: int  # -1 for a call back: there, the pair's other instance is the server

    def fits(self, offset_ns: int) -> bool:
        return self.lowest_ns - ROUNDING_NS <= offset_ns * self.sign <= self.highest_ns + ROUNDING_NS


class PairOffset(NamedTuple):
    """What is added to the times of `server` so that they are told by the clock of `client`."""

    client: Instance
    server: Instance
    offset_ns: int
    calls: int
    fitting: int  # of the calls, with the offset


@dataclass(frozen=True, slots=True)
class Skew:
    """What to add to recorded times. Empty where no clock seems to be wrong."""

    offsets_by_instance_ns: Mapping[int, int]  # place in the columns' resources -> other than 0
    pairs: Sequence[PairOffset]  # those that were corrected

    def __bool__(self) -> bool:
        return bool(self.offsets_by_instance_ns)


_Pair = tuple[int, int]  # of instances, the one met first as a client first


def skew_of(timeline: Timeline) -> Skew:
    if not (calls := _calls(timeline)):
        return Skew({}, ())
    offsets = {pair: _offset_ns(between) for pair, between in calls.items()}
    if not any(offsets.values()):
        return Skew({}, ())
    resources = timeline.trace.columns.resources
    pairs = [
        PairOffset(resources[one], resources[other], offset, len(between), sum(call.fits(offset) for call in between))
        for (one, other), between in calls.items()
        if (offset := offsets[one, other])
    ]
    absolute = _propagated(timeline, offsets)
    return Skew({instance: offset for instance, offset in absolute.items() if offset}, pairs)


def offsets_ns(timeline: Timeline, skew: Skew) -> Sequence[int]:
    """By place; 0 for a stand-in."""
    columns = timeline.trace.columns
    if not skew:
        return array("q", bytes(8 * len(timeline)))
    of_instance = [skew.offsets_by_instance_ns.get(place, 0) for place in range(len(columns.resources))]
    of_instance.append(0)  # where STAND_IN, as an index, points to
    return [of_instance[columns.resource_places[row]] for row in timeline.trace.order]


def _calls(timeline: Timeline) -> dict[_Pair, list[_Call]]:
    """All calls between instances; none where all fit. Calls back count for the same pair, the other way round."""
    order, resources = timeline.trace.order, timeline.trace.columns.resource_places
    called = _called(timeline)
    calls: dict[_Pair, list[_Call]] = {}
    for parent, place in called if any(_sticks_out(timeline, called)) else ():
        client, server = resources[order[parent]], resources[order[place]]
        if (server, client) in calls:
            calls[server, client].append(_call(timeline, parent, place, -1))
        elif client != server:
            calls.setdefault((client, server), []).append(_call(timeline, parent, place, 1))
    return calls


def _sticks_out(timeline: Timeline, called: Iterable[tuple[int, int]]) -> Iterator[bool]:
    """Of each server. Most traces have none that does, and are done with that."""
    starts, ends = timeline.starts_ns, timeline.ends_ns
    return (
        starts[place] < starts[parent] - ROUNDING_NS or ends[place] > ends[parent] + ROUNDING_NS
        for parent, place in called
    )


def _called(timeline: Timeline) -> list[tuple[int, int]]:
    """Clients with the server right below them."""
    kinds, parents, client, server = timeline.kinds, timeline.parents, int(Kind.CLIENT), int(Kind.SERVER)
    return [
        (parents[place], place)
        for place, kind in enumerate(kinds)
        if kind == server and parents[place] != NOBODY and kinds[parents[place]] == client
    ]


def _call(timeline: Timeline, client: int, server: int, sign: int) -> _Call:
    """The server's time lies in the middle of its client's; one that takes longer has to start while the client waits.

    client      |==========|      |======|
      server      |======|        |==========|
    """
    starts, ends = timeline.starts_ns, timeline.ends_ns
    lowest, highest = starts[client] - starts[server], ends[client] - ends[server]
    if highest < lowest:
        return _Call(lowest, ends[client] - starts[server], lowest, sign)
    return _Call(lowest, highest, (lowest + highest) // 2, sign)


def _offset_ns(calls: Sequence[_Call]) -> int:
    """0 unless another offset makes more calls fit."""
    misfits = [call for call in calls if not call.fits(0)]
    if not misfits:
        return 0
    offset = median_low(call.likeliest_ns * call.sign for call in misfits)
    return offset if sum(call.fits(offset) for call in calls) > len(calls) - len(misfits) else 0


def _propagated(timeline: Timeline, pairs: Mapping[_Pair, int]) -> dict[int, int]:
    """By instance, along calls from the root's; one that no call joins to it keeps its clock."""
    neighbours: dict[int, list[tuple[int, int]]] = {}
    for (client, server), offset in pairs.items():
        neighbours.setdefault(client, []).append((server, offset))
        neighbours.setdefault(server, []).append((client, -offset))
    known: dict[int, int] = {}
    columns = timeline.trace.columns
    for row in timeline.trace.order:
        if (first := columns.resource_places[row]) in known:
            continue
        known[first], reached = 0, [first]
        for one in reached:
            for other, offset in neighbours.get(one, ()):
                if other not in known:
                    known[other] = known[one] + offset
                    reached.append(other)
    return known
