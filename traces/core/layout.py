"""In: a `Trace`, the rows and the stretch of time in view. Out: rows with finished geometry and words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from traces.core.folding import Fold
from traces.core.palette import colour_class
from traces.core.printable import printable
from traces.core.ruler import Scale, bar_of, lines, marks, percent
from traces.core.span import NO_ATTRIBUTES, Kind, Span, Status
from traces.core.timescale import duration_text, exact_text, offset_text
from traces.core.trace import MISSING_PARENT, Node, Trace
from traces.core.values import Value

__all__ = ["Details", "Row", "Window", "kind_text", "percent", "row_of", "window_of"]

WINDOW_ROWS, MOST_ROWS = 60, 300  # drawn at once: by default, and where somebody's screen is very tall
ROW_PX = 24
# Browsers cut an element at 16.7 million pixels where two device pixels make one: beyond this the range is scaled.
MOST_PX = 10_000_000
MAX_INDENT = 16  # steps; a deeper row says its level instead
MOST_EVENT_MARKS = 20
_KINDS: dict[int, str] = {
    Kind.SERVER: "server",
    Kind.CLIENT: "client",
    Kind.PRODUCER: "producer",
    Kind.CONSUMER: "consumer",
}


class Details(NamedTuple):
    """What isn't in the columns of a trace, read for the rows in view alone."""

    event_times_ns: Sequence[int] = ()  # the first MOST_EVENT_MARKS
    events: int = 0
    is_timeout: bool = False
    values: Mapping[str, Value] = NO_ATTRIBUTES  # of the attributes asked for, by stored key


@dataclass(frozen=True)
class Row:
    """One line of the waterfall, span or stand-in, with all its words.

    Without slots: templates look into `vars` of it, which takes half the time.
    """

    place: int  # in the whole trace, from 0
    number: int  # among the visible rows, from 1
    span_id: str  # 16 hex digits
    missing: bool  # a stand-in for a parent that isn't here
    level: int  # 1 for a root
    level_text: str  # only where the indent can't show it
    service: str
    name: str
    kind: str
    classes: str  # for the stylesheet: indent, colour, trouble
    trouble: str  # error, timeout
    note: str
    duration: str
    title: str  # all that is said of a span in its row
    events: str  # in words
    event_marks: str  # an SVG path
    below: bool  # whether rows hang under it
    hides: str  # how many rows a collapsed one hides
    hides_text: str  # the same in words, and errors among them
    hides_errors: bool
    x: str  # of the bar, in percent of the stretch; see Bar
    width: str
    label_x: str
    side: str
    cut: str
    path: str  # an SVG path: when the critical path runs through it
    shift: str  # in words, by how much its clock was corrected
    ghost_x: str  # where it was recorded; empty where that is where it is drawn
    ghost_width: str


@dataclass(frozen=True, slots=True)
class Window:
    """Which of the visible rows are drawn; numbers count visible rows from 0."""

    places: Sequence[int]
    first: int
    total: int
    above_px: int  # heights of what isn't drawn
    below_px: int
    previous: int | None  # the place at which the rows before these start
    next: int | None
    last: int

    @property
    def text(self) -> str:
        return f"Rows {self.first + 1:,} to {self.first + len(self.places):,} of {self.total:,}"


def window_of(visible: Sequence[int], start: int, *, count: int = WINDOW_ROWS) -> Window:
    """`count` rows from the `start`th visible one on; a start outside is moved so that the window is full."""
    total = len(visible)
    start = max(0, min(start, total - count))
    stop = min(start + count, total)
    above_px, below_px = _spacers(start, stop, total)
    return Window(
        places=visible[start:stop],
        first=start,
        total=total,
        above_px=above_px,
        below_px=below_px,
        previous=visible[max(0, start - count)] if start else None,
        next=visible[stop] if stop < total else None,
        last=visible[max(0, total - count)] if total else 0,
    )


