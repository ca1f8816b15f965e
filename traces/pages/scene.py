"""In: a layout, a view and the commands of a link. Out: what is to be drawn of it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

from traces.core.layout import MOST_ROWS, WINDOW_ROWS, Window, window_of
from traces.core.matching import last_before, next_of
from traces.core.ruler import Stretch, stretch_within
from traces.core.trace import Trace
from traces.pages.layouts import Layout
from traces.pages.view import View, number

# Rows above the one that a script wants at the top: one can scroll up a little at once.
LEAD = 30
# Rows above the one that somebody is brought to.
CONTEXT = 8


@dataclass(frozen=True, slots=True)
class Scene:
    """What is to be drawn: a view without commands, its rows, and the row that somebody is brought to."""

    view: View
    window: Window
    goal: int | None
    root: int | None  # where the subtree that is shown alone begins
    too_many: bool  # another exception to the rule found no room


def scene_of(layout: Layout, view: View, params: dict[str, str]) -> Scene:
    """Obeys the commands among the parameters; one that makes no sense does nothing."""
    trace, fold, stretch = layout.trace, view.fold, view.stretch
    toggled = _place(trace, params.get("toggle"))
    if toggled is not None:
        fold = fold.toggled(trace, toggled)
    if (fitted := _place(trace, params.get("fit") or params.get("into"))) is not None:
        stretch = _around(trace, fitted)
        if "into" in params:
            view = replace(view, root=params["into"].lower())
    goal, root = _goal(layout, view, params), _place(trace, view.root)
    if root is None or (goal is not None and not root <= goal < root + trace.sizes[root]):
        view, root = replace(view, root=""), None
    for place in (goal, root):
        fold = fold if place is None else fold.revealing(trace, place)
    visible = layout.only_matches(view.find) if view.only else ()
    if not visible or (goal is not None and visible[_index(visible, goal)] != goal):
        view, visible = replace(view, only=False), layout.visible(fold)
    if root is not None:
        visible = visible[bisect_left(visible, root) : bisect_left(visible, root + trace.sizes[root])]
    count = min(max(number(params.get("rows")) or 0, WINDOW_ROWS), MOST_ROWS)
    window = window_of(visible, _start(visible, view, params, goal), count=count)
    start = window.places[0] if window.first else 0
    return Scene(
        view=replace(view, start=start, fold=fold, stretch=stretch),
        window=window,
        goal=toggled if goal is None else goal,
        root=root,
        too_many=toggled is not None and fold == view.fold,
    )


def _goal(layout: Layout, view: View, params: dict[str, str]) -> int | None:
    """The place that somebody wants to be brought to, if any."""
    if (start := number(params.get("error"))) is not None:
        return layout.trace.error_from(start)
    if (start := number(params.get("match"))) is not None:
        return next_of(layout.matches(view.find)[0], start) if view.find else None
    if (start := number(params.get("prior"))) is not None:
        return last_before(layout.matches(view.find)[0], start) if view.find else None
    if params.keys() & {"from", "row", "top", "toggle", "into"}:
        return None
    if (at := number(params.get("at"))) is not None and at < len(layout.trace):
        return at
    return _place(layout.trace, view.span_id)


def _start(visible: Sequence[int], view: View, params: dict[str, str], goal: int | None) -> int:
    """The number of the first visible row to draw."""
    if goal is not None:
        index = _index(visible, goal)
        return index - CONTEXT if index + CONTEXT > WINDOW_ROWS else 0
    if (row := number(params.get("row"))) is not None:
        return row
    if (top := number(params.get("top"))) is not None:
        return _index(visible, top) - LEAD
    return _index(visible, view.start)


def _index(visible: Sequence[int], place: int) -> int:
    """The visible row of this place, or the one above it that hides it."""
    return bisect_right(visible, place) - 1


def _place(trace: Trace, span_id: str | None) -> int | None:
    try:
        return trace.place_of(bytes.fromhex(span_id or "")) if len(span_id or "") == 16 else None
    except ValueError:
        return None


def _around(trace: Trace, place: int) -> Stretch | None:
    """A span's time, with a little on both sides."""
    start_ns, duration_ns = trace.start_and_duration_ns(place)
    offset_ns = start_ns - trace.start_ns
    for margin_ns in (max(duration_ns // 20, 1), 0):
        stretch = stretch_within(trace.extent_ns, offset_ns - margin_ns, offset_ns + duration_ns + margin_ns)
        if stretch:
            return stretch
    return None
