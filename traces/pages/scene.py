"""In: a layout, a view and the commands of a link. Out: what is to be drawn of it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

from traces.core.analysis import Analysis
from traces.core.filtering import Filter
from traces.core.gaps import around, gaps_of
from traces.core.layout import MOST_ROWS, WINDOW_ROWS, Window, window_of
from traces.core.matching import last_before, next_of
from traces.core.ruler import Stretch, stretch_within
from traces.core.time_spent import Piece
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


# What leads to a row even if a filter hides it; the span whose panel is open doesn't.
_LEADING = frozenset({"error", "match", "prior", "at"})


def scene_of(layout: Layout, view: View, params: dict[str, str], analysis: Analysis | None = None) -> Scene:
    """Obeys the commands among the parameters; one that makes no sense does nothing. Gaps are the analysis's."""
    trace, gap, before = layout.trace, _gap(analysis, params), view
    view, toggled = _toggled(layout, view, params)
    too_many = toggled is not None and view == before
    view = _zoomed(layout, view, params, gap)
    goal = _goal(layout, view, params) if gap is None else gap.place
    if goal is not None and not _is_left(layout, view, goal):
        leads = gap is not None or not _LEADING.isdisjoint(params)
        view, goal = (_admitting(layout, view, goal), goal) if leads else (view, None)
    root = _place(trace, view.root)
    if root is None or (goal is not None and not root <= goal < root + trace.sizes[root]):
        view, root = replace(view, root=""), None
    for place in (goal, root):
        view = view if place is None else _revealing(layout, view, place)
    view, visible = _visible(layout, view, goal)
    if root is not None:
        visible = visible[bisect_left(visible, root) : bisect_left(visible, root + trace.sizes[root])]
    count = min(max(number(params.get("rows")) or 0, WINDOW_ROWS), MOST_ROWS)
    window = window_of(visible, _start(visible, view, params, goal), count=count)
    goal = toggled if goal is None else goal
    if toggled is not None and not is_among(window.places, toggled):
        window = window_of(visible, _index(visible, toggled) - CONTEXT, count=count)
    return Scene(replace(view, start=window.places[0] if window.first else 0), window, goal, root, too_many)


def folds(layout: Layout, view: View, group: Sequence[int]) -> bool:
    """Whether these repeats are one row; among matches each stands alone."""
    return not view.only and view.shown.folds(layout.trace, group)


def _toggled(layout: Layout, view: View, params: dict[str, str]) -> tuple[View, int | None]:
    """With a row collapsed or expanded, or repeats folded or unfolded; and the row that this is about."""
    place = _place(layout.trace, params.get("toggle"))
    if place is None:
        return view, None
    group = layout.repeats.with_member(place) if view.shown.repeats else ()
    if group:
        return replace(view, shown=view.shown.toggled(layout.trace, group)), group[0]
    return replace(view, fold=view.fold.toggled(layout.trace, place)), place


def _zoomed(layout: Layout, view: View, params: dict[str, str], gap: Piece | None) -> View:
    trace = layout.trace
    if gap is not None:
        stretch = around(gap, trace.start_ns, trace.extent_ns)
        return replace(view, stretch=stretch_within(trace.extent_ns, *stretch))
    fitted = _place(trace, params.get("fit") or params.get("into"))
    if fitted is None:
        return view
    if "into" in params:
        view = replace(view, root=params["into"].lower())
    group = layout.repeats.headed_by(fitted)
    places = group if "fit" in params and folds(layout, view, group) else (fitted,)
    return replace(view, stretch=_around(trace, places))


def _gap(analysis: Analysis | None, params: dict[str, str]) -> Piece | None:
    wanted = number(params.get("gap"))
    gaps = gaps_of(analysis.critical_path) if analysis and wanted is not None else ()
    return gaps[wanted] if wanted is not None and wanted < len(gaps) else None


def _is_left(layout: Layout, view: View, place: int) -> bool:
    """Whether no filter hides it."""
    return not view.shown.filter or is_among(layout.left(view.shown.filter).places, place)


def _admitting(layout: Layout, view: View, place: int) -> View:
    """With as much of the filter as doesn't hide this row."""
    span, wanted = layout.trace.nodes[place].span, view.shown.filter
    services = wanted.services - {span.service} if span else wanted.services
    for less in (Filter(wanted.min_ns, services), Filter(0, services)):
        admitting = replace(view, shown=replace(view.shown, filter=less))
        if _is_left(layout, admitting, place):
            break
    return admitting


def _revealing(layout: Layout, view: View, place: int) -> View:
    """With nothing collapsed above it, and not folded into another's row."""
    group = layout.repeats.with_member(place) if view.shown.repeats and layout.trace.sizes[place] == 1 else ()
    return replace(
        view,
        fold=view.fold.revealing(layout.trace, place),
        shown=view.shown.revealing(layout.trace, group),
    )


def _visible(layout: Layout, view: View, goal: int | None) -> tuple[View, Sequence[int]]:
    """All rows unless there are matches to show alone, and the goal is among them."""
    visible = layout.only_matches(view.find, view.shown) if view.only else ()
    if visible and (goal is None or is_among(visible, goal)):
        return view, visible
    return replace(view, only=False), layout.visible(view.fold, view.shown)


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


def is_among(places: Sequence[int], place: int) -> bool:
    index = _index(places, place)
    return index >= 0 and places[index] == place


def _place(trace: Trace, span_id: str | None) -> int | None:
    try:
        return trace.place_of(bytes.fromhex(span_id or "")) if len(span_id or "") == 16 else None
    except ValueError:
        return None


def _around(trace: Trace, places: Sequence[int]) -> Stretch | None:
    """The time of a span, or of repeats, with a little on both sides."""
    times_ns = list(map(trace.start_and_duration_ns, places))
    start_ns, end_ns = min(start for start, _ in times_ns), max(map(sum, times_ns))
    offset_ns, length_ns = start_ns - trace.start_ns, end_ns - start_ns
    for margin_ns in (max(length_ns // 20, 1), 0):
        stretch = stretch_within(trace.extent_ns, offset_ns - margin_ns, offset_ns + length_ns + margin_ns)
        if stretch:
            return stretch
    return None
