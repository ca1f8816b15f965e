"""In: what is drawn of a trace. Out: the tools above it: levels, zoom, what is shown, what was found; all are links."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

from traces.core.analysis import Analysis
from traces.core.colouring import ERROR, KIND
from traces.core.folding import ALL_OPEN, MOST_EXCEPTIONS, Fold
from traces.core.layout import counted
from traces.core.printable import printable
from traces.core.ruler import Scale, Stretch, percent, stretch_text, stretch_within
from traces.core.squeeze import breaks
from traces.core.trace import MISSING_PARENT, Trace
from traces.pages.axis import axis_of, scale_text
from traces.pages.choosing import Switch, choosing_part, gaps_part
from traces.pages.layouts import Layout
from traces.pages.scene import Scene
from traces.pages.view import MOST_COLUMNS, View

MOST_CRUMBS = 8


@dataclass(frozen=True, slots=True)
class Levels:
    """The rule of collapsing, and the links to other rules."""

    shown: str
    less: str
    more: str
    all: str
    none: str


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


def tools_part(layout: Layout, scene: Scene, view: View, analysis: Analysis | None) -> dict[str, object]:
    """What stands above the rows; `view` is the scene's with the layout's stamp, which belongs to its links."""
    trace, axis = layout.trace, axis_of(layout, view, analysis)
    chosen = choosing_part(layout, view) | gaps_part(trace, view, analysis)
    return chosen | {
        "path": Switch(view.path, view.query(path=not view.path) or "?"),
        "skew": Switch(view.skew, view.query(skew=not view.skew) or "?") if analysis and analysis.skew else None,
        "usual_switch": Switch(view.usual, view.query(usual=not view.usual) or "?"),
        "squeeze": Switch(view.squeeze, view.query(squeeze=not view.squeeze) or "?") if axis.has_gaps else None,
        "minimap": layout.minimap_on(axis.whole, view.colour),
        "colour": printable(view.colour) or "service",
        "colours": [(word, view.query(colour=by) or "?") for word, by in _colours(view) if by != view.colour],
        "uncoloured": view.params(colour=""),
        "columns": [(printable(key), view.query(cols=_without(view.cols, key)) or "?") for key in view.cols],
        "column_free": len(view.cols) < MOST_COLUMNS,
        "said": view.params(),
        "minimap_breaks": breaks(axis.whole),
        "minimap_scale": scale_text(axis.whole),
        "ruler_scale": scale_text(axis.scale),
        "zoom": _zoom(trace, view, axis.whole),
        "levels": _levels(trace, view),
        "trace_levels": f"{trace.levels:,}",
        "errors": f"{len(trace.errors):,}" if trace.errors else "",
        "error_url": view.prefix("error") + str(view.start if scene.goal is None else scene.goal + 1),
        "fit_query": view.prefix("fit"),
        "into_query": view.prefix("into", start=0),
        "crumbs": _crumbs(trace, scene.root, view) if scene.root is not None else (),
        "out_url": view.query(root="", stretch=None, start=0) or "?",
        "found": _found(layout, scene, view) if view.find else None,
        "kept": view.params(find="", only=False, start=0),
        "last_place": len(trace) - 1,
        "too_many": MOST_EXCEPTIONS if scene.too_many else 0,
    }


def _colours(view: View) -> list[tuple[str, str]]:
    """What rows may be coloured by at a click: a word for it, and its name in an address."""
    return [("service", ""), (KIND, KIND), (ERROR, ERROR), *((printable(key), key) for key in view.cols)]


def _without(keys: tuple[str, ...], key: str) -> tuple[str, ...]:
    return tuple(other for other in keys if other != key)


def _crumbs(trace: Trace, root: int, view: View) -> list[tuple[str, str]]:
    """Names and links of what is above the subtree that is shown, and of the span that it begins with."""
    query, crumbs = view.prefix("into", start=0), []
    for place in [*reversed(trace.ancestors(root)[:MOST_CRUMBS]), root]:
        node = trace.nodes[place]
        name = f"{node.span.service} {node.span.name}" if node.span else MISSING_PARENT
        crumbs.append((printable(name), query + node.span_id.hex()))
    return crumbs


def _found(layout: Layout, scene: Scene, view: View) -> Found:
    places, is_complete = layout.matches(view.find)
    here = view.start if scene.goal is None else scene.goal
    at = bisect_left(places, here)
    is_at = scene.goal is not None and at < len(places) and places[at] == here
    return Found(
        text=view.find,
        count=counted(len(places), "match", "matches") if is_complete else "looking took too long",
        at=f"{at + 1:,} of " if is_at else "",
        next=view.prefix("match") + str(here + is_at) if places else "",
        prior=view.prefix("prior") + str(here) if places else "",
        only=view.query(only=True, start=0) if places and not view.only else "",
        all=view.query(only=False, start=0) if view.only else "",
        hidden=counted(_rows_of(layout.trace, scene) - scene.window.total, "row", "rows") if view.only else "",
    )


def _rows_of(trace: Trace, scene: Scene) -> int:
    return len(trace) if scene.root is None else trace.sizes[scene.root]


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


def _zoom(trace: Trace, view: View, whole: Scale) -> Zoom:
    """Closer and wider as it is drawn: what is squeezed doesn't count for more than it takes."""
    extent_ns = trace.extent_ns
    stretch = view.stretch or Stretch(0, extent_ns)
    drawn = Stretch(whole.drawn_ns(stretch.start_ns), whole.drawn_ns(stretch.end_ns))
    middle_ns, length_ns, all_ns = sum(drawn) // 2, drawn.length_ns, whole.drawn_ns(extent_ns)
    closer = Stretch(whole.time_ns(middle_ns - length_ns // 4), whole.time_ns(middle_ns + length_ns // 4))
    wider = Stretch(whole.time_ns(middle_ns - length_ns), whole.time_ns(middle_ns + length_ns))
    return Zoom(
        start_ns=stretch.start_ns,
        end_ns=stretch.end_ns,
        extent_ns=extent_ns,
        text=stretch_text(stretch) if view.stretch else "",
        x=percent(drawn.start_ns, all_ns),
        width=percent(length_ns, all_ns),
        right_x=percent(drawn.end_ns, all_ns),
        right_width=percent(all_ns - drawn.end_ns, all_ns),
        closer=_with_stretch(trace, view, *closer) if length_ns > 8 else "",
        wider=_with_stretch(trace, view, *wider) if view.stretch else "",
        reset=view.query(stretch=None) or "?" if view.stretch else "",
    )


def _with_stretch(trace: Trace, view: View, start_ns: int, end_ns: int) -> str:
    return view.query(stretch=stretch_within(trace.extent_ns, start_ns, end_ns)) or "?"
