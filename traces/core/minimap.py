"""In: a `Trace`. Out: a drawing of all of it, at most about a thousand marks whatever the number of spans.

Rows that share a mark are drawn as the longest of them. Paths of a picture 1000 wide and HEIGHT high.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from traces.core.columns import STAND_IN, Operation
from traces.core.palette import colour_class
from traces.core.ruler import Scale, Stretch
from traces.core.trace import Trace

HEIGHT = 60
MOST_MARKS = 960  # sixteen in a pixel's height
THICK = 5.0


class _Mark(NamedTuple):
    y: float
    x: int
    width: int
    colour: str


def by_service(operation: Operation) -> str:
    return colour_class(operation.service)


Paint = Callable[[Operation], str]  # the CSS class of a span's mark


def minimap_of(trace: Trace, scale: Scale | None = None, paint: Paint = by_service) -> dict[str, Any]:
    """`layers`: pairs of a CSS class and a path, the longest marks first, so that short ones stay to be seen;
    `errors`: a path."""
    by_line: dict[float, list[_Mark]] = defaultdict(list)
    scale = scale or Stretch(0, trace.extent_ns)
    for mark in _marks(trace, scale, paint):
        by_line[mark.y].append(mark)
    thick = _thick(trace)
    paths: dict[tuple[int, str], list[str]] = defaultdict(list)
    for marks in by_line.values():
        for rank, mark in enumerate(sorted(marks, key=lambda mark: -mark.width)):
            paths[rank.bit_length(), mark.colour].append(_path(mark, thick))
    layers = [[colour, "".join(path)] for (_, colour), path in sorted(paths.items())]
    return {"layers": layers, "errors": "".join(_path(mark, max(thick, 2)) for mark in _error_marks(trace, scale))}


def _marks(trace: Trace, scale: Scale, paint: Paint) -> Iterator[_Mark]:
    columns, durations = trace.columns, trace.columns.durations_ns
    colours = list(map(paint, columns.operations))
    for y, start, stop in _buckets(trace):
        row = max(trace.order[start:stop], key=durations.__getitem__)
        x, width = _across(trace, row, scale)
        place = columns.operation_places[row]
        yield _Mark(y, x, width, "missing" if place == STAND_IN else colours[place])


def _error_marks(trace: Trace, scale: Scale) -> Iterator[_Mark]:
    for y, start, stop in _buckets(trace) if trace.errors else ():
        first = bisect_left(trace.errors, start)
        if first < len(trace.errors) and trace.errors[first] < stop:
            yield _Mark(y, _across(trace, trace.order[trace.errors[first]], scale)[0], 4, "")


def _buckets(trace: Trace) -> Iterator[tuple[float, int, int]]:
    """How far down a mark is, and the places it stands for."""
    rows = len(trace)
    count = min(rows, MOST_MARKS)
    for number in range(count):
        y = number * HEIGHT / count
        start, stop = number * rows // count, (number + 1) * rows // count
        yield (round(y, 1) if count <= HEIGHT else int(y)), start, stop


def _across(trace: Trace, row: int, scale: Scale) -> tuple[int, int]:
    start_ns, duration_ns = trace.columns.starts_ns[row] - trace.start_ns, trace.columns.durations_ns[row]
    left = scale.at(start_ns)
    x, width = round(10 * left), max(round(10 * (scale.at(start_ns + duration_ns) - left)), 2)
    return min(x, 1000 - min(width, 1000)), min(width, 1000)


def _thick(trace: Trace) -> float:
    return round(min(max(0.7 * HEIGHT / max(len(trace), 1), 1.0), THICK), 1)


def _path(mark: _Mark, thick: float) -> str:
    return f"M{mark.x} {mark.y:g}h{mark.width}v{thick:g}h-{mark.width}z"
