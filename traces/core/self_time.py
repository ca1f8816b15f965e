"""In: a `Timeline` and which of its spans block. Out: each span's self time."""

from __future__ import annotations

from collections.abc import Sequence

from traces.core.timeline import Timeline, blocking, timeline_of
from traces.core.trace import Trace


def self_times_of(trace: Trace) -> Sequence[int]:
    """By place, by the clocks as recorded."""
    timeline = timeline_of(trace)
    return self_times_ns(timeline, blocking(timeline))


def self_times_ns(timeline: Timeline, blocks: Sequence[bool]) -> Sequence[int]:
    """By place: the span's duration without the time in which at least one child that it waits for was running.

    Children count as far as they lie within their parent, and twice nowhere. A stand-in's own time is 0: what a span
    did that isn't here is not known.
    """
    starts, ends, parents = timeline.starts_ns, timeline.ends_ns, timeline.parents
    covered = list(starts)  # by place of a parent: up to when its children, those so far, leave nothing uncovered
    own = [end - start for start, end in zip(starts, ends, strict=True)]
    for place in _by_start(timeline):
        if not blocks[place]:
            continue
        parent = parents[place]
        start, end, until = starts[place], ends[place], covered[parent]
        if end > ends[parent]:
            end = ends[parent]
        if end > until:
            own[parent] -= end - (start if start > until else until)
            covered[parent] = end
    for place in timeline.stand_ins():
        own[place] = 0
    return own


def _by_start(timeline: Timeline) -> Sequence[int]:
    """Siblings by start. As recorded they are in pre-order; corrected clocks change that."""
    places = range(len(timeline))
    return sorted(places, key=timeline.starts_ns.__getitem__) if timeline.is_corrected else places
