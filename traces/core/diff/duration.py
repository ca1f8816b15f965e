"""In: an analysis. Out: the duration that its trace goes by, here and in every list."""

from __future__ import annotations

from traces.core.analysis import Analysis
from traces.core.timeline import NO_KIND


def duration_ns(analysis: Analysis) -> int:
    """The root's; the extent where there is none."""
    head, timeline = analysis.head, analysis.timeline
    if head is None or timeline.kinds[head] == NO_KIND:
        return analysis.trace.extent_ns
    return timeline.ends_ns[head] - timeline.starts_ns[head]
