"""The only reader: what is asked goes in, plain records come out. Nothing here changes the database."""

from traces.queries.listing import (
    Listing,
    Total,
    condition_counts,
    count_traces,
    search_traces,
    store_is_empty,
)
from traces.queries.names import forget
from traces.queries.services import Operation, operations, services
from traces.queries.spans import span_details, stream_spans, trace_spans
from traces.queries.summaries import ServiceCount, TraceSummary, trace_summary

__all__ = [
    "Listing",
    "Operation",
    "ServiceCount",
    "Total",
    "TraceSummary",
    "condition_counts",
    "count_traces",
    "forget",
    "operations",
    "search_traces",
    "services",
    "span_details",
    "store_is_empty",
    "stream_spans",
    "trace_spans",
    "trace_summary",
]
