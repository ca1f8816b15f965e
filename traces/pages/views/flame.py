"""In: a layout. Out: its flame graph, by time or merged by operation, of all or of what is under one span."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from traces.core.columns import STAND_IN, id_bytes
from traces.core.flame import MOST_LEVELS, Flame, Frame, flame_by_time, flame_merged, subtree_extent
from traces.core.layout import counted
from traces.core.merging import MergedFrames, merged_frames
from traces.core.palette import colour_class
from traces.core.printable import printable
from traces.core.ruler import Stretch, ruler
from traces.core.span import Status
from traces.core.timescale import duration_text, offset_text
from traces.core.trace import MISSING_PARENT, Trace
from traces.pages.layouts import Layout
from traces.pages.view import View
from traces.pages.views.common import stretch_chip

BY = ("time", "operation")
MOST_CRUMBS = 6
MOST_LABEL, MOST_TITLE = 160, 1_000


@dataclass(frozen=True)
class Rect:
    """A frame with its words. Without slots: templates look into `vars` of it."""

    x: str
    width: str
    y: int
    classes: str
    href: str  # empty for a stand-in
    span_id: str
    label: str
    title: str


@dataclass(frozen=True, slots=True)
class Crumb:
    """A row above the focused one."""

    name: str
    href: str


def flame_part(layout: Layout, view: View) -> dict[str, object]:
    trace = layout.trace
    by = view.option("by") if view.option("by") in BY else "time"
    focus = _focus(trace, view)
    stretch = view.stretch or (Stretch(0, trace.extent_ns) if focus is None else subtree_extent(trace, focus))
    if by == "time":
        flame = flame_by_time(trace, focus, stretch)
        rects = [_span_rect(trace, frame, view) for frame in flame.frames]
    else:
        frames = merged_frames(trace)
        flame = flame_merged(frames, focus)
        rects = [_merged_rect(trace, frames, frame, view) for frame in flame.frames]
    return {
        "chips": stretch_chip(view) if by == "time" else [],
        "by": [(name, view.with_options(by=None if name == "time" else name).query(), name == by) for name in BY],
        "ticks": ruler(stretch) if by == "time" else [],
        "flame": flame,
        "rects": list(map(vars, rects)),
        "crumbs": _crumbs(trace, focus, view),
        "notes": _notes(flame, by),
        "merged": by == "operation",
    }


def _focus(trace: Trace, view: View) -> int | None:
    try:
        span_id = bytes.fromhex(view.option("focus"))
    except ValueError:
        return None
    return trace.place_of(span_id) if len(span_id) == 8 else None


def _span_rect(trace: Trace, frame: Frame, view: View) -> Rect:
    columns, place = trace.columns, frame.number
    row = trace.order[place]
    offset_ns, duration_ns = columns.starts_ns[row] - trace.start_ns, columns.durations_ns[row]
    error = columns.statuses[row] == Status.ERROR
    said = [f"{duration_text(duration_ns)}, starts at {offset_text(offset_ns)}{', error' if error else ''}"]
    return _rect(trace, place, frame, view, said, is_error=error)


def _merged_rect(trace: Trace, frames: MergedFrames, frame: Frame, view: View) -> Rect:
    number = frame.number
    count, errors = frames.counts[number], frames.errors[number]
    said = [f"{counted(count, 'span', 'spans')}, {duration_text(frames.totals_ns[number])} together"]
    if count > 1:
        slowest = trace.order[frames.places[number]]
        said.append(f"the slowest took {duration_text(trace.columns.durations_ns[slowest])}")
    if errors:
        said.append(counted(errors, "error", "errors"))
    return _rect(trace, frames.places[number], frame, view, said, is_error=errors > 0)


def _rect(trace: Trace, place: int, frame: Frame, view: View, said: Sequence[str], *, is_error: bool) -> Rect:
    columns, row = trace.columns, trace.order[place]
    span_id, service, name = id_bytes(columns.span_ids[row]).hex(), "", MISSING_PARENT
    if is_span := columns.operation_places[row] != STAND_IN:
        service, name, _ = columns.operation(row)
    classes = f"{colour_class(service)}{' error' if is_error else ''}" if is_span else "missing"
    label = f"{'! ' if is_error else ''}{service if frame.has_room else ''} {name[:MOST_LABEL]}".strip()
    to = replace(view.with_options(focus=span_id), stretch=None)
    return Rect(
        x=frame.x,
        width=frame.width,
        y=frame.y,
        classes=f"{classes} before" if frame.is_before else classes,
        href=to.query(span_id=span_id) if is_span else to.query(),
        span_id=span_id if is_span else "",
        label=printable(label) if frame.has_label else "",
        title=printable("\n".join([f"{service} {name[:MOST_TITLE]}".strip(), *said])),
    )


def _crumbs(trace: Trace, focus: int | None, view: View) -> list[Crumb]:
    """From the whole trace down to the parent of the row in focus; of many the nearest."""
    if focus is None:
        return []
    wide = replace(view, stretch=None)
    above = trace.ancestors(focus)[:MOST_CRUMBS][::-1]
    crumbs = [Crumb("whole trace", wide.with_options(focus=None).query())]
    for place in [*above, focus]:
        row = trace.order[place]
        is_span = trace.columns.operation_places[row] != STAND_IN
        name = printable(trace.columns.operation(row).name) if is_span else MISSING_PARENT
        focused = wide.with_options(focus=id_bytes(trace.columns.span_ids[row]).hex())
        crumbs.append(Crumb(name[:MOST_LABEL] or "(no name)", "" if place == focus else focused.query()))
    return crumbs


def _notes(flame: Flame, by: str) -> list[str]:
    notes, one, many = [], *(("span", "spans") if by == "time" else ("operation", "operations"))
    if flame.narrow:
        notes.append(
            f"{counted(flame.narrow, one, many)} too narrow to be drawn one by one are grey marks; "
            "a click on what is above them brings them closer."
        )
    if flame.deeper:
        notes.append(
            f"{counted(flame.deeper, one, many)} below level {MOST_LEVELS} of this picture "
            f"{'is' if flame.deeper == 1 else 'are'} left out; a click on a low one goes on from there."
        )
    overlapping = sum(frame.is_before for frame in flame.frames)
    if overlapping and by == "time":
        notes.append(
            f"{counted(overlapping, one, many)} began while another one of the same level was under way, "
            "and {} drawn over it.".format("is" if overlapping == 1 else "are")
        )
    return notes
