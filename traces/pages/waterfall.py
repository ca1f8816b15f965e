"""In: a layout and what of it is asked for. Out: what the template prints of the waterfall."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

from traces import queries
from traces.core.analysis import Analysis
from traces.core.folding import ALL_OPEN, MOST_EXCEPTIONS, Fold
from traces.core.layout import MOST_ROWS, WINDOW_ROWS, Details, Window, counted, details_key, row_of, window_of
from traces.core.matching import last_before, next_of
from traces.core.ruler import Stretch, percent, ruler, stretch_text, stretch_within
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
    too_many: bool  # another exception to the rule found no room


@dataclass(frozen=True, slots=True)
class Levels:
    """The rule of collapsing, and the links to other rules."""

    shown: str
    less: str
    more: str
    all: str
    none: str


@dataclass(frozen=True, slots=True)
class Switch:
    """Whether something is shown, and the link to the other way round."""

    is_on: bool
    url: str


@dataclass(frozen=True, slots=True)
class Found:
    """What was looked for inside the trace, and what came of it."""

    text: str
    count: str
    at: str  # which of them one is at, if one is
    next: str  # links
    prior: str
    only: str  # the link to show only these, and `all` back
    all: str
    hidden: str  # how many rows are hidden now


@dataclass(frozen=True, slots=True)
class Zoom:
    """The stretch in view, and the links to others."""

    start_ns: int
    end_ns: int
    extent_ns: int
    text: str  # empty where all of the trace is in view
    x: str
    width: str
    right_x: str
    right_width: str
    closer: str
    wider: str
    reset: str


def scene_of(layout: Layout, view: View, params: dict[str, str]) -> Scene:
    """Obeys the commands among the parameters; one that makes no sense does nothing."""
    trace, fold, stretch = layout.trace, view.fold, view.stretch
    toggled = _place(trace, params.get("toggle"))
    if toggled is not None:
        fold = fold.toggled(trace, toggled)
    if (fitted := _place(trace, params.get("fit"))) is not None:
        stretch = _around(trace, fitted)
    goal = _goal(layout, view, params)
    if goal is not None:
        fold = fold.revealing(trace, goal)
    visible = layout.only_matches(view.find) if view.only else ()
    if not visible or (goal is not None and visible[_index(visible, goal)] != goal):
        view, visible = replace(view, only=False), layout.visible(fold)
    count = min(max(number(params.get("rows")) or 0, WINDOW_ROWS), MOST_ROWS)
    window = window_of(visible, _start(visible, view, params, goal), count=count)
    start = window.places[0] if window.first else 0
    return Scene(
        view=replace(view, start=start, fold=fold, stretch=stretch),
        window=window,
        goal=toggled if goal is None else goal,
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
    if params.keys() & {"from", "row", "top", "toggle"}:
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


def rows_part(layout: Layout, scene: Scene, analysis: Analysis | None) -> dict[str, object]:
    """What changes when somebody scrolls. Without an analysis: no critical path, clocks as recorded."""
    trace, view = layout.trace, replace(scene.view, stamp=layout.stamp)
    stretch = view.stretch or Stretch(0, trace.extent_ns)
    return {
        "window": scene.window,
        "rows": _rows(layout, scene, stretch, analysis),
        "ticks": ruler(stretch),
        "goal": scene.goal,
        "open_span": view.span_id,
        "row_query": _prefix(view, "span", span_id=""),
        "toggle_query": _prefix(view, "toggle"),
        "from_query": _prefix(view, "from", start=0),
    }


def _rows(layout: Layout, scene: Scene, stretch: Stretch, analysis: Analysis | None) -> list[dict[str, object]]:
    trace, window, view = layout.trace, scene.window, scene.view
    matches = layout.matches(view.find)[0] if view.find else ()
    fold = ALL_OPEN if view.only else view.fold
    keys = [details_key(trace, place) for place in window.places]
    found = queries.row_details(trace.columns.trace_id, keys)
    rows = []
    for row_number, (place, key) in enumerate(zip(window.places, keys, strict=True), start=window.first + 1):
        details = found.get(key, Details())
        shift_ns = analysis.offsets_ns[place] if analysis and view.skew else 0
        stop = place + trace.sizes[place] if fold.hides(trace, place) else place + 1
        path = analysis.stretches_within(place, stop) if analysis and view.path else ()
        row = vars(
            row_of(trace, place, number=row_number, fold=fold, stretch=stretch, details=details,
                   shift_ns=shift_ns, path=path)
        )  # fmt: skip
        if next_of(matches, place) == place:
            row["classes"] += " match"
        if view.only:
            row["below"] = False  # what is hidden there isn't collapsed
        rows.append(row)
    return rows


def waterfall_part(layout: Layout, scene: Scene, analysis: Analysis | None) -> dict[str, object]:
    """What stays when somebody scrolls, and the rows."""
    trace, view = layout.trace, replace(scene.view, stamp=layout.stamp)
    return rows_part(layout, scene, analysis) | {
        "path": Switch(view.path, view.query(path=not view.path) or "?"),
        "skew": Switch(view.skew, view.query(skew=not view.skew) or "?") if analysis and analysis.skew else None,
        "minimap": layout.minimap,
        "zoom": _zoom(trace, view),
        "levels": _levels(trace, view),
        "trace_levels": f"{trace.levels:,}",
        "errors": f"{len(trace.errors):,}" if trace.errors else "",
        "error_url": _prefix(view, "error") + str(view.start if scene.goal is None else scene.goal + 1),
        "fit_query": _prefix(view, "fit"),
        "found": _found(layout, scene, view) if view.find else None,
        "kept": view.params(find="", only=False, start=0),
        "last_place": len(trace) - 1,
        "too_many": MOST_EXCEPTIONS if scene.too_many else 0,
    }


def _prefix(view: View, name: str, **changes: object) -> str:
    """The beginning of links that differ in their last parameter."""
    query = view.query(**changes)
    return f"{query}&{name}=" if query else f"?{name}="


def _found(layout: Layout, scene: Scene, view: View) -> Found:
    places, is_complete = layout.matches(view.find)
    here = view.start if scene.goal is None else scene.goal
    at = bisect_left(places, here)
    is_at = scene.goal is not None and at < len(places) and places[at] == here
    return Found(
        text=view.find,
        count=counted(len(places), "match", "matches") if is_complete else "looking took too long",
        at=f"{at + 1:,} of " if is_at else "",
        next=_prefix(view, "match") + str(here + is_at) if places else "",
        prior=_prefix(view, "prior") + str(here) if places else "",
        only=view.query(only=True, start=0) if places and not view.only else "",
        all=view.query(only=False, start=0) if view.only else "",
        hidden=counted(len(layout.trace) - scene.window.total, "row", "rows") if view.only else "",
    )


def _levels(trace: Trace, view: View) -> Levels:
    shown = min(view.fold.levels or trace.levels, trace.levels)
    return Levels(
        shown=f"{shown:,}",
        less=_with_levels(trace, view, shown - 1) if shown > 1 else "",
        more=_with_levels(trace, view, shown + 1) if shown < trace.levels else "",
        all=view.query(fold=ALL_OPEN) or "?" if not view.fold.is_open else "",
        none=_with_levels(trace, view, 1) if trace.levels > 1 and view.fold != Fold(1) else "",
    )


def _with_levels(trace: Trace, view: View, levels: int) -> str:
    return view.query(fold=Fold(levels) if levels < trace.levels else ALL_OPEN) or "?"


def _zoom(trace: Trace, view: View) -> Zoom:
    extent_ns = trace.extent_ns
    stretch = view.stretch or Stretch(0, extent_ns)
    middle_ns, length_ns = (stretch.start_ns + stretch.end_ns) // 2, stretch.length_ns
    return Zoom(
        start_ns=stretch.start_ns,
        end_ns=stretch.end_ns,
        extent_ns=extent_ns,
        text=stretch_text(stretch) if view.stretch else "",
        x=percent(stretch.start_ns, extent_ns),
        width=percent(stretch.length_ns, extent_ns),
        right_x=percent(stretch.end_ns, extent_ns),
        right_width=percent(extent_ns - stretch.end_ns, extent_ns),
        closer=_with_stretch(trace, view, middle_ns - length_ns // 4, middle_ns + length_ns // 4)
        if length_ns > 8
        else "",
        wider=_with_stretch(trace, view, middle_ns - length_ns, middle_ns + length_ns) if view.stretch else "",
        reset=view.query(stretch=None) or "?" if view.stretch else "",
    )


def _with_stretch(trace: Trace, view: View, start_ns: int, end_ns: int) -> str:
    return view.query(stretch=stretch_within(trace.extent_ns, start_ns, end_ns)) or "?"
