"""The only reader: what is asked goes in, plain records come out. Nothing here changes the database."""

from traces.queries import lookup, names, verdicts
from traces.queries.attribute_keys import (
    AttributeKey,
    AttributeValue,
    attribute_keys,
    attribute_types,
    operation_names,
    values_of_key,
)
from traces.queries.attribute_values import Cut, attribute_values
from traces.queries.changed import attributes_changed
from traces.queries.changed_since import count_changed
from traces.queries.chosen import Chosen, chosen_values
from traces.queries.columns import trace_columns
from traces.queries.counts import ValueCounts, value_counts
from traces.queries.details import row_details
from traces.queries.events import BEFORE_ALL, EventKey, TraceEvent, trace_events
from traces.queries.facts import trace_facts
from traces.queries.group_report import group_report, sample_notes
from traces.queries.grouping import Grouped, grouped
from traces.queries.groups import Compared, Sample, compare_searches, durations_of, sample_of
from traces.queries.healthy import Peer, columns_of_traces, healthy_peers, usual_ranges
from traces.queries.links import LinkedFrom, LinkingSpan, links_to_span, links_to_trace, spans_here
from traces.queries.listing import (
    Listing,
    Total,
    count_each,
    count_traces,
    search_traces,
    store_is_empty,
    total_of,
)
from traces.queries.looked import Looked, looked_through
from traces.queries.lookup import Places, Stored, places_of, stored_traces, traces_of_spans
from traces.queries.matching import Matching, matching_spans
from traces.queries.measuring import MetricSpans, metric_spans
from traces.queries.metrics import MetricSeries, metric_of, metric_series
from traces.queries.neighbours import Parent, children_of, parent_of, traces_here
from traces.queries.overview import Matches, matches
from traces.queries.peers import peers_of
from traces.queries.picking import PICKS, TooLong, pick_trace
from traces.queries.sample import has_sample, is_of_sample
from traces.queries.saved import SavedSearch, saved_search, saved_searches
from traces.queries.services import Operation, operations, services
from traces.queries.spans import span_details, stream_spans, trace_spans
from traces.queries.summaries import ServiceCount, TraceSummary, trace_summary
from traces.queries.versions import Version, versions_of
from traces.queries.walking import START

__all__ = [
    "BEFORE_ALL",
    "NOTHING_SEEN",
    "PICKS",
    "AttributeKey",
    "AttributeValue",
    "Chosen",
    "Compared",
    "Cut",
    "EventKey",
    "Grouped",
    "LinkedFrom",
    "LinkingSpan",
    "Listing",
    "Looked",
    "Matches",
    "Matching",
    "MetricSeries",
    "MetricSpans",
    "Operation",
    "Parent",
    "Peer",
    "Places",
    "Sample",
    "SavedSearch",
    "ServiceCount",
    "Stored",
    "TooLong",
    "Total",
    "TraceEvent",
    "TraceSummary",
    "ValueCounts",
    "Version",
    "attribute_keys",
    "attribute_types",
    "attribute_values",
    "attributes_changed",
    "children_of",
    "chosen_values",
    "columns_of_traces",
    "compare_searches",
    "count_changed",
    "count_each",
    "count_traces",
    "durations_of",
    "forget",
    "group_report",
    "grouped",
    "has_sample",
    "healthy_peers",
    "is_of_sample",
    "links_to_span",
    "links_to_trace",
    "looked_through",
    "matches",
    "matching_spans",
    "metric_of",
    "metric_series",
    "metric_spans",
    "operation_names",
    "operations",
    "parent_of",
    "peers_of",
    "pick_trace",
    "places_of",
    "row_details",
    "sample_notes",
    "sample_of",
    "saved_search",
    "saved_searches",
    "search_traces",
    "services",
    "span_details",
    "spans_here",
    "store_is_empty",
    "stored_traces",
    "stream_spans",
    "total_of",
    "trace_columns",
    "trace_events",
    "trace_facts",
    "trace_spans",
    "trace_summary",
    "traces_here",
    "traces_of_spans",
    "usual_ranges",
    "value_counts",
    "values_of_key",
    "versions_of",
]


# Where a listing stopped that didn't come to look at anything.
NOTHING_SEEN = START.value


def forget() -> None:
    """Drops what this process remembers, as after the database was exchanged."""
    names.forget()
    lookup.forget()
    verdicts.forget()
