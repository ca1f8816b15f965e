"""In: a whole span and what lies around it. Out: all its words and marks, for the panel's template to print."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import tzinfo

from django.conf import settings

from traces.core.layout import kind_text
from traces.core.outbound import Outbound, links_of_span
from traces.core.outcome import is_timeout
from traces.core.palette import colour_class
from traces.core.printable import printable
from traces.core.service_notes import ServiceNote
from traces.core.span import Kind, Span, Status
from traces.core.timescale import duration_text, exact_text, exact_time_text, iso_text, offset_text, time_text
from traces.pages.links import Linked, Links, linked_of, links_of
from traces.pages.moments import Mark, Moment, is_exception, marks_of, moments_of
from traces.pages.values import Line, lines_of
from traces.queries import LinkedFrom, Parent, TraceSummary

# What the panel prints at most; the span's own page prints everything.
SHOWN = 100
FILTERED_FROM = 16
_SILENT_KINDS: dict[int, str] = {Kind.INTERNAL: "internal", Kind.UNSPECIFIED: "kind unspecified"}


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with attributes under it, and how many more the sender dropped."""

    title: str
    lines: Sequence[Line]
    dropped: int
    has_filter: bool


@dataclass(frozen=True, slots=True)
class Panel:
    """A span with all its words."""

    trace_id: str
    span_id: str
    parent_id: str
    parent: str  # its name, where it is here
    children: str  # empty where they weren't counted
    service: str
    name: str
    colour: str
    kind: str
    status: str
    status_message: str
    is_error: bool
    offset: str
    offset_exact: str
    start: str
    start_iso: str
    start_exact: str
    duration: str
    duration_exact: str
    trace_state: str
    flags: str
    scope: str
    attributes: Section
    origins: Sequence[Section]
    marks: Sequence[Mark]
    moments: Sequence[Moment]
    event_count: str
    more_moments: bool
    dropped_moments: int
    has_exception: bool
    links: Links
    linked_from: Linked | None
    notes: Sequence[str]
    outbound: Sequence[Outbound]
    known: ServiceNote | None  # what its team wrote down


@dataclass(frozen=True, slots=True)
class Around:
    """What lies around a span."""

    trace: TraceSummary
    parent: Parent | None
    children: int | None
    linked: Mapping[bytes, TraceSummary]
    linked_spans: Set[tuple[bytes, bytes]]  # of those links that lead to a span that is here
    linked_from: LinkedFrom


def panel_of(span: Span, around: Around, *, number: int, zone: tzinfo, most: int | None) -> Panel:
    """`number` tells apart spans with one id; events and links beyond `most` are only counted."""
    scope, offset_ns = span.scope, span.start_ns - around.trace.start_ns
    return Panel(
        trace_id=span.trace_id.hex(),
        span_id=span.span_id.hex(),
        parent_id=span.parent_span_id.hex() if span.parent_span_id else "",
        parent=printable(f"{around.parent.service} {around.parent.name}") if around.parent else "",
        children="" if around.children is None else f"{around.children:,}",
        service=printable(span.service),
        name=printable(span.name),
        colour=colour_class(span.service),
        kind=kind_text(span.kind) or _SILENT_KINDS.get(span.kind, f"kind {span.kind}"),
        status=_status(span),
        status_message=printable(span.status_message),
        is_error=span.status == Status.ERROR,
        offset=offset_text(offset_ns),
        offset_exact=f"{exact_text(offset_ns)} after the trace's start",
        start=time_text(span.start_ns, zone),
        start_iso=iso_text(span.start_ns),
        start_exact=exact_time_text(span.start_ns, zone),
        duration=duration_text(span.duration_ns),
        duration_exact=exact_text(span.duration_ns),
        trace_state=printable(span.trace_state),
        flags=f"{span.flags:#04x}" if span.flags else "",
        scope=printable(f"{scope.name} {scope.version}".strip()),
        attributes=_section("Attributes", lines_of(span.attributes, searchable=True), span.dropped_attributes),
        origins=_origins(span),
        marks=marks_of(span, number, most),
        moments=moments_of(span, number, most, zone),
        event_count=f"{len(span.events):,}",
        more_moments=most is not None and len(span.events) > most,
        dropped_moments=span.dropped_events,
        has_exception=any(map(is_exception, span.events)),
        links=links_of(span, around.linked, around.linked_spans, most),
        linked_from=linked_of(around.linked_from, span.trace_id, zone),
        notes=[printable(note) for note in span.notes],
        outbound=links_of_span(settings.LINKS, span),
        known=settings.SERVICES.get(span.service),
    )


def _status(span: Span) -> str:
    if span.status == Status.ERROR:
        return "timeout" if is_timeout(span) else "error"
    return "ok" if span.status == Status.OK else "unset"


def _section(title: str, lines: Sequence[Line], dropped: int) -> Section:
    return Section(title, lines, dropped, len(lines) >= FILTERED_FROM)


def _origins(span: Span) -> list[Section]:
    resource, scope = span.resource, span.scope
    sections = [
        _section("Resource", lines_of(resource.attributes, searchable=True), resource.dropped_attributes),
        _section("Scope", lines_of(scope.attributes), scope.dropped_attributes),
    ]
    return [section for section in sections if section.lines or section.dropped]
