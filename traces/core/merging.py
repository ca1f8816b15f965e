"""In: a `Trace`. Out: its rows merged into frames: one for all of an operation under the same path of operations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from traces.core.span import Status
from traces.core.timeline import parents_of
from traces.core.trace import Trace

NONE = -1


@dataclass(frozen=True, slots=True)
class MergedFrames:
    """Columns by the frame's number; a parent's is smaller than its children's, whose order is that of first spans."""

    frame_of: Sequence[int]  # by place
    parents: Sequence[int]
    levels: Sequence[int]
    places: Sequence[int]  # of the slowest span
    counts: Sequence[int]
    errors: Sequence[int]
    totals_ns: Sequence[int]
    widths: Sequence[int]  # the total, or what the children need where that is more
    starts: Sequence[int]  # where it lies: within its parent, beside its siblings
    whole: int


def merged_frames(trace: Trace) -> MergedFrames:
    columns, numbers = trace.columns, dict[tuple[int, int], int]()
    frame_of: list[int] = []
    places: list[int] = []
    counts: list[int] = []
    errors: list[int] = []
    totals: list[int] = []
    durations = columns.durations_ns
    for place, (row, parent) in enumerate(zip(trace.order, parents_of(trace), strict=True)):
        above = frame_of[parent] if parent >= 0 else NONE
        number = numbers.setdefault((above, columns.operation_places[row]), len(places))
        if number == len(places):
            places.append(place)
            counts.append(0)
            errors.append(0)
            totals.append(0)
        elif durations[row] > durations[trace.order[places[number]]]:
            places[number] = place
        frame_of.append(number)
        counts[number] += 1
        errors[number] += columns.statuses[row] == Status.ERROR
        totals[number] += durations[row]
    parents = [above for above, _ in numbers]
    widths = _widths(parents, totals)
    starts, whole = _starts(parents, widths)
    levels = [trace.depths[place] for place in places]
    return MergedFrames(frame_of, parents, levels, places, counts, errors, totals, widths, starts, whole)


def _widths(parents: Sequence[int], totals: Sequence[int]) -> list[int]:
    needed, widths = [0] * len(parents), list(totals)
    for number in range(len(parents) - 1, -1, -1):
        widths[number] = max(totals[number], needed[number])
        if parents[number] != NONE:
            needed[parents[number]] += widths[number]
    return widths


def _starts(parents: Sequence[int], widths: Sequence[int]) -> tuple[list[int], int]:
    starts, free, whole = [], [0] * len(parents), 0
    for number, parent in enumerate(parents):
        if parent == NONE:
            at, whole = whole, whole + widths[number]
        else:
            at = free[parent]
            free[parent] += widths[number]
        starts.append(at)
        free[number] = at
    return starts, whole
