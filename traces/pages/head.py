"""In: a trace's summary and its layout. Out: what the page says about the trace as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo

from django.conf import settings

from traces.core.layout import counted
from traces.core.outbound import Outbound, links_of_trace
from traces.core.palette import colour_class
from traces.core.printable import printable
from traces.core.timescale import duration_text, exact_text, exact_time_text, iso_text, time_text
from traces.pages.layouts import Layout, spans_said
from traces.queries import TraceSummary


@dataclass(frozen=True, slots=True)
class Service:
    """A service in a trace."""

    recorded: str  # its name as it came
    name: str
    colour: str
    spans: str
    errors: str  # empty for none


@dataclass(frozen=True, slots=True)
class Head:
    """What is said about the trace as a whole."""

    trace_id: str
    service: str
    name: str
    colour: str
    has_root: bool
    start: str
    start_iso: str
    start_exact: str
    duration: str
    duration_exact: str
    extent: str  # only where it differs from the duration
    extent_exact: str
    spans: str
    errors: str  # empty for none
    outbound: Sequence[Outbound]


def head_of(summary: TraceSummary, zone: tzinfo) -> Head:
    differs = summary.extent_ns != summary.duration_ns
    return Head(
        trace_id=summary.trace_id.hex(),
        service=printable(summary.service),
        name=printable(summary.name),
        colour=colour_class(summary.service),
        has_root=summary.has_root,
        start=time_text(summary.start_ns, zone),
        start_iso=iso_text(summary.start_ns),
        start_exact=exact_time_text(summary.start_ns, zone),
        duration=duration_text(summary.duration_ns),
        duration_exact=exact_text(summary.duration_ns),
        extent=duration_text(summary.extent_ns) if differs else "",
        extent_exact=exact_text(summary.extent_ns),
        spans=f"{summary.span_count:,}",
        errors=f"{summary.error_count:,}" if summary.error_count else "",
        outbound=links_of_trace(settings.LINKS, summary.trace_id, summary.start_ns, summary.end_ns),
    )


def services_of(summary: TraceSummary) -> list[Service]:
    """The trace's services, those with most spans first."""
    counts = sorted(summary.services.items(), key=lambda item: (-item[1].spans, item[0]))
    return [
        Service(
            name,
            printable(name),
            colour_class(name),
            f"{count.spans:,}",
            f"{count.errors:,}" if count.errors else "",
        )
        for name, count in counts
    ]


def notes_on(summary: TraceSummary, layout: Layout) -> list[str]:
    """What is odd about the trace, in words, with what it means."""
    trace, notes = layout.trace, []
    if not summary.has_root:
        notes.append(
            "Its root span hasn't arrived. Until it does, the trace goes by its earliest span, "
            "and its duration is the time from the earliest start to the latest end."
        )
    if (lost := (spans_said(layout.stamp) or 0) - trace.span_count) > 0:
        notes.append(f"{counted(lost, 'span is', 'spans are')} gone: what is older than the retention is removed.")
    if trace.orphans:
        notes.append(
            f"{counted(trace.orphans, 'span names', 'spans name')} a parent that isn't here; "
            f"{counted(trace.missing_parents, 'row stands', 'rows stand')} in for what is missing. "
            "It may still arrive, sampling may have left it out, or its service doesn't send traces here."
        )
    if trace.cycles:
        notes.append(
            f"{counted(trace.cycles, 'chain', 'chains')} of parents led round in a circle, "
            "which is cut at its earliest span: that one is shown as a root."
        )
    return notes
