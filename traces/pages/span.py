"""In: a trace's and a span's id. Out: all that the span carries, as its own page or beside the waterfall."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from traces import queries
from traces.core.layout import kind_text
from traces.core.palette import colour_class
from traces.core.printable import printable
from traces.core.span import Event, Link, Span, Status
from traces.core.timescale import duration_text, exact_text, exact_time_text, iso_text, offset_text, time_text
from traces.pages.ids import SPAN_ID_DIGITS, TRACE_ID_DIGITS, canonical_id
from traces.pages.missing import missing_page
from traces.pages.values import Line, lines_of


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with attributes under it, and how many more the sender dropped."""

    title: str
    lines: Sequence[Line]
    dropped: int


@dataclass(frozen=True, slots=True)
class Moment:
    """An event of the span."""

    name: str
    offset: str
    exact: str
    lines: Sequence[Line]
    dropped: int


@dataclass(frozen=True, slots=True)
class Pointer:
    """A link to another span."""

    trace_id: str
    span_id: str
    state: str
    lines: Sequence[Line]
    dropped: int


@dataclass(frozen=True, slots=True)
class Panel:
    """A span with all its words."""

    trace_id: str
    span_id: str
    parent_id: str
    service: str
    name: str
    colour: str
    kind: str
    status: str
    status_message: str
    is_error: bool
    start: str
    start_iso: str
    start_exact: str
    duration: str
    duration_exact: str
    trace_state: str
    flags: str
    scope: str
    sections: Sequence[Section]
    moments: Sequence[Moment]
    dropped_moments: int
    pointers: Sequence[Pointer]
    dropped_pointers: int
    notes: Sequence[str]


def span_page(request: HttpRequest, trace_id: str, span_id: str) -> HttpResponse:
    """The span's own page; htmx gets the panel alone."""
    trace, span = canonical_id(trace_id, TRACE_ID_DIGITS), canonical_id(span_id, SPAN_ID_DIGITS)
    if trace is None or span is None:
        return missing_page(request, trace_id, span_id)
    if (trace, span) != (trace_id, span_id):
        return redirect("traces:span", trace, span)
    panels = open_panels(trace, span)
    if not panels:
        return missing_page(request, trace, span)
    page = {"trace_url": reverse("traces:trace", args=[trace]), "panels": panels, "open_span": span}
    template = "traces/panel.html" if wants_fragment(request) else "traces/span.html"
    return varied(render(request, template, page))


def open_panels(trace_id: str, span_id: str) -> list[Panel]:
    """The spans with this id: one, or several where senders gave it twice; none if it isn't here."""
    return [_panel(span) for span in queries.span_details(bytes.fromhex(trace_id), bytes.fromhex(span_id))]


def wants_fragment(request: HttpRequest) -> bool:
    """htmx asks, and not to put a page of its history back."""
    return request.headers.get("HX-Request") == "true" and "HX-History-Restore-Request" not in request.headers


def varied(response: HttpResponse) -> HttpResponse:
    """One address has pages and fragments: a cache must not hand out one for the other."""
    response.headers["Vary"] = "HX-Request, HX-Target, HX-History-Restore-Request"
    return response


def _panel(span: Span) -> Panel:
    scope, resource = span.scope, span.resource
    return Panel(
        trace_id=span.trace_id.hex(),
        span_id=span.span_id.hex(),
        parent_id=span.parent_span_id.hex() if span.parent_span_id else "",
        service=printable(span.service),
        name=printable(span.name),
        colour=colour_class(span.service),
        kind=kind_text(span.kind) or "internal",
        status={Status.OK: "ok", Status.ERROR: "error"}.get(Status(span.status), "unset"),
        status_message=printable(span.status_message),
        is_error=span.status == Status.ERROR,
        start=time_text(span.start_ns),
        start_iso=iso_text(span.start_ns),
        start_exact=exact_time_text(span.start_ns),
        duration=duration_text(span.duration_ns),
        duration_exact=exact_text(span.duration_ns),
        trace_state=printable(span.trace_state),
        flags=f"{span.flags:#04x}" if span.flags else "",
        scope=printable(f"{scope.name} {scope.version}".strip()),
        sections=[
            Section("Attributes", lines_of(span.attributes), span.dropped_attributes),
            Section("Resource", lines_of(resource.attributes), resource.dropped_attributes),
            Section("Scope", lines_of(scope.attributes), scope.dropped_attributes),
        ],
        moments=[_moment(event, span) for event in span.events],
        dropped_moments=span.dropped_events,
        pointers=[_pointer(link) for link in span.links],
        dropped_pointers=span.dropped_links,
        notes=[printable(note) for note in span.notes],
    )


def _moment(event: Event, span: Span) -> Moment:
    offset_ns = event.time_ns - span.start_ns
    exact = f"{exact_time_text(event.time_ns)}, {exact_text(offset_ns)} after the span's start"
    lines = lines_of(event.attributes)
    return Moment(printable(event.name), offset_text(offset_ns), exact, lines, event.dropped_attributes)


def _pointer(link: Link) -> Pointer:
    return Pointer(
        link.trace_id.hex(),
        link.span_id.hex(),
        printable(link.trace_state),
        lines_of(link.attributes),
        link.dropped_attributes,
    )
