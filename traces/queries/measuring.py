"""A search that ends in a metric -> the spans that it finds, each with what the metric needs of it; the series.

Where a condition on one span says which spans are found, the database finds them; else `core.evaluation` does, over all
spans of the traces that match. Newest traces come first, so that what there is time for is the newest.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

from traces.core.grouping import finite_number
from traces.core.meaning import Condition, Metric, Pipeline, all_of
from traces.core.metrics import Measured, label_of
from traces.core.spanset import Told, alike, measured_by, told_by
from traces.core.subjects import Field, Subject
from traces.core.values import Value
from traces.queries.answering import matching
from traces.queries.conditions import on_span, speaks_of_self_time
from traces.queries.deciding import found_values, grouped, is_large
from traces.queries.known import Extent
from traces.queries.measured import columns_of, values_in
from traces.queries.reading import UnlessStopped, fetch_as_far
from traces.queries.sql import OF_TRACE, Sql, since
from traces.search import Search, words_of

# So many spans, and so many traces that have all of their spans read to be decided.
MOST, MOST_DECIDED = 200_000, 10_000
TIMEOUT_MS = 800
SIZE = 1_000
FIRST_BATCH, LARGEST_BATCH = 10, 200
# OFFSET 0 keeps the planner from turning this into a join of all spans with all traces.
SPANS = f"""
select t.start_ns, t.weight::float8, found.*
from (select * from trace t where {{matching}} order by t.start_ns desc offset 0) t
cross join lateral (
    select {{span}}{{columns}} from span s
    where {OF_TRACE} and ({{wanted}}) {{grouped}} offset 0
) found order by t.start_ns desc limit %s"""
ONE = "s.start_ns, 1"
# Bins are whole seconds, and spans of a trace are often alike.
ALIKE = "min(s.start_ns), count(*)"
TRACES = """
select t.trace_id, t.start_ns, t.end_ns, t.span_count, t.weight::float8 from trace t where {matching}
order by t.start_ns desc limit %s"""
# Before the columns of the subjects.
FIXED = 4


class MetricSpans(NamedTuple):
    """The spans found, of the newest traces first. Not complete: of traces that start before `since_ns` some or all
    are missing; or, where that isn't 0, `too_large` traces alone, whenever they were."""

    spans: list[Measured]
    complete: bool
    since_ns: int | None  # where the oldest trace that was read starts; None where none was
    too_large: int = 0


def metric_spans(search: Search, *, most: int = MOST, timeout_ms: int = TIMEOUT_MS) -> MetricSpans | None:
    """None where the search doesn't end in a metric."""
    query = None if search.condition is None else measured_by(search.condition)
    if search.condition is None or query is None:
        return None
    metric, told = metric_in(query), told_by(query)
    subjects = _subjects(metric)
    if told is None or Field.SELF_TIME in subjects or speaks_of_self_time(told.condition):
        return _decided(search, query, metric, timeout_ms)
    return _asked(_simplified(search, query, told), told.condition, metric, most, timeout_ms)


def metric_in(query: Pipeline) -> Metric:
    metric = query.stages[-1]
    assert isinstance(metric, Metric)
    return metric


def _subjects(metric: Metric) -> list[Subject]:
    return [*metric.by, *([] if metric.subject is None else [metric.subject])]


def _simplified(search: Search, query: Pipeline, told: Told) -> Search:
    """The same traces, without a stage that would have to be decided."""
    condition = search.condition
    assert condition is not None
    return replace(
        search, condition=all_of(*(alike(item, told) if item is query else item for item in words_of(condition)))
    )