def row_of(
    trace: Trace,
    place: int,
    *,
    number: int,
    fold: Fold,
    stretch: Scale,
    details: Details,
    shift_ns: int = 0,
    path: Sequence[tuple[int, int]] = (),
    above: int = 0,
    colour: str = "",
    said: Sequence[str] = (),
) -> Row:
    """`shift_ns` is added to its recorded times; `path`: when the critical path runs through it, in nanoseconds;
    `above`: levels that are not shown; `colour`: another than its service's; `said`: more lines for its title."""
    node = trace.nodes[place]
    node = node._replace(depth=node.depth - above)
    span = node.span
    start_ns, duration_ns = trace.start_and_duration_ns(place)
    offset_ns = start_ns + shift_ns - trace.start_ns
    ghost = bar_of(offset_ns - shift_ns, duration_ns, stretch) if shift_ns else None
    trouble = _trouble(span, details)
    hides = fold.hides(trace, place)
    events = counted(details.events, "event", "events") if details.events else ""
    errors = trace.errors_within(place + 1, place + node.size) if hides else 0
    return Row(
        place=place,
        number=number,
        span_id=node.span_id.hex(),
        missing=span is None,
        level=node.depth + 1,
        level_text=f"{node.depth + 1:,}" if node.depth > MAX_INDENT else "",
        service=printable(span.service) if span else "",
        name=printable(span.name) if span else MISSING_PARENT,
        kind=kind_text(span.kind) if span else "",
        classes=_classes(node, trouble, colour),
        trouble=trouble,
        note=node.note,
        duration=duration_text(duration_ns) if span else "",
        title=_title(span, offset_ns, [events, node.note, *said]) if span else "",
        events=events,
        event_marks=marks([ns + shift_ns - trace.start_ns for ns in details.event_times_ns], stretch),
        below=node.size > 1,
        hides=f"{node.size - 1:,}" if hides else "",
        hides_text=_hides_text(node.size - 1, errors) if hides else "",
        hides_errors=errors > 0,
        path=lines([(start - trace.start_ns, end - trace.start_ns) for start, end in path], stretch),
        shift=f"clock corrected by {offset_text(shift_ns)}" if shift_ns else "",
        ghost_x=ghost.x if ghost else "",
        ghost_width=ghost.width if ghost else "",
        **bar_of(offset_ns, duration_ns, stretch)._asdict(),
    )


def kind_text(kind: int) -> str:
    """`server`, `client`, …; nothing for spans that stay in their process or don't say."""
    return _KINDS.get(kind, "")


def counted(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def details_key(trace: Trace, place: int) -> tuple[int, int]:
    """What tells a row's span apart in the database: its signed id and its start."""
    row = trace.order[place]
    return trace.columns.span_ids[row], trace.columns.starts_ns[row]


def _trouble(span: Span | None, details: Details) -> str:
    if span is None or span.status != Status.ERROR:
        return ""
    return "timeout" if details.is_timeout else "error"


def _classes(node: Node, trouble: str, colour: str) -> str:
    colour = (colour or colour_class(node.span.service)) if node.span else "missing"
    return f"row d{min(node.depth, MAX_INDENT)} {colour}{' error' if trouble else ''}"


def _title(span: Span, offset_ns: int, more: Sequence[str]) -> str:
    lines = [
        f"{span.service} {span.name}",
        f"{exact_text(span.duration_ns)}, starts at {offset_text(offset_ns)}",
        *more,
    ]
    return printable("\n".join(line for line in lines if line))


def _hides_text(rows: int, errors: int) -> str:
    hidden = counted(rows, "row", "rows")
    return f"{hidden} hidden, {counted(errors, 'error', 'errors')} among them" if errors else f"{hidden} hidden"


def _spacers(start: int, stop: int, total: int) -> tuple[int, int]:
    """The heights above and below, which stand for the rows there; together with the rows never over MOST_PX."""
    rest_px = min(total * ROW_PX, MOST_PX) - (stop - start) * ROW_PX
    rest = total - (stop - start)
    above_px = rest_px * start // rest if rest else 0
    return above_px, max(rest_px - above_px, 0)
