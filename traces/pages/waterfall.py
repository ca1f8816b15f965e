"""In: a layout and what of it is drawn. Out: what the template prints of the waterfall."""

from __future__ import annotations

from dataclasses import replace
from typing import TypedDict

from traces import queries
from traces.core.analysis import Analysis
from traces.core.colouring import Colour
from traces.core.folding import ALL_OPEN
from traces.core.layout import Details, details_key, row_of
from traces.core.matching import next_of
from traces.core.ruler import Scale, Stretch, ruler
from traces.core.squeeze import breaks, squeezed_ruler
from traces.pages.axis import axis_of
from traces.pages.colouring import cells_of, colour_of, legend_of, wanted_attributes
from traces.pages.layouts import Layout
from traces.pages.repeats import RepeatsInView
from traces.pages.scene import Scene
from traces.pages.tools import tools_part
from traces.pages.usual import marks, ranges_of, usual_part
from traces.pages.view import View


class _Painted(TypedDict, total=False):
    colour: str
    said: list[str]


def rows_part(layout: Layout, scene: Scene, analysis: Analysis | None) -> dict[str, object]:
    """What changes when somebody scrolls. Without an analysis: no critical path, clocks as recorded."""
    trace, view = layout.trace, replace(scene.view, stamp=layout.stamp)
    stretch = view.stretch or Stretch(0, trace.extent_ns)
    scale = axis_of(layout, view, analysis).scale
    rows, colours = _rows(layout, scene, scale, analysis)
    return {
        "window": scene.window,
        "rows": rows,
        "cols": view.cols,
        "colour_legend": legend_of(trace, view, colours),
        "ticks": squeezed_ruler(scale) if scale.gaps else ruler(stretch),
        "breaks": breaks(scale),
        "goal": scene.goal,
        "with_usual": view.usual,
        "columns_shown": 2 + view.usual + len(view.cols),
        "open_span": view.span_id,
        "row_query": view.prefix("span", span_id=""),
        "toggle_query": view.prefix("toggle"),
        "from_query": view.prefix("from", start=0),
    }


def _rows(
    layout: Layout, scene: Scene, stretch: Scale, analysis: Analysis | None
) -> tuple[list[dict[str, object]], list[Colour]]:
    trace, window, view = layout.trace, scene.window, scene.view
    matches = layout.matches(view.find)[0] if view.find else ()
    fold = ALL_OPEN if view.only else view.fold
    above = 0 if scene.root is None else trace.depths[scene.root]
    keys = [details_key(trace, place) for place in window.places]
    found = queries.row_details(trace.columns.trace_id, keys, wanted_attributes(view))
    repeats, rows, colours = RepeatsInView(layout, view, stretch, analysis), [], list[Colour]()
    ranges = ranges_of(layout) if view.usual else None
    for row_number, (place, key) in enumerate(zip(window.places, keys, strict=True), start=window.first + 1):
        details = found.get(key, Details())
        shift_ns = analysis.offsets_ns[place] if analysis and view.skew else 0
        stop = place + trace.sizes[place] if fold.hides(trace, place) else place + 1
        path = analysis.stretches_within(place, stop) if analysis and view.path else ()
        folded = repeats.folded(place)
        colour = colour_of(trace, place, view, details, folded)
        row = vars(
            row_of(trace, place, number=row_number, fold=fold, stretch=stretch, details=details,
                   shift_ns=shift_ns, path=path, above=above, **_painted(colour, view))
        )  # fmt: skip
        row |= {} if folded else marks(ranges, trace, place, shift_ns, stretch)
        row |= repeats.said_of(place, row)
        if next_of(matches, place) == place or repeats.any_of(matches, place):
            row["classes"] += " match"
        if view.only:
            row["below"] = False  # what is hidden there isn't collapsed
        row["cells"] = cells_of(view, Details() if folded else details) if view.cols else ()
        if colour:
            colours.append(colour)
        rows.append(row)
    return rows, colours


def _painted(colour: Colour | None, view: View) -> _Painted:
    return {"colour": colour.css, "said": [f"{view.colour}: {colour.value}"]} if colour else {}


def waterfall_part(layout: Layout, scene: Scene, analysis: Analysis | None) -> dict[str, object]:
    """What stays when somebody scrolls, and the rows."""
    view = replace(scene.view, stamp=layout.stamp)
    page = rows_part(layout, scene, analysis) | tools_part(layout, scene, view, analysis)
    return page | (usual_part(ranges_of(layout), layout, view.prefix("span", span_id="")) if view.usual else {})
