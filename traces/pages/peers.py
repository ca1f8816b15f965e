"""In: a span's or a trace's id. Out: how its duration compares with those of others like it, as a page or for htmx."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from traces import queries
from traces.core.layout import kind_text
from traces.core.peers import rank_text, ratio_text
from traces.core.printable import printable
from traces.core.span import Span
from traces.core.timescale import duration_text
from traces.pages.ids import SPAN_ID_DIGITS, TRACE_ID_DIGITS, canonical_id
from traces.pages.missing import missing_page
from traces.pages.span import varied, wants_fragment
from traces.pages.view import number
from traces.queries.peers import MOST, WALKED

logger = logging.getLogger(__name__)


Words = Callable[[int, Sequence[int] | None], str]


def trace_peers(request: HttpRequest, trace_id: str) -> HttpResponse:
    """A trace takes as long as its root span: htmx gets the ratio to what is usual, all else is on that span's page."""
    if wants_fragment(request):
        return _fragment(request, lambda: _root(trace_id), ratio_text, url=request.path)
    root = _root(trace_id)
    if root is None:
        return missing_page(request, trace_id)
    place, span = root
    url = reverse("traces:span-peers", args=[span.trace_id.hex(), span.span_id.hex()])
    return redirect(f"{url}?n={place}" if place > 1 else url)


def span_peers(request: HttpRequest, trace_id: str, span_id: str) -> HttpResponse:
    """The rank among them; where several spans have the id, `n` says which is meant."""
    place = number(request.GET.get("n")) or 1
    if wants_fragment(request):
        return _fragment(request, lambda: _span(trace_id, span_id, place), rank_text)
    found = _span(trace_id, span_id, place)
    if found is None:
        return missing_page(request, trace_id, span_id)
    return varied(render(request, "traces/peers_page.html", _page(found[1])))


def _root(trace_id: str) -> tuple[int, Span] | None:
    """The root, and its place among the spans with its id."""
    canonical = canonical_id(trace_id, TRACE_ID_DIGITS)
    trace = queries.trace_summary(bytes.fromhex(canonical)) if canonical else None
    if trace is None or not trace.has_root:
        return None
    spans = enumerate(queries.span_details(trace.trace_id, trace.root_span_id), 1)
    return next((found for found in spans if found[1].parent_span_id is None), None)


def _span(trace_id: str, span_id: str, place: int) -> tuple[int, Span] | None:
    trace, span = canonical_id(trace_id, TRACE_ID_DIGITS), canonical_id(span_id, SPAN_ID_DIGITS)
    spans = queries.span_details(bytes.fromhex(trace), bytes.fromhex(span)) if trace and span else []
    place = min(place, len(spans))
    return (place, spans[place - 1]) if spans else None


def _fragment(
    request: HttpRequest, find: Callable[[], tuple[int, Span] | None], words: Words, *, url: str = ""
) -> HttpResponse:
    """A few words, whatever happens: they must not take away the page that they are put into."""
    try:
        found = find()
        text = words(found[1].duration_ns, _peers(found[1])) if found else "not known: it isn't here any more"
    except Exception:
        logger.exception("Comparing for %s", request.path)
        text = "not known: something went wrong while looking"
    return varied(render(request, "traces/peers.html", {"text": text, "peers_url": url}))


def _page(span: Span) -> dict[str, object]:
    trace_url = reverse("traces:trace", args=[span.trace_id.hex()])
    return {
        "span_url": f"{trace_url}?span={span.span_id.hex()}",
        "title": printable(f"{span.service} {span.name}"),
        "kind": kind_text(span.kind),
        "duration": duration_text(span.duration_ns),
        "text": rank_text(span.duration_ns, _peers(span)),
        "most": f"{MOST:,}",
        "most_spans": f"{WALKED['most_spans']:,}",
    }


def _peers(span: Span) -> list[int] | None:
    return queries.peers_of(span, now_ns=time.time_ns())
