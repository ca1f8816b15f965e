"""In: a layout and what of it is in view. Out: the scale that everything is drawn on, and that of the minimap."""

from __future__ import annotations

from dataclasses import dataclass

from traces.core.analysis import Analysis
from traces.core.ruler import Scale, Stretch
from traces.core.squeeze import gaps_worth_it, squeezed
from traces.pages.layouts import Layout
from traces.pages.view import View


@dataclass(frozen=True, slots=True)
class Axis:
    """Time from left to right."""

    scale: Scale  # of the stretch in view
    whole: Scale  # of all of the trace
    has_gaps: bool  # some are worth being squeezed


def axis_of(layout: Layout, view: View, analysis: Analysis | None) -> Axis:
    """Gaps are those of the clocks that the rows are drawn by."""
    whole = Stretch(0, layout.trace.extent_ns)
    stretch = view.stretch or whole
    idle = layout.idle_gaps(analysis.offsets_ns if analysis and analysis.skew and view.skew else None)
    if not view.squeeze:
        return Axis(stretch, whole, bool(gaps_worth_it(stretch, idle)))
    scale, of_all = squeezed(stretch, idle), squeezed(whole, idle)
    return Axis(scale, of_all, bool(scale.gaps or of_all.gaps))


def scale_text(scale: Scale) -> str:
    """For the script that drags on it: `drawn,time` for each corner."""
    return " ".join(f"{drawn},{time}" for time, drawn in scale.corners)
