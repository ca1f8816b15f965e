"""In: a trace id. Out: its waterfall as plain text, for a terminal or a chat."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from traces import queries
from traces.core.text_waterfall import DEFAULT_WIDTH, text_waterfall
from traces.pages.ids import TRACE_ID_DIGITS, canonical_id
from traces.pages.layouts import layout_of
from traces.pages.view import number


def trace_text(request: HttpRequest, trace_id: str) -> HttpResponse:
    """`?width=` columns wide; the trace's id in any spelling."""
    canonical = canonical_id(trace_id, TRACE_ID_DIGITS)
    summary = queries.trace_summary(bytes.fromhex(canonical)) if canonical else None
    if summary is None:
        digits = f"A trace id has {TRACE_ID_DIGITS} hex digits."
        why = "No trace with this id is stored here." if canonical else digits
        return HttpResponse(f"{why}\n", status=404, content_type="text/plain; charset=utf-8")
    width = number(request.GET.get("width")) or DEFAULT_WIDTH
    lines = text_waterfall(layout_of(summary.trace_id, summary.stamp).trace, width=width)
    return HttpResponse("".join(f"{line}\n" for line in lines), content_type="text/plain; charset=utf-8")
