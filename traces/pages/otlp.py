"""In: a trace id. Out: all its spans as a file in OTLP JSON, as `POST /v1/traces` takes it."""

from __future__ import annotations

from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase

from traces import queries
from traces.pages.ids import TRACE_ID_DIGITS, canonical_id
from traces.pages.missing import missing_page
from traces.wire import otlp_export


def trace_otlp(request: HttpRequest, trace_id: str) -> HttpResponseBase:
    """Streamed; a few hundred spans in memory at a time."""
    canonical = canonical_id(trace_id, TRACE_ID_DIGITS)
    if canonical is None or queries.trace_summary(bytes.fromhex(canonical)) is None:
        return missing_page(request, trace_id)
    name = f'attachment; filename="{canonical}.otlp.json"'
    pieces = otlp_export.encode(queries.stream_spans(bytes.fromhex(canonical)))
    return StreamingHttpResponse(pieces, content_type="application/json", headers={"Content-Disposition": name})
