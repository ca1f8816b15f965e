"""In: a `Trace`. Out: its rows' parents and times by place, and which children a span was waiting for.

What every analysis of a trace begins with: plain lists, because each of their numbers is looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from operator import add

from traces.core.columns import Operation
from traces.core.span import Kind
from traces.core.trace import Trace

NOBODY = -1  # the parent of a root
NO_KIND = -1  # of a stand-in


@dataclass(frozen=True, slots=True)
class Timeline:
    """By place: who called, from when to when, and what kind of span it is."""

    trace: Trace
    parents: Sequence[int]  # places, NOBODY for roots and stand-ins
    starts_ns: Sequence[int]
    ends_ns: Sequence[int]
    kinds: Sequence[int]
    sizes: Sequence[int]
    is_corrected: bool = False  # siblings may then be in another order than that of their starts

    def __len__(self) -> int:
        return len(self.parents)

    def operation(self, place: int) -> Operation | None:
        """None of a stand-in."""
        columns, row = self.trace.columns, self.trace.order[place]
        return columns.operation(row) if self.kinds[place] != NO_KIND else None

    def children(self, place: int) -> list[int]:
        """Those right below, by recorded start."""
        sizes, below, after = self.sizes, place + 1, place + self.sizes[place]
        found = []
        while below < after:
            found.append(below)
            below += sizes[below]
        return found

    def stand_ins(self) -> list[int]:
        missing = self.trace.missing_parents
        return [place for place, kind in enumerate(self.kinds) if kind == NO_KIND] if missing else []

    def shifted(self, offsets_ns: Sequence[int]) -> Timeline:
        """With every span moved by its offset; a stand-in again has the extent of what hangs under it."""
        starts_ns = list(map(add, self.starts_ns, offsets_ns))
        ends_ns = list(map(add, self.ends_ns, offsets_ns))
        for place in self.stand_ins():
            below = slice(place + 1, place + self.sizes[place])
            starts_ns[place], ends_ns[place] = min(starts_ns[below]), max(ends_ns[below])
        return replace(self, starts_ns=starts_ns, ends_ns=ends_ns, is_corrected=True)


def timeline_of(trace: Trace) -> Timeline:
    """As recorded."""
    columns, order = trace.columns, trace.order
    starts_ns = list(map(columns.starts_ns.__getitem__, order))
    kinds = [operation.kind for operation in columns.operations]
    kinds.append(NO_KIND)  # where STAND_IN, as an index, points to
    return Timeline(
        trace,
        parents_of(trace),
        starts_ns,
        list(map(add, starts_ns, map(columns.durations_ns.__getitem__, order))),
        [kinds[columns.operation_places[row]] for row in order],
        list(trace.sizes),
    )


def blocking(timeline: Timeline) -> Sequence[bool]:
    """By place: whether the parent was waiting for this span, because at least half of it lies within its parent.

        caller      |==============|
          call          |======|       blocks
          late                 |=====|     blocks until the caller ends: clocks are rounded, servers end late
          batch                  |==========|  was left to itself

    A consumer is left to itself by its producer whenever it runs; for a root nobody waits.
    """
    parents, starts, ends, kinds = timeline.parents, timeline.starts_ns, timeline.ends_ns, timeline.kinds
    consumer, producer = int(Kind.CONSUMER), int(Kind.PRODUCER)
    found = []
    for parent, start, end, kind in zip(parents, starts, ends, kinds, strict=True):
        if parent == NOBODY or (kind == consumer and kinds[parent] == producer):
            found.append(False)
            continue
        parent_start, parent_end = starts[parent], ends[parent]
        inside = (end if end < parent_end else parent_end) - (start if start > parent_start else parent_start)
        found.append(inside >= 0 and 2 * inside >= end - start)
    return found


def parents_of(trace: Trace) -> list[int]:
    """The row above of one level less: known from depths, whatever the spans reported."""
    latest, parents = [NOBODY] * (trace.levels + 1), []
    for place, depth in enumerate(trace.depths):
        parents.append(latest[depth])
        latest[depth + 1] = place
    return parents
