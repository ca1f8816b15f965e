"""In: a `Trace` and which rows are in view. Out: rows and ruler with finished geometry.

Lengths are percentages of the ruler, as strings with a point whatever the locale: they become SVG attributes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from traces.core.palette import colour_class
from traces.core.printable import printable
from traces.core.span import Kind, Span, Status
from traces.core.timescale import duration_text, exact_text, offset_text, tick_text, ticks
from traces.core.tree import MISSING_PARENT, Node, Trace

WINDOW_ROWS = 200
MAX_INDENT = 16  # steps; a deeper row says its level instead
MIN_WIDTH = 0.2  # percent of the ruler: what takes no time is still to be seen
INSIDE_FROM = 30.0  # percent: a bar this wide holds its label when there is no room beside it
ROOM = 16.0  # percent that a label beside its bar takes at most
_KINDS: dict[int, str] = {
    Kind.SERVER: "server",
    Kind.CLIENT: "client",
    Kind.PRODUCER: "producer",
    Kind.CONSUMER: "consumer",
}


@dataclass(frozen=True, slots=True)
class Bar:
    """A rectangle on the ruler, and where its label goes: `side` is after, before or inside."""

    x: str
    width: str
    label_x: str
    side: str


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the waterfall, span or stand-in, with all its words."""

    place: int  # in the whole trace, from 0
    span_id: str  # 16 hex digits
    missing: bool  # a stand-in for a parent that isn't here
    indent: int
    level: int  # 1 for a root
    level_text: str  # only where the indent can't show it
    service: str
    name: str
    kind: str
    colour: str
    is_error: bool
    note: str
    duration: str
    exact: str
    bar: Bar


@dataclass(frozen=True, slots=True)
class Tick:
    """A line on the ruler; the last may have its label on the left, to stay inside."""

    x: str
    label: str
    at_end: bool


@dataclass(frozen=True, slots=True)
class Window:
    """Some of a trace's rows; `first` and `last` count from 1, as people do."""

    rows: Sequence[Row]
    ticks: Sequence[Tick]
    first: int
    last: int
    total: int
    previous: int | None  # the `start` of the rows before these
    next: int | None
    last_start: int

    @property
    def text(self) -> str:
        return f"Rows {self.first:,} to {self.last:,} of {self.total:,}"


def window_of(trace: Trace, *, start: int = 0, count: int = WINDOW_ROWS) -> Window:
    """`count` rows from row `start` on; a start outside the trace is moved into it."""
    total = len(trace.nodes)
    start = max(0, min(start, total - 1))
    stop = min(start + count, total)
    return Window(
        rows=[_row(trace, place) for place in range(start, stop)],
        ticks=ruler(trace.extent_ns),
        first=start + 1 if total else 0,
        last=stop,
        total=total,
        previous=max(0, start - count) if start else None,
        next=stop if stop < total else None,
        last_start=max(0, (total - 1) // count * count),
    )


def start_of_window_with(trace: Trace, span_id: bytes, *, count: int = WINDOW_ROWS) -> int:
    """Where the window starts that shows this span, pages being `count` rows; 0 if it isn't here."""
    for place, node in enumerate(trace.nodes):
        if node.span_id == span_id:
            return place // count * count
    return 0


def ruler(extent_ns: int) -> list[Tick]:
    """Round ticks from the trace's start to its end."""
    offsets = ticks(extent_ns)
    step_ns = offsets[1] if len(offsets) > 1 else extent_ns
    return [_tick(offset, extent_ns, step_ns) for offset in offsets]


def percent(part: int, whole: int) -> str:
    """`part` of `whole` as a percentage between 0 and 100, with a point: `12.5%`."""
    return _text(_share(part, whole))


def bar_of(offset_ns: int, duration_ns: int, extent_ns: int) -> Bar:
    """Where a span lies on a ruler of `extent_ns`; always within it, and never too narrow to be seen."""
    left = _share(offset_ns, extent_ns)
    width = max(min(_share(duration_ns, extent_ns), 100 - left), MIN_WIDTH)
    left = min(left, 100 - width)
    if left + width <= 100 - ROOM:
        label, side = left + width, "after"
    elif left >= ROOM and (width < INSIDE_FROM or left > 100 - left - width):
        label, side = left, "before"
    else:
        label, side = left, "inside"
    return Bar(_text(left), _text(width), _text(label), side)


def _row(trace: Trace, place: int) -> Row:
    node = trace.nodes[place]
    span = node.span
    start_ns, duration_ns = (span.start_ns, span.duration_ns) if span else _reach(trace.nodes, place)
    offset_ns = start_ns - trace.start_ns
    return Row(
        place=place,
        span_id=node.span_id.hex(),
        missing=span is None,
        indent=min(node.depth, MAX_INDENT),
        level=node.depth + 1,
        level_text=f"{node.depth + 1:,}" if node.depth > MAX_INDENT else "",
        service=printable(span.service) if span else "",
        name=printable(span.name) if span else MISSING_PARENT,
        kind=kind_text(span.kind) if span else "",
        colour=colour_class(span.service) if span else "",
        is_error=span is not None and span.status == Status.ERROR,
        note=node.note,
        duration=duration_text(duration_ns) if span else "",
        exact=_exact(span, offset_ns),
        bar=bar_of(offset_ns, duration_ns, trace.extent_ns),
    )


def kind_text(kind: int) -> str:
    """`server`, `client`, …; nothing for spans that stay in their process or don't say."""
    return _KINDS.get(kind, "")


def _exact(span: Span | None, offset_ns: int) -> str:
    return f"{exact_text(span.duration_ns)}, starts at {offset_text(offset_ns)}" if span else ""


def _reach(nodes: Sequence[Node], place: int) -> tuple[int, int]:
    """Start and duration of what hangs under a stand-in. Stand-ins don't overlap: all cost one scan."""
    spans = [node.span for node in nodes[place : place + nodes[place].size] if node.span]
    start_ns = min(span.start_ns for span in spans)
    return start_ns, max(span.end_ns for span in spans) - start_ns


def _tick(offset_ns: int, extent_ns: int, step_ns: int) -> Tick:
    share = _share(offset_ns, extent_ns)
    return Tick(_text(share), tick_text(offset_ns, step_ns), share > 100 - ROOM / 2)


def _share(part: int, whole: int) -> float:
    return round(min(max(100 * part / whole, 0.0), 100.0), 3) if whole > 0 else 0.0


def _text(share: float) -> str:
    return f"{share:.3f}".rstrip("0").rstrip(".") + "%"
