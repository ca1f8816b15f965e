"""Two traces' ids in, their diff as JSON out: rows in pre-order of the merged tree, ids in hex, times in ns."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from django.http import Http404, StreamingHttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers as fields
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from traces import queries
from traces.api.views import trace_id_of
from traces.core.analysis import Analysis, analyse
from traces.core.columns import Columns, id_bytes
from traces.core.diff import LARGEST, NONE, Change, Diff, Tolerance, diff_of
from traces.core.diff.wording import sentence_of
from traces.core.printable import printable
from traces.core.trace import MISSING_PARENT
from traces.core.tree import trace_of

_ROWS = 500  # of which attributes are read at a time

Record = dict[str, Any]
DIFF = inline_serializer(
    "Diff",
    {
        "sentence": fields.CharField(),
        "difference_ns": fields.IntegerField(
            help_text="How much longer B took: of the rows' parts the sum, and rest_ns"
        ),
        "matched_share": fields.FloatField(help_text="Of all spans of both, those with a counterpart: 0 to 1"),
        "rest_ns": fields.IntegerField(help_text="What no row explains; 0 where both traces have a root"),
        "rows": inline_serializer(
            "DiffRow",
            {
                "change": fields.ChoiceField(["matched", "added", "removed", "moved"]),
                "a_span_id": fields.CharField(allow_null=True),
                "b_span_id": fields.CharField(allow_null=True),
                "depth": fields.IntegerField(),
                "service": fields.CharField(),
                "name": fields.CharField(),
                "a_duration_ns": fields.IntegerField(allow_null=True),
                "b_duration_ns": fields.IntegerField(allow_null=True),
                "critical_delta_ns": fields.IntegerField(help_text="Of the time on the critical path, B's less A's"),
                "attributes_changed": fields.ListField(child=fields.CharField(), help_text="Their keys"),
                "pace": fields.ChoiceField(["", "slower", "faster"]),
                "a_error": fields.BooleanField(),
                "b_error": fields.BooleanField(),
                "renamed": fields.BooleanField(help_text="Removed here and added there under another name"),
            },
            many=True,
            help_text="In pre-order; a span under another name is two rows, one removed and one added",
        ),
    },
)
PERCENT = OpenApiParameter(
    "percent", int, description="Durations that differ by less are neither slower nor faster; 10"
)


class TraceDiff(APIView):
    @extend_schema(parameters=[PERCENT], responses=DIFF, summary="What is different between two traces")
    def get(self, request: Request, a: str, b: str) -> HttpResponseBase:
        percent = request.query_params.get("percent", "")
        tolerance = Tolerance(int(percent)) if percent.isascii() and percent.isdecimal() else Tolerance()
        sides = _columns(a), _columns(b)
        if max(map(len, sides)) > LARGEST:
            return Response({"detail": f"traces of up to {LARGEST:,} spans can be compared"}, status=422)
        found = diff_of(*(analyse(trace_of(columns)) for columns in sides))
        return StreamingHttpResponse(encoded(found, tolerance), content_type="application/json")


def encoded(diff: Diff, tolerance: Tolerance) -> Iterator[str]:
    """In pieces of text."""
    head = {
        "sentence": sentence_of(diff, tolerance),
        "difference_ns": diff.difference_ns,
        "matched_share": diff.matched_share,
        "rest_ns": diff.rest_ns,
    }
    yield f'{json.dumps(head)[:-1]}, "rows": ['
    separator = "\n"
    for first in range(0, len(diff), _ROWS):
        rows = range(first, min(first + _ROWS, len(diff)))
        changed = queries.attributes_changed(diff, rows)
        lines = [json.dumps(one) for row in rows for one in _records(diff, row, tolerance, changed.get(row, []))]
        yield separator + ",\n".join(lines)
        separator = ",\n"
    yield "\n]}\n"


def _records(diff: Diff, row: int, tolerance: Tolerance, changed: list[str]) -> Iterator[Record]:
    change, a_ns, b_ns = diff.changes[row], *diff.durations_ns(row)
    a, b = _names(diff.a, diff.tree.places_a[row]), _names(diff.b, diff.tree.places_b[row])
    errors = diff.errors(row)
    whole = {
        "change": change,
        "a_span_id": a and a[0],
        "b_span_id": b and b[0],
        "depth": diff.tree.depths[row],
        "service": (b or a or ("", "", ""))[1],
        "name": (b or a or ("", "", ""))[2],
        "a_duration_ns": a_ns,
        "b_duration_ns": b_ns,
        "critical_delta_ns": diff.deltas_ns[row],
        "attributes_changed": [printable(key) for key in changed],
        "pace": diff.pace(row, tolerance),
        "a_error": errors[0],
        "b_error": errors[1],
        "renamed": False,
    }
    if change != Change.RENAMED or a is None:
        yield whole
        return
    none_of_a = {"a_span_id": None, "a_duration_ns": None, "a_error": False}
    none_of_b = {"b_span_id": None, "b_duration_ns": None, "b_error": False}
    own = {"attributes_changed": [], "pace": "", "renamed": True}
    a_part_ns, b_part_ns = diff.parts_ns(row)
    yield whole | own | none_of_b | {
        "change": Change.REMOVED, "service": a[1], "name": a[2], "critical_delta_ns": -a_part_ns,
    }  # fmt: skip
    yield whole | own | none_of_a | {"change": Change.ADDED, "critical_delta_ns": b_part_ns}


def _names(analysis: Analysis, place: int) -> tuple[str, str, str] | None:
    """Span id, service and name."""
    if place == NONE:
        return None
    trace, operation = analysis.trace, analysis.timeline.operation(place)
    span_id = id_bytes(trace.columns.span_ids[trace.order[place]]).hex()
    return (span_id, operation.service, operation.name) if operation else (span_id, "", MISSING_PARENT)


def _columns(trace_id: str) -> Columns:
    columns = queries.trace_columns(trace_id_of(trace_id))[1]
    if not len(columns):
        raise Http404(f"no span of trace {trace_id} is stored here")
    return columns
