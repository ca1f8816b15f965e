"""A search that ends in a metric -> its series over the search's range, or over what there was time to read of it."""

from __future__ import annotations

from typing import NamedTuple

from traces.core.bins import bins_of
from traces.core.meaning import Metric
from traces.core.metrics import Computed, computed
from traces.core.spanset import measured_by
from traces.queries.measuring import MetricSpans, metric_in, metric_spans
from traces.search import BadQuery, Search

# Values of a series, where somebody says how far apart they are.
MOST_VALUES = 2_000


class MetricSeries(NamedTuple):
    """Not complete: of the newest traces alone, those that start at `since_ns` or later; None where none was read; or
    of all but `too_large`, where that isn't 0."""

    metric: Metric
    computed: Computed
    complete: bool
    since_ns: int | None
    too_large: int = 0


def metric_of(search: Search) -> Metric | None:
    query = None if search.condition is None else measured_by(search.condition)
    return None if query is None else metric_in(query)


def metric_series(search: Search, *, now_ns: int, step_ns: int = 0) -> MetricSeries | None:
    """None where the search doesn't end in a metric. Raises BadQuery for a step that is too short for the range.

    The range is the search's own, up to now: after that there is nothing yet.
    """
    metric, found = metric_of(search), metric_spans(search)
    if metric is None or found is None:
        return None
    bins = bins_of(*_range(search, found, now_ns), step_ns)
    if step_ns and len(bins.times_ns) > MOST_VALUES:
        raise BadQuery("step", f"makes {len(bins.times_ns):,} values of the range; at most {MOST_VALUES:,} are given")
    return MetricSeries(metric, computed(metric, found.spans, bins), found.complete, found.since_ns, found.too_large)


def _range(search: Search, found: MetricSpans, now_ns: int) -> tuple[int, int]:
    starts = [span.start_ns for span in found.spans]
    start_ns, end_ns = search.start_ns, search.end_ns
    last_ns = max(starts, default=start_ns or 0) + 1
    if start_ns is None or (found.since_ns is not None and not found.complete and not found.too_large):
        start_ns = found.since_ns if found.since_ns is not None else min(last_ns, end_ns or last_ns) - 1
    end_ns = last_ns if end_ns is None else min(end_ns, max(now_ns, last_ns))
    return start_ns, end_ns
