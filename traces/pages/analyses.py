"""In: a layout. Out: the analysis of its trace, where it is made without being asked for."""

from __future__ import annotations

from traces import kept_analyses
from traces.core.analysis import Analysis
from traces.pages.layouts import Layout

# Analysed before the page is answered; larger ones follow, so that their rows don't wait.
AT_ONCE = 3_000
# Beyond this it is done only for who asks: it takes seconds.
UNASKED = 300_000


def analysis_of(layout: Layout) -> Analysis:
    return kept_analyses.analysis_of(layout.trace, layout.stamp)


def analysis_at_hand(layout: Layout) -> Analysis | None:
    """Without much work: kept, or of a small trace."""
    if len(layout.trace) <= AT_ONCE:
        return analysis_of(layout)
    return kept_analyses.kept_analysis(layout.trace.columns.trace_id, layout.stamp)
