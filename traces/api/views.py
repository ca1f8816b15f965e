"""The JSON API: the list's parameters in, traces and spans out; times in nanoseconds, ids in lower-case hex."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.views.decorators.csrf import csrf_exempt
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from traces import queries, search
from traces.api import analysis, comparison, health, schema
from traces.api.errors import TooLarge
from traces.api.receive import Answer, receive
from traces.api.summaries import summaries_of
from traces.core.analysis import Analysis
from traces.core.doctor import examine, skewed_clocks
from traces.core.span import Kind, Span
from traces.core.tree import trace_of
from traces.kept_analyses import analysis_of, kept_analysis
from traces.search.columns import columns_text, parse_columns
from traces.search.sides import searches_of, size_of
from traces.turns import turn
from traces.wire import plain_json

# A larger one would hold up everybody else for many seconds.
MOST_ANALYSED = 300_000


class TraceList(APIView):
    @extend_schema(parameters=schema.SEARCH, responses=schema.TRACE_LIST, summary="Traces that match")
    @turn()
    def get(self, request: Request) -> Response:
        params = request.query_params.dict()
        wanted, columns = search.from_params(params, time.time_ns()), parse_columns(params.get("cols", ""))
        started = time.perf_counter()
        listing = queries.search_traces(wanted)
        listed = time.perf_counter()
        total = queries.count_traces(wanted)
        counted = time.perf_counter()
        looked = queries.looked_through(listing) if listing.stopped_at is not None else None
        kept = {"cols": columns_text(columns)} if columns else {}
        following = listing.next and search.to_params(listing.search) | kept | {"after": listing.next}
        answer = {
            "traces": summaries_of(listing.traces, columns),
            "total": total.number,
            "total_is_exact": total.exact,
            "total_weight": float(total.number) if total.weight is None else total.weight,
            "next": following and request.build_absolute_uri(f"?{urlencode(following)}"),
            "stopped_at": listing.stopped_at,
            "too_large": [id.hex() for id in listing.too_large],
            "searched": looked and looked._asdict(),
        }
        timing = f"db;dur={(listed - started) * 1e3:.2f}, total;dur={(counted - listed) * 1e3:.2f}"
        return Response(answer, headers={"Server-Timing": timing})


class TraceSpans(APIView):
    @extend_schema(responses=schema.TRACE, summary="All spans of a trace, streamed")
    def get(self, request: Request, trace_id: str) -> StreamingHttpResponse:
        id = trace_id_of(trace_id)
        if queries.trace_summary(id) is None:
            raise Http404(f"no span of trace {trace_id} is stored here")
        return StreamingHttpResponse(_spans(id, queries.stream_spans(id)), content_type="application/json")


class TraceAnalysis(APIView):
    @extend_schema(responses=schema.ANALYSIS, summary="Where the time of a trace went")
    def get(self, request: Request, trace_id: str) -> StreamingHttpResponse:
        summary = queries.trace_summary(trace_id_of(trace_id))
        if summary is None:
            raise Http404(f"no span of trace {trace_id} is stored here")
        if summary.span_count > MOST_ANALYSED:
            raise TooLarge(
                f"this trace has {summary.span_count:,} spans, and up to {MOST_ANALYSED:,} are analysed for a request; "
                f"/api/traces/{summary.trace_id.hex()} streams them all"
            )
        analysed = kept_analysis(summary.trace_id, summary.stamp) or _analysed(summary.trace_id)
        facts = queries.trace_facts(analysed.trace, now_ns=time.time_ns())
        found = examine(analysed.trace, facts, more=skewed_clocks(analysed.trace, analysed.skew))
        return StreamingHttpResponse(analysis.encoded(analysed, found), content_type="application/json")


class GroupComparison(APIView):
    @extend_schema(parameters=schema.GROUPS, responses=schema.GROUP_COMPARISON, summary="What tells two groups apart")
    @turn()
    def get(self, request: Request) -> Response:
        params = request.query_params.dict()
        if not params.get("a") and not params.get("b"):
            raise search.BadQuery("a", "expected a search such as status=ok, or b; the other may be left out")
        a, b = searches_of(params, time.time_ns())
        return Response(comparison.record_of(queries.compare_searches(a, b, most=size_of(params.get("n", "")))))


class ServiceList(APIView):
    @extend_schema(responses=schema.SERVICES, summary="Names of all services")
    def get(self, request: Request) -> Response:
        return Response({"services": queries.services()})


class OperationList(APIView):
    @extend_schema(responses=schema.OPERATIONS, summary="Operations of a service")
    def get(self, request: Request, service: str) -> Response:
        found = queries.operations(service)
        return Response({"operations": [{"name": name, "kind": Kind(kind).name.lower()} for name, kind in found]})


@csrf_exempt
def take_spans(request: HttpRequest) -> HttpResponse:
    """The doors for spans, on the port that serves pages."""
    return _response(receive(request.META))


def healthz(request: HttpRequest) -> HttpResponse:
    return _response(health.alive())


def readyz(request: HttpRequest) -> HttpResponse:
    return _response(health.ready())


def _response(answer: Answer) -> HttpResponse:
    return HttpResponse(answer.body, status=answer.status, content_type=answer.content_type, headers=answer.headers)


def _spans(trace_id: bytes, spans: Iterator[Span]) -> Iterator[str]:
    yield f'{{"trace_id": "{trace_id.hex()}", "spans": ['
    for index, span in enumerate(spans):
        yield (",\n" if index else "\n") + json.dumps(plain_json.encode(span))
    yield "\n]}\n"


def _analysed(trace_id: bytes) -> Analysis:
    stamp, columns = queries.trace_columns(trace_id)
    if not len(columns):
        raise Http404(f"no span of trace {trace_id.hex()} is stored here")
    return analysis_of(trace_of(columns), stamp)


def trace_id_of(text: str) -> bytes:
    plain = text.replace("-", "").lower()
    if not re.fullmatch("[0-9a-f]{32}", plain):
        raise Http404("a trace id has 32 hex digits")
    return bytes.fromhex(plain)
