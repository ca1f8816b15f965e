"""GET /api/metrics: a search that ends in a metric in, its series over time as JSON out; times in nanoseconds."""

from __future__ import annotations

import time
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers as fields
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from traces import queries, search
from traces.api import schema
from traces.core.metrics import Series
from traces.core.printable import printable
from traces.core.subjects import DURATIONS, Subject
from traces.core.timescale import SECOND
from traces.search.names import name_text
from traces.turns import turn

Record = dict[str, Any]
EXAMPLE = "{status=error} | rate() by (service)"
# What concerns a list alone, or is said with other words here.
_OF_A_LIST = ("sort", "cols", "after", "limit", "q")
PARAMETERS = [
    OpenApiParameter("q", required=True, description=f"A query that ends in a metrics function: {EXAMPLE}"),
    OpenApiParameter("step", description="From one value to the next: 30s, 5m; a round width, about 60 values, if not"),
    *(parameter for parameter in schema.SEARCH if parameter.name not in _OF_A_LIST),
]
METRICS = inline_serializer(
    "Metrics",
    {
        "function": fields.CharField(),
        "unit": fields.CharField(help_text="Of the values: spans, spans/s, ns; empty for an attribute's"),
        "start_ns": fields.IntegerField(),
        "end_ns": fields.IntegerField(),
        "step_ns": fields.IntegerField(),
        "times_ns": fields.ListField(child=fields.IntegerField(), help_text="Where what each value is of begins"),
        "series": inline_serializer(
            "MetricSeries",
            {
                "labels": fields.DictField(help_text="The value of each of `by`; null: spans without one"),
                "others": fields.IntegerField(help_text="Above 0: so many more values of `by` together"),
                "quantile": fields.FloatField(required=False),
                "above": fields.FloatField(required=False, allow_null=True, help_text="Of a histogram's bucket"),
                "up_to": fields.FloatField(required=False, help_text="Of a histogram's bucket, itself in it"),
                "spans": fields.FloatField(help_text="That it is made of, weighted"),
                "values": fields.ListField(child=fields.FloatField(allow_null=True)),
            },
            many=True,
        ),
        "spans": fields.IntegerField(help_text="That were found"),
        "spans_weighted": fields.FloatField(help_text="A sampled trace's count as often as it stands for"),
        "spans_outside": fields.FloatField(
            help_text="Weighted: in traces of the range, but later than all of the times"
        ),
        "spans_without_number": fields.FloatField(help_text="Weighted: that have nothing to compute with"),
        "complete": fields.BooleanField(help_text="If not, there was time for the newest traces alone"),
        "too_large": fields.IntegerField(
            help_text="Above 0: not complete, but for so many traces alone, each of which takes too long to decide"
        ),
        "since_ns": fields.IntegerField(allow_null=True, help_text="Where the oldest trace that was read starts"),
    },
)


class Metrics(APIView):
    @extend_schema(parameters=PARAMETERS, responses=METRICS, summary="A metric of the spans found, over time")
    @turn()
    @turn()
    def get(self, request: Request) -> Response:
        params, now_ns = request.query_params.dict(), time.time_ns()
        wanted = search.from_params(params, now_ns)
        found = queries.metric_series(wanted, now_ns=now_ns, step_ns=_step_ns(params.get("step", "")))
        if found is None:
            raise search.BadQuery("q", f"expected a query that ends in a metrics function, such as {EXAMPLE}")
        return Response(record_of(found))


def record_of(found: queries.MetricSeries) -> Record:
    metric, computed = found.metric, found.computed
    return {
        "function": metric.function,
        "unit": _unit(metric.function, metric.subject),
        **computed.bins._asdict(),
        "times_ns": list(computed.bins.times_ns),
        "series": [_series(series, metric.by) for series in computed.series],
        "spans": computed.spans,
        "spans_weighted": computed.weight,
        "spans_outside": computed.outside,
        "spans_without_number": computed.numberless,
        "complete": found.complete,
        "too_large": found.too_large,
        "since_ns": found.since_ns,
    }


def _series(series: Series, by: tuple[Subject, ...]) -> Record:
    record: Record = {
        "labels": {
            name_text(subject): None if said is None else printable(said.text)
            for subject, said in zip(by, series.by, strict=False)
        },
        "others": series.others,
        "spans": series.weight,
    }
    if series.quantile is not None:
        record["quantile"] = series.quantile
    if series.bucket is not None:
        record |= series.bucket._asdict()
    return record | {"values": series.values}


def _unit(function: str, subject: Subject | None) -> str:
    if function == "rate":
        return "spans/s"
    if function == "quantile_over_time":
        return "ns" if subject in DURATIONS else ""
    return "spans"


def _step_ns(text: str) -> int:
    """0 where none is asked for. Raises BadQuery."""
    if not text.strip():
        return 0
    step_ns = search.duration_ns(text)
    if not step_ns or step_ns % SECOND:
        raise search.BadQuery("step", "expected whole seconds, such as 30s or 5m")
    return step_ns
