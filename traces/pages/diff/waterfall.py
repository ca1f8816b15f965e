"""In: a diff and what of it is in view. Out: what the template prints of the merged waterfall."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace

from traces import queries
from traces.core.diff.rows import ref_of, row_of, row_with
from traces.core.layout import MOST_ROWS, WINDOW_ROWS, Window, window_of
from traces.core.ruler import Stretch, ruler
from traces.pages.diff.compared import Compared
from traces.pages.diff.view import DiffView
from traces.pages.scene import CONTEXT, LEAD
from traces.pages.view import number


def rows_part(found: Compared, view: DiffView, params: dict[str, str]) -> dict[str, object]:
    """What changes when somebody scrolls."""
    goal = row_with(found.diff, view.ref) if view.ref else None
    visible: Sequence[int] = range(len(found.diff))
    if view.only:
        shown = found.differences(view.tolerance).with_above
        # Who follows a link to a row wants to see it, whether it differs or not.
        if goal is None or (shown and shown[_index(shown, goal)] == goal):
            visible = shown
        else:
            view = replace(view, only=False)
    stretch = view.stretch or Stretch(0, found.extent_ns)
    count = min(max(number(params.get("rows")) or 0, WINDOW_ROWS), MOST_ROWS)
    window = window_of(visible, _start(visible, view, params, goal), count=count)
    view = replace(view, stamp=found.stamp)
    return {
        "window": window,
        "rows": _rows(found, view, window, stretch),
        "ticks": ruler(stretch),
        "goal": goal,
        "open_span": "" if goal is None else ref_of(found.diff, goal),
        "row_query": view.prefix("span", ref=""),
        "from_query": view.prefix("from", start=0),
        "stamp": found.stamp,
        "is_only": view.only,
        "extent_ns": found.extent_ns,
        "t0_ns": stretch.start_ns,
        "t1_ns": stretch.end_ns,
    }


def _start(visible: Sequence[int], view: DiffView, params: dict[str, str], goal: int | None) -> int:
    """The number of the first visible row to draw."""
    if (row := number(params.get("row"))) is not None:
        return row
    if (top := number(params.get("top") or params.get("at"))) is not None:
        return _index(visible, top) - LEAD
    if "from" not in params and goal is not None:
        index = _index(visible, goal)
        return index - CONTEXT if index + CONTEXT > WINDOW_ROWS else 0
    return _index(visible, view.start)


def _index(visible: Sequence[int], row: int) -> int:
    """The visible row, or the one above it."""
    return bisect_right(visible, row) - 1


def _rows(found: Compared, view: DiffView, window: Window, stretch: Stretch) -> list[dict[str, object]]:
    changed = queries.attributes_changed(found.diff, window.places)
    return [
        vars(
            row_of(found.diff, row, number=count, tolerance=view.tolerance, stretch=stretch,
                   attributes=changed.get(row, ()))
        )
        for count, row in enumerate(window.places, start=window.first + 1)
    ]  # fmt: skip
