"""The JSON API's shapes, for its OpenAPI description."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, inline_serializer
from rest_framework import serializers as fields

from traces.core.compare.contributions import Part, Rates
from traces.core.compare.durations import PERCENTS
from traces.core.compare.structure import Kind as TraitKind
from traces.core.time_spent import SpentOn
from traces.search import SORTS, STATUSES

SEARCH = [
    OpenApiParameter("last", description="Length of time up to now, such as 15m, 1h, 7d; or all. 1h by default"),
    OpenApiParameter("start", description="Traces that start at or after: ISO 8601, or nanoseconds since 1970"),
    OpenApiParameter("end", description="Traces that start before"),
    OpenApiParameter("service", description="One span is of this service, and of operation and status if given"),
    OpenApiParameter("operation", description="One span has this name"),
    OpenApiParameter("status", enum=STATUSES, description="One span has this status"),
    OpenApiParameter("min_duration", description="The trace lasts at least so long: 500ms, 1.5s"),
    OpenApiParameter("max_duration", description="The trace lasts at most so long"),
    OpenApiParameter("q", description="In the query language: user.id=42 -status=error {service=shop duration>1s}"),
    OpenApiParameter("sort", enum=SORTS, description="Largest or newest first; start by default"),
    OpenApiParameter("cols", description="Keys of attributes, up to 8 with commas between: their values of each trace"),
    OpenApiParameter("after", description="The place in the list where the page starts, from `next`"),
    OpenApiParameter("limit", int, description="Traces a page, 1 to 1,000; 50 by default"),
]
TRACE_LIST = inline_serializer(
    "TraceList",
    {
        "traces": inline_serializer(
            "TraceSummary",
            {
                "trace_id": fields.CharField(),
                "root_service": fields.CharField(help_text="Of the earliest span while there is no root"),
                "root_name": fields.CharField(),
                "has_root": fields.BooleanField(),
                "start_time": fields.CharField(),
                "start_ns": fields.IntegerField(),
                "duration_ns": fields.IntegerField(help_text="The root's; the extent while there is no root"),
                "extent_ns": fields.IntegerField(help_text="Earliest start to latest end"),
                "span_count": fields.IntegerField(),
                "error_count": fields.IntegerField(),
                "weight": fields.FloatField(help_text="How many traces it stands for: 1 where none was left out"),
                "services": fields.DictField(child=fields.IntegerField(), help_text="Spans of each service"),
                "columns": fields.DictField(
                    required=False,
                    allow_null=True,
                    help_text="With `cols`: the root's value, else the first span's with one; null: too slow to read",
                ),
            },
            many=True,
        ),
        "total": fields.IntegerField(),
        "total_is_exact": fields.BooleanField(help_text="If not, there are at least `total`"),
        "total_weight": fields.FloatField(
            help_text="How many traces these stand for: more than `total` after sampling"
        ),
        "next": fields.URLField(allow_null=True),
        "stopped_at": fields.IntegerField(
            allow_null=True,
            help_text="Where time was over: all was seen down to this value of the order; `next` goes on",
        ),
        "too_large": fields.ListField(
            child=fields.CharField(),
            help_text="Ids of traces that were stepped over for this page: each alone takes too long to decide",
        ),
        "searched": inline_serializer(
            "Searched",
            {"traces": fields.IntegerField(), "spans": fields.IntegerField()},
            allow_null=True,
            help_text="With `stopped_at`: what was looked through for this page; null: too slow to count",
        ),
    },
)
TRACE = inline_serializer(
    "Trace",
    {
        "trace_id": fields.CharField(),
        "spans": fields.ListField(child=fields.DictField(), help_text="Plain JSON spans, as POST /api/spans takes"),
    },
)
# As JSON lines or CSV.
DOWNLOAD = {(200, "application/x-ndjson"): str, (200, "text/csv"): str}
ANALYSIS = inline_serializer(
    "Analysis",
    {
        "sentence": fields.CharField(help_text="Where the time went, in words"),
        "critical_path": inline_serializer(
            "Piece",
            {
                "span_id": fields.CharField(),
                "start_ns": fields.IntegerField(help_text="By corrected clocks, like end_ns"),
                "end_ns": fields.IntegerField(help_text="Where the next piece starts; together the root's duration"),
                "spent_on": fields.ChoiceField(choices=[spent_on.value for spent_on in SpentOn]),
            },
            many=True,
        ),
        "nodes": inline_serializer(
            "Node",
            {
                "span_id": fields.CharField(),
                "parent_span_id": fields.CharField(allow_null=True, help_text="As drawn; an orphan's is of no node"),
                "depth": fields.IntegerField(help_text="0 for a root, at least 1 for an orphan"),
                "orphan": fields.BooleanField(help_text="Its parent is not stored here"),
                "self_ns": fields.IntegerField(help_text="In which no child ran that it waited for"),
                "skew_offset_ns": fields.IntegerField(help_text="Added to recorded times to correct a clock"),
            },
            many=True,
            help_text="Every span once, parents before children, siblings by start",
        ),
        "findings": inline_serializer(
            "Finding",
            {
                "code": fields.CharField(),
                "span_ids": fields.ListField(child=fields.CharField()),
                "message": fields.CharField(),
                "mend": fields.CharField(),
            },
            many=True,
        ),
    },
)
SERVICES = inline_serializer("Services", {"services": fields.ListField(child=fields.CharField())})
OPERATIONS = inline_serializer(
    "Operations",
    {"operations": inline_serializer("Operation", {"name": fields.CharField(), "kind": fields.CharField()}, many=True)},
)
GROUPS = [
    OpenApiParameter("a", description="A search: the text of a query, or parameters such as service=x&status=error"),
    OpenApiParameter("b", description="The other search; one of the two may be left out, and is all traces then"),
    OpenApiParameter("last", description="The range of a side that names none; so are start and end. 1h by default"),
    OpenApiParameter("n", int, description="Traces a side, 20 to 10,000; 1,000 by default"),
]
_Fields = dict[str, Any]
_GROUP: _Fields = {
    "traces": fields.IntegerField(help_text="In the sample"),
    "matching": fields.IntegerField(help_text="What the sample was drawn from"),
    "matching_is_exact": fields.BooleanField(help_text="If not, these are the newest"),
    "not_looked_into": fields.IntegerField(help_text="Too large; their durations count"),
    "errors": fields.IntegerField(help_text="Traces with an error"),
    "error_share": fields.FloatField(help_text="Weighted where traces were sampled, as means and shares are"),
    "sum_ns": fields.IntegerField(),
    "mean_ns": fields.FloatField(),
    **{f"p{percent}_ns": fields.IntegerField() for percent in PERCENTS},
}
_TOLD: _Fields = {
    "p_value": fields.FloatField(help_text="Corrected for all tests of the comparison (Holm)"),
    "claimed": fields.BooleanField(help_text="Significant, with an interval without zero, and an effect worth a word"),
}
_SHARES: _Fields = {"a_share": fields.FloatField(help_text="Of A's traces"), "b_share": fields.FloatField(), **_TOLD}
_INTERVAL: _Fields = {
    "low_ns": fields.FloatField(allow_null=True, help_text="Of an interval corrected like the p-values"),
    "high_ns": fields.FloatField(allow_null=True),
}
GROUP_COMPARISON = inline_serializer(
    "GroupComparison",
    {
        "sentence": fields.CharField(),
        "a": inline_serializer("GroupA", dict(_GROUP)),
        "b": inline_serializer("GroupB", dict(_GROUP)),
        "difference": inline_serializer(
            "GroupDifference",
            {
                "mean_ns": fields.FloatField(help_text="B less A"),
                **_INTERVAL,
                **_TOLD,
                "percentiles": fields.ListField(child=fields.DictField(), help_text="With 95 % intervals"),
            },
        ),
        "contributions": inline_serializer(
            "Contribution",
            {
                "part": fields.ChoiceField(choices=[part.value for part in Part]),
                "path": fields.ListField(child=fields.DictField(), help_text="Services, names and kinds from the root"),
                "service": fields.CharField(),
                "name": fields.CharField(),
                "a_sum_ns": fields.IntegerField(help_text="On the critical path; all rows add up to A's sum_ns"),
                "b_sum_ns": fields.IntegerField(),
                "delta_mean_ns": fields.FloatField(),
                **_INTERVAL,
                **_TOLD,
                **{name: fields.FloatField(help_text="A trace") for name in Rates._fields},
            },
            many=True,
        ),
        "structure": inline_serializer(
            "StructureDifference",
            {
                "kind": fields.ChoiceField(choices=[kind.value for kind in TraitKind]),
                "service": fields.CharField(),
                "name": fields.CharField(help_text="Of the span, or the type of the exception"),
                **_SHARES,
            },
            many=True,
        ),
        "attributes": inline_serializer(
            "AttributeDifference",
            {
                "scope": fields.ChoiceField(choices=["root", "resource", "span"]),
                "key": fields.CharField(),
                "op": fields.ChoiceField(choices=["=", ">=", "absent"]),
                "value": fields.JSONField(),
                **_SHARES,
                "also": fields.ListField(child=fields.CharField(), help_text="What exactly the same traces have"),
            },
            many=True,
        ),
        "left_out": fields.DictField(help_text="Keys that weren't looked at: ids, rare"),
        "tests": fields.IntegerField(help_text="That were corrected together"),
        "examples": fields.DictField(help_text="Trace ids: three of a and b, and the pair that shows it best"),
    },
)
