"""Two searches -> the report of their comparison, as lines of text; how their traces were chosen, in words."""

from __future__ import annotations

from traces.core.compare.report import report_of
from traces.queries.groups import Sample, compare_searches
from traces.search import Search
from traces.search.parts import parts_of
from traces.search.sides import DEFAULT_SIZE


def group_report(a: Search, b: Search, *, most: int = DEFAULT_SIZE) -> list[str]:
    found = compare_searches(a, b, most=most)
    notes = "\n".join(sample_notes(found.a, found.b))
    return report_of(found.comparison, a=_said(a), b=_said(b), note=notes)


def sample_notes(a: Sample, b: Sample) -> list[str]:
    """Where the traces aren't simply all that match."""
    notes = []
    for name, sample in (("A", a), ("B", b)):
        if len(sample.traces) < sample.matching:
            newest = "" if sample.is_all else "newest "
            notes.append(f"{name} is a sample of {len(sample.traces):,} of the {newest}{sample.matching:,} traces.")
        if sample.too_large:
            notes.append(f"Of {name} {sample.too_large:,} are too large to look into; their durations count.")
        if any(trace.weight != 1 for trace in sample.traces):
            notes.append(f"{name} was sampled when sent: means and shares are weighted, sums and counts are not.")
    both = len({trace.trace_id for trace in a.traces} & {trace.trace_id for trace in b.traces})
    return [*notes, f"In both are {both:,} of these traces: that hides differences."] if both else notes


def _said(search: Search) -> str:
    return ", ".join(part.text for part in parts_of(search)) or "all traces"
