"""In: a trace id, which rows and span are in view. Out: the waterfall, or the part that htmx asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from urllib.parse import parse_qs, urlencode, urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from traces import queries
from traces.core.layout import start_of_window_with, window_of
from traces.core.palette import colour_class
from traces.core.printable import printable
from traces.core.timescale import duration_text, exact_text, exact_time_text, iso_text, time_text
from traces.core.tree import Trace, build_trace
from traces.pages.ids import SPAN_ID_DIGITS, TRACE_ID_DIGITS, canonical_id
from traces.pages.missing import missing_page
from traces.pages.span import open_panels, varied, wants_fragment
from traces.pages.zone import zone_of


@dataclass(frozen=True, slots=True)
class Service:
    """An entry of the legend."""

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
    services: Sequence[Service]


def trace_page(request: HttpRequest, trace_id: str) -> HttpResponse:
    """The page; htmx gets the panel or the window of rows, whichever it is going to replace."""
    canonical = canonical_id(trace_id, TRACE_ID_DIGITS)
    if canonical is None:
        return missing_page(request, trace_id)
    if canonical != trace_id:
        return redirect(f"{reverse('traces:trace', args=[canonical])}?{request.GET.urlencode()}".rstrip("?"))
    target = request.headers.get("HX-Target") if wants_fragment(request) else None
    span_id = _open_span(request, target)
    if target == "panel":
        return varied(_panel(request, canonical, span_id))
    summary = queries.trace_summary(bytes.fromhex(canonical))
    if summary is None:
        return missing_page(request, canonical)
    trace = build_trace(queries.trace_spans(summary.trace_id))
    start = _start(request, trace, span_id)
    rows = {"window": window_of(trace, start=start), **_links(start, span_id)}
    if target == "window":
        response = render(request, "traces/window.html", rows)
        response.headers["HX-Push-Url"] = f"{request.path}{_query(start, span_id)}"
        return varied(response)
    page = {"head": _head(summary, zone_of(request)), "notes": _notes(summary, trace), "levels": f"{trace.levels:,}"}
    return varied(render(request, "traces/trace.html", page | rows | _panel_part(request, canonical, span_id)))


def _open_span(request: HttpRequest, target: str | None) -> str | None:
    """The span in the address; for more rows that of the page, whose links were made before it was opened."""
    asked = _shown_now(request, "span") if target == "window" else request.GET.get("span", "")
    return canonical_id(asked, SPAN_ID_DIGITS)


def _shown_now(request: HttpRequest, name: str) -> str:
    """A parameter of the page that htmx is about to change."""
    return parse_qs(urlsplit(request.headers.get("HX-Current-URL", "")).query).get(name, [""])[0]


def _start(request: HttpRequest, trace: Trace, span_id: str | None) -> int:
    """The first row in view: the one asked for, else the page of the open span, else the top."""
    if asked := request.GET.get("from"):
        return min(_row_number(asked), max(len(trace.nodes) - 1, 0))
    return start_of_window_with(trace, bytes.fromhex(span_id)) if span_id else 0


def _row_number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


def _panel(request: HttpRequest, trace_id: str, span_id: str | None) -> HttpResponse:
    """The panel alone; where it's closed not even a line end, for only what is :empty takes no room."""
    if span_id:
        return render(request, "traces/panel.html", _panel_part(request, trace_id, span_id))
    # Rows may have been turned since the panel was opened, and its link to close it knows nothing of that.
    start = _row_number(_shown_now(request, "from"))
    return HttpResponse(headers={"HX-Push-Url": f"{request.path}{_query(start, None)}"})


def _panel_part(request: HttpRequest, trace_id: str, span_id: str | None) -> dict[str, object]:
    start = _row_number(request.GET.get("from", ""))
    return {
        "panels": open_panels(trace_id, span_id, zone_of(request)) if span_id else [],
        "open_span": span_id or "",
        "trace_url": request.path,
        "close_url": f"{request.path}{_query(start, None)}",
    }


def _links(start: int, span_id: str | None) -> dict[str, object]:
    """What links in the window begin with; the template adds a row's place or a span's id."""
    return {
        "open_span": span_id or "",
        "row_query": f"?from={start}&span=" if start else "?span=",
        "span_query": f"&span={span_id}" if span_id else "",
    }


def _query(start: int, span_id: str | None) -> str:
    params = ({"from": start} if start else {}) | ({"span": span_id} if span_id else {})
    return f"?{urlencode(params)}" if params else ""


def _head(summary: queries.TraceSummary, zone: tzinfo) -> Head:
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
        services=services_of(summary),
    )


def services_of(summary: queries.TraceSummary) -> list[Service]:
    """The trace's services, those with most spans first."""
    counts = sorted(summary.services.items(), key=lambda item: (-item[1].spans, item[0]))
    return [
        Service(
            printable(name),
            colour_class(name),
            f"{count.spans:,}",
            f"{count.errors:,}" if count.errors else "",
        )
        for name, count in counts
    ]


def _notes(summary: queries.TraceSummary, trace: Trace) -> list[str]:
    """What is odd about the trace, in words, with what it means."""
    notes = []
    if not summary.has_root:
        notes.append(
            "Its root span hasn't arrived. Until it does, the trace goes by its earliest span, "
            "and its duration is the time from the earliest start to the latest end."
        )
    if (lost := summary.span_count - sum(node.span is not None for node in trace.nodes)) > 0:
        notes.append(f"{_count(lost, 'span is', 'spans are')} gone: what is older than the retention is removed.")
    if trace.orphans:
        notes.append(
            f"{_count(trace.orphans, 'span names', 'spans name')} a parent that isn't here; "
            f"{_count(trace.missing_parents, 'row stands', 'rows stand')} in for what is missing. "
            "It may still arrive, sampling may have left it out, or its service doesn't send traces here."
        )
    if trace.cycles:
        notes.append(
            f"{_count(trace.cycles, 'chain', 'chains')} of parents led round in a circle, "
            "which is cut at its earliest span: that one is shown as a root."
        )
    return notes


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"
