"""In: a trace's and a span's id. Out: all that the span carries, as its own page, beside the waterfall, or as JSON."""

from __future__ import annotations

import json
from datetime import tzinfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers

from traces import queries
from traces.pages.ids import SPAN_ID_DIGITS, TRACE_ID_DIGITS, canonical_id
from traces.pages.links import linked_ids
from traces.pages.missing import missing_page
from traces.pages.panel import SHOWN, Around, Panel, panel_of
from traces.pages.zone import zone_of
from traces.wire import plain_json

# Spans with one id that are shown; a sender may give all of its spans the same.
MOST_TWINS = 10


def span_page(request: HttpRequest, trace_id: str, span_id: str) -> HttpResponse:
    """The span's own page with everything; htmx gets the panel alone."""
    trace, span = canonical_id(trace_id, TRACE_ID_DIGITS), canonical_id(span_id, SPAN_ID_DIGITS)
    if trace is None or span is None:
        return missing_page(request, trace_id, span_id)
    if (trace, span) != (trace_id, span_id):
        return redirect("traces:span", trace, span)
    is_fragment = wants_fragment(request)
    panels = open_panels(trace, span, zone_of(request), most=SHOWN if is_fragment else None)
    if not panels:
        return missing_page(request, trace, span)
    page = {"trace_url": reverse("traces:trace", args=[trace]), "panels": panels, "open_span": span}
    template = "traces/panel.html" if is_fragment else "traces/span.html"
    return varied(render(request, template, page))


def span_json(request: HttpRequest, trace_id: str, span_id: str) -> HttpResponse:
    """The span as plain JSON, a list where several have the id; htmx gets it as text to put into the page."""
    trace, span = canonical_id(trace_id, TRACE_ID_DIGITS), canonical_id(span_id, SPAN_ID_DIGITS)
    spans = queries.span_details(bytes.fromhex(trace), bytes.fromhex(span)) if trace and span else []
    if not spans:
        return missing_page(request, trace_id, span_id)
    encoded = [plain_json.encode(span) for span in spans]
    text = json.dumps(encoded[0] if len(encoded) == 1 else encoded, indent=2)
    if wants_fragment(request):
        return varied(render(request, "traces/raw.html", {"text": text}))
    return varied(HttpResponse(f"{text}\n", content_type="application/json"))


def open_panels(trace_id: str, span_id: str, zone: tzinfo, *, most: int | None = SHOWN) -> list[Panel]:
    """The spans with this id: one, or several where senders gave it twice; none if it isn't here."""
    trace = queries.trace_summary(bytes.fromhex(trace_id))
    ids = bytes.fromhex(trace_id), bytes.fromhex(span_id)
    found = queries.span_details(*ids, most=MOST_TWINS + 1) if trace else []
    if not trace or not found:
        return []
    spans = found[:MOST_TWINS]
    if len(found) > MOST_TWINS:
        note = f"More spans came with this id: these are the {MOST_TWINS} earliest."
        spans = [span._replace(notes=(*span.notes, note)) for span in spans]
    children, ids_linked = queries.children_of(spans[0], trace), linked_ids(spans, most)
    linked = queries.traces_here(trace_id for trace_id, _ in ids_linked)
    linked_spans, linked_from = queries.spans_here(ids_linked, linked), queries.links_to_span(*ids)
    around = [
        Around(trace, queries.parent_of(span, trace), children, linked, linked_spans, linked_from) for span in spans
    ]
    return [
        panel_of(span, about, number=number, zone=zone, most=most)
        for number, (span, about) in enumerate(zip(spans, around, strict=True), 1)
    ]


def wants_fragment(request: HttpRequest) -> bool:
    """htmx asks, and not to put a page of its history back."""
    return request.headers.get("HX-Request") == "true" and "HX-History-Restore-Request" not in request.headers


def varied(response: HttpResponse) -> HttpResponse:
    """One address has pages and fragments: a cache must not hand out one for the other."""
    patch_vary_headers(response, ("HX-Request", "HX-Target", "HX-History-Restore-Request"))
    return response
