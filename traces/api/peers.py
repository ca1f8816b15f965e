"""A trace's id in, how long its spans usually take as JSON out: from healthy traces of its root operation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers as fields
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from traces import queries
from traces.api.views import trace_id_of
from traces.core.columns import id_bytes
from traces.core.trace import Trace
from traces.core.tree import trace_of
from traces.core.usual import Absent, Standing, UsualRanges

Record = dict[str, Any]
PEERS = inline_serializer(
    "Peers",
    {
        "n": fields.IntegerField(help_text="How many others were read: a stable sample, 200 at most"),
        "enough": fields.BooleanField(help_text="Below 20 nothing is claimed: spans and absent are empty then"),
        "spans": inline_serializer(
            "PeerSpan",
            {
                "span_id": fields.CharField(),
                "service": fields.CharField(),
                "name": fields.CharField(),
                "duration_ns": fields.IntegerField(),
                "n": fields.IntegerField(help_text="How many others have a span at the same path"),
                "p25_ns": fields.IntegerField(allow_null=True, help_text="Null below 20 of them"),
                "p75_ns": fields.IntegerField(allow_null=True),
                "p95_ns": fields.IntegerField(allow_null=True),
                "standing": fields.ChoiceField([standing.value for standing in Standing]),
            },
            many=True,
        ),
        "absent": inline_serializer(
            "AbsentSpan",
            {
                "parent_span_id": fields.CharField(allow_null=True),
                "service": fields.CharField(),
                "name": fields.CharField(),
                "n": fields.IntegerField(),
            },
            many=True,
            help_text="What at least four of five others have below a span of this trace, and it hasn't",
        ),
    },
)


class TracePeers(APIView):
    @extend_schema(responses=PEERS, summary="How long the spans of a trace usually take")
    def get(self, request: Request, trace_id: str) -> Response:
        columns = queries.trace_columns(trace_id_of(trace_id))[1]
        if not len(columns):
            raise Http404(f"no span of trace {trace_id} is stored here")
        trace = trace_of(columns)
        ranges = queries.usual_ranges(trace) or UsualRanges(0, {}, ())
        return Response(
            {
                "n": ranges.others,
                "enough": ranges.is_known,
                "spans": list(_spans(trace, ranges)),
                "absent": [_absent(trace, one) for one in ranges.absent],
            }
        )


def _spans(trace: Trace, ranges: UsualRanges) -> Iterator[Record]:
    columns = trace.columns
    for place, usual in ranges.usual.items():
        row = trace.order[place]
        yield {
            "span_id": id_bytes(columns.span_ids[row]).hex(),
            "service": columns.operation(row).service,
            "name": columns.operation(row).name,
            "duration_ns": columns.durations_ns[row],
            "n": usual.present,
            "p25_ns": usual.p25_ns,
            "p75_ns": usual.p75_ns,
            "p95_ns": usual.p95_ns,
            "standing": usual.standing,
        }


def _absent(trace: Trace, one: Absent) -> Record:
    parent = None if one.parent is None else trace.nodes[one.parent].span_id.hex()
    return {"parent_span_id": parent, "service": one.operation.service, "name": one.operation.name, "n": one.present}