def _asked(search: Search, wanted: Condition, metric: Metric, most: int, timeout_ms: int) -> MetricSpans:
    """From the database alone."""
    traces, spans, subjects = matching(search), on_span(wanted).sql, _subjects(metric)
    columns = [columns_of(subject) for subject in subjects]
    flat = [column for of_one in columns for column in of_one]
    are_alike = metric.subject is None
    places = "".join(f", {place}" for place in range(3, 3 + len(flat)))
    query = since(SPANS, search.start_ns).format(
        matching=traces.sql,
        span=ALIKE if are_alike else ONE,
        columns="".join(f", {column.text}" for column in flat),
        wanted=spans.text,
        grouped=f"group by s.start_ns / 1000000000{places}" if are_alike else "",
    )
    params = (*traces.params, *(one for column in flat for one in column.params), *spans.params, most + 1)
    rows, in_time = fetch_as_far(query, params, timeout_ms=timeout_ms, size=SIZE)
    is_all, kept = in_time and len(rows) <= most, rows[:most]
    since_ns, too_large = kept[-1][0] if kept else None, is_all * traces.too_large
    return MetricSpans(_measured(kept, metric, columns), traces.complete and is_all, since_ns, too_large)


def _measured(rows: Sequence[tuple[Any, ...]], metric: Metric, columns: Sequence[Sequence[Sql]]) -> list[Measured]:
    found: list[Sequence[Any]] = []
    end = FIXED
    for subject, make, of_one in zip(_subjects(metric), _makers(metric), columns, strict=True):
        start, end = end, end + len(of_one)
        found.append(values_in(subject, [row[start:end] for row in rows], make))
    numbers = found.pop() if metric.subject is not None else [None] * len(rows)
    labels = list(zip(*found, strict=True)) if found else [()] * len(rows)
    return [
        Measured(start_ns, spans, weight, number, by)
        for (_, weight, start_ns, spans, *_), number, by in zip(rows, numbers, labels, strict=True)
    ]


def _makers(metric: Metric) -> list[Callable[[Value], Any]]:
    """What is made of each subject's value."""
    return [*(partial(label_of, subject) for subject in metric.by), *([finite_number] if metric.subject else [])]


def _decided(search: Search, query: Pipeline, metric: Metric, timeout_ms: int) -> MetricSpans:
    """Over all spans of the traces that match, batch by batch, as far as the time reaches."""
    traces = matching(search)
    until_s, newest = time.monotonic() + timeout_ms / 1_000, TRACES.format(matching=traces.sql)
    rows, in_time = fetch_as_far(newest, (*traces.params, MOST_DECIDED + 1), timeout_ms=timeout_ms, size=SIZE)
    spans, read, size, too_large = list[Measured](), 0, FIRST_BATCH, 0
    while read < min(len(rows), MOST_DECIDED) and (left_ms := int((until_s - time.monotonic()) * 1_000)) > 0:
        batch = rows[read : min(read + size, MOST_DECIDED)]
        extents = next(grouped([Extent(*row[:4]) for row in batch], size))
        batch, alone = batch[: len(extents)], is_large(extents[0])
        # A large one may take a half of what is left, so that there is some for the others.
        found = _of_batch(query, metric, batch, left_ms // 2 if alone else left_ms)
        if found is None and not alone:
            break
        too_large += found is None
        spans += found or []
        read, size = read + len(batch), min(2 * size, LARGEST_BATCH)
    is_all = in_time and read == len(rows)
    too_large += traces.too_large
    since_ns = rows[read - 1][1] if read else None
    return MetricSpans(spans, traces.complete and is_all and not too_large, since_ns, is_all * too_large)


def _of_batch(
    query: Pipeline, metric: Metric, batch: Sequence[tuple[Any, ...]], timeout_ms: int
) -> list[Measured] | None:
    """None where there is no time for all of it."""
    until_s, weights, spans = time.monotonic() + timeout_ms / 1_000, {row[0]: row[4] for row in batch}, list[Measured]()
    subjects, makers = _subjects(metric), _makers(metric)
    with UnlessStopped():
        for trace_id, found in found_values(
            query, [Extent(*row[:4]) for row in batch], subjects, timeout_ms=timeout_ms
        ):
            if time.monotonic() > until_s:
                return None
            for start_ns, values in found:
                made = [make(value) for make, value in zip(makers, values, strict=True)]
                number = made.pop() if metric.subject is not None else None
                spans.append(Measured(start_ns, 1, weights[trace_id], number, tuple(made)))
        return spans
    return None
