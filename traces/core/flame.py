"""In: a `Trace`, or the part of it under one row. Out: a flame graph as finished geometry, a row a level.

By time each span is as wide as it took and lies where it was, on the waterfall's ruler. Merged, spans of the same
operation under the same path are one frame, as wide as they took together. However many spans: at most MOST_FRAMES
frames, and a path a level for what is too narrow to be a frame.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from heapq import nlargest
from typing import NamedTuple

from traces.core.merging import MergedFrames
from traces.core.ruler import MIN_WIDTH, Stretch, share
from traces.core.trace import Trace

MOST_FRAMES = 1_500
MOST_LEVELS = 60
ROW_PX = 20
NARROW = 2_000  # of the width: half a pixel where it has a thousand
_CELLS = 250  # places of a level for marks
LABELLED, ROOMY = 3.0, 15.0  # percent: from here on a frame holds some letters, and from here the service too


# What shall be drawn: level, start, end, and the number of whom. A plain tuple, of which there may be a million.
Box = tuple[int, int, int, int]


class Frame(NamedTuple):
    """A rectangle of the drawing."""

    number: int  # the place of its span, or the number of the merged frame
    x: str
    width: str
    y: int
    has_label: bool
    has_room: bool  # for the service's name too
    is_before: bool  # drawn over another one of its level, which it overlaps in time


@dataclass(frozen=True, slots=True)
class Flame:
    frames: Sequence[Frame]
    marks: Sequence[str]  # SVG paths, a picture _CELLS wide: where spans lie that are too narrow
    narrow: int  # how many boxes they stand for
    deeper: int  # how many boxes lie below the lowest level
    levels: int
    height_px: int


def flame_by_time(trace: Trace, focus: int | None, stretch: Stretch) -> Flame:
    """The subtree of the row at `focus`, or all; what lies outside of the stretch isn't drawn."""
    start, stop = _slice(trace, focus)
    base, columns, length_ns = trace.depths[start] if start < stop else 0, trace.columns, stretch.length_ns
    first_ns, deeper = trace.start_ns + stretch.start_ns, 0
    boxes: list[Box] = []
    for place in range(start, stop):
        level, row = trace.depths[place] - base, trace.order[place]
        begin = columns.starts_ns[row] - first_ns
        end = begin + columns.durations_ns[row]
        if end < 0 or begin > length_ns:
            continue
        if level >= MOST_LEVELS:
            deeper += 1
            continue
        boxes.append((level, max(begin, 0), min(end, length_ns), place))
    return _drawn(boxes, length_ns, deeper)


def flame_merged(frames: MergedFrames, focus: int | None) -> Flame:
    """The frames under that of the row at `focus`, or all, in the order in which their first spans started."""
    first = 0 if focus is None else frames.frame_of[focus]
    base, left, whole = (0, 0, frames.whole)
    if focus is not None:
        base, left, whole = frames.levels[first], frames.starts[first], frames.widths[first]
    boxes: list[Box] = []
    inside, deeper = [False] * len(frames.places), 0
    for number in range(first, len(inside)):
        parent, level = frames.parents[number], frames.levels[number] - base
        inside[number] = focus is None or number == first or (parent >= 0 and inside[parent])
        if inside[number] and level >= MOST_LEVELS:
            deeper += 1
        elif inside[number]:
            at = frames.starts[number] - left
            boxes.append((level, at, at + frames.widths[number], number))
    return _drawn(boxes, whole, deeper)


def subtree_extent(trace: Trace, focus: int) -> Stretch:
    """From the first start to the last end under a row, never nothing."""
    columns, rows = trace.columns, trace.order[focus : focus + trace.sizes[focus]]
    start_ns = min(columns.starts_ns[row] for row in rows) - trace.start_ns
    end_ns = max(columns.starts_ns[row] + columns.durations_ns[row] for row in rows) - trace.start_ns
    return Stretch(start_ns, max(end_ns, start_ns + 1))


def _slice(trace: Trace, focus: int | None) -> tuple[int, int]:
    return (0, len(trace)) if focus is None else (focus, focus + trace.sizes[focus])


def _drawn(boxes: Sequence[Box], whole: int, deeper: int) -> Flame:
    lengths = [end - start for _, start, end, _ in boxes]
    wide = [index for index, length in enumerate(lengths) if length * NARROW >= whole]
    if len(wide) > MOST_FRAMES:
        wide = nlargest(MOST_FRAMES, wide, key=lengths.__getitem__)
    chosen = set(wide)
    narrow = [box for index, box in enumerate(boxes) if index not in chosen]
    levels = max((box[0] for box in boxes), default=-1) + 1
    frames = _frames([boxes[index] for index in wide], whole)
    return Flame(frames, _marks(narrow, whole), len(narrow), deeper, levels, levels * ROW_PX)


def _frames(boxes: Iterable[Box], whole: int) -> list[Frame]:
    """Painted from the left, and of those with one start the longest first: of each something is to be seen."""
    frames, ends = [], [-1] * MOST_LEVELS
    for level, start, end, number in sorted(boxes, key=lambda box: (box[0], box[1], -box[2])):
        is_before = start < ends[level]
        ends[level] = max(ends[level], end)
        width = max(share(end - start, whole), MIN_WIDTH)
        x = min(share(start, whole), 100 - width)
        frames.append(
            Frame(number, f"{x:g}%", f"{width:g}%", level * ROW_PX, width >= LABELLED, width >= ROOMY, is_before)
        )
    return frames


def _marks(boxes: Iterable[Box], whole: int) -> list[str]:
    """Neighbouring cells of a level are one mark."""
    cells: list[set[int]] = [set() for _ in range(MOST_LEVELS)]
    scale, most = max(whole, 1), _CELLS - 1
    for level, start, end, _ in boxes:
        first, last = start * _CELLS // scale, end * _CELLS // scale
        if first == last < _CELLS:
            cells[level].add(first)
        else:
            cells[level].update(range(min(first, most), min(last, most) + 1))
    return [_mark(level, sorted(taken)) for level, taken in enumerate(cells) if taken]


def _mark(level: int, cells: Sequence[int]) -> str:
    path, first = [], cells[0]
    for cell, following in zip(cells, [*cells[1:], -1], strict=True):
        if following != cell + 1:
            path.append(f"M{first} {level * ROW_PX}h{cell + 1 - first}v{ROW_PX - 1}h-{cell + 1 - first}z")
            first = following
    return "".join(path)
