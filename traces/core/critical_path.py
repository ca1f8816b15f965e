"""In: a `Timeline` and which of its spans block. Out: the span that the request was waiting for, at every moment.

The path covers the trace's root: of several, the earliest that was reported as one. That is the root whose duration
is the trace's everywhere else; what hangs under the others, or under a missing parent, or was left to itself, has no
part in how long the root took as far as is known. Without a root it covers the first stand-in.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from traces.core.timeline import NO_KIND, Timeline
from traces.core.trace import CYCLE, OWN_PARENT


class Path(NamedTuple):
    """One span after the other without a gap: from `bounds_ns[i]` to `bounds_ns[i + 1]` the request was waiting for
    what the span at `places[i]` itself did. Numbers in two lists, as there may be a million of them."""

    places: Sequence[int]
    bounds_ns: Sequence[int]  # one more; empty where there is no time to explain


_Stretch = tuple[int, int, int]  # place, start, end


def head_of(timeline: Timeline) -> int | None:
    """The place of the row whose duration is explained. None of a trace without spans."""
    place, notes = 0, timeline.trace.notes
    while place < len(timeline):
        if timeline.kinds[place] != NO_KIND and notes.get(place) not in (OWN_PARENT, CYCLE):
            return place
        place += timeline.sizes[place]
    return 0 if len(timeline) else None


def critical_path(timeline: Timeline, blocks: Sequence[bool]) -> Path:
    """From the root's start to its end. n log n in the number of spans for any shape of trace.

    Backwards from its end, a span waits for the child that ended last, and before that child began for the one that
    ended last of those that came before it; where there is none, for itself:

        caller      |==================|
          one         |=====|
          other       |===|
          two                |======|
        path        |c|one--|c|two--|c-|
    """
    head = head_of(timeline)
    if head is None or timeline.starts_ns[head] == timeline.ends_ns[head]:
        return Path([], [])
    places, bounds_ns = list[int](), [timeline.starts_ns[head]]
    left = [(head, timeline.starts_ns[head], timeline.ends_ns[head])]  # the earliest on top; ~place: the span itself
    while left:
        place, start_ns, end_ns = left.pop()
        if place >= 0 and timeline.sizes[place] > 1:
            left.extend(_expanded(timeline, blocks, place, start_ns, end_ns))
        else:
            places.append(place if place >= 0 else ~place)
            bounds_ns.append(end_ns)
    return Path(places, bounds_ns)


def _expanded(timeline: Timeline, blocks: Sequence[bool], place: int, start_ns: int, end_ns: int) -> list[_Stretch]:
    """The children that the span waited for in this stretch, and itself between them; the latest first."""
    parts = []
    at_ns = end_ns
    for child in _waited_for(timeline, blocks, place, start_ns, end_ns):
        child_end_ns = min(timeline.ends_ns[child], at_ns)
        if child_end_ns < at_ns:
            parts.append((~place, child_end_ns, at_ns))
        at_ns = max(timeline.starts_ns[child], start_ns)
        parts.append((child, at_ns, child_end_ns))
    if start_ns < at_ns:
        parts.append((~place, start_ns, at_ns))
    return parts


def _waited_for(timeline: Timeline, blocks: Sequence[bool], place: int, start_ns: int, end_ns: int) -> list[int]:
    """One child after the other, the latest first.

    A child comes before another if at least half of it lies before the other's start, as rounded clocks make
    children overlap that ran one after the other. Of those, the one that ended last was waited for.
    """
    starts, ends, sizes = timeline.starts_ns, timeline.ends_ns, timeline.sizes
    middles, child, after = list[tuple[int, int]](), place + 1, place + sizes[place]
    while child < after:
        if blocks[child] and starts[child] < ends[child] and ends[child] > start_ns:
            middles.append((starts[child] + ends[child], child))
        child += sizes[child]
    if len(middles) < 2:
        return [child for middle, child in middles if middle <= 2 * end_ns]
    middles.sort()
    last: list[int] = []  # of the children up to this one in order of their middles, the one that ends last
    for _, child in middles:
        last.append(child if not last or ends[child] > ends[last[-1]] else last[-1])
    found, at_ns, before = [], end_ns, len(middles)
    while at_ns > start_ns:
        while before and middles[before - 1][0] > 2 * at_ns:
            before -= 1
        if not before:
            break
        found.append(last[before - 1])
        at_ns = starts[found[-1]]
    return found
