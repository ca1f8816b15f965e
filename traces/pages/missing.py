"""In: ids that lead nowhere. Out: a page that says what may have happened and what to do, with status 404."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from traces.core.timescale import SECOND, duration_text
from traces.pages.ids import SPAN_ID_DIGITS, TRACE_ID_DIGITS, canonical_id


def missing_page(request: HttpRequest, trace_id: str, span_id: str = "") -> HttpResponse:
    """The ids as they were asked for; one that is no id at all is told apart from one that isn't here."""
    trace = canonical_id(trace_id, TRACE_ID_DIGITS)
    is_id = trace is not None and (not span_id or canonical_id(span_id, SPAN_ID_DIGITS) is not None)
    page = {
        "trace_id": trace_id,
        "span_id": span_id,
        "is_id": is_id,
        "trace_digits": TRACE_ID_DIGITS,
        "span_digits": SPAN_ID_DIGITS,
        "retention": duration_text(settings.RETENTION_S * SECOND) if settings.RETENTION_S else "",
        "trace_url": reverse("traces:trace", args=[trace]) if trace and span_id else "",
    }
    return render(request, "traces/missing.html", page, status=404)
