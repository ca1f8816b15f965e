"""A search -> the traces that match, exactly sorted, a page at a time; their number.

Two ways lead to the traces of a condition: collect the spans that fulfil it through their index (right for what is
rare), or walk over the traces in the list's order and ask each (right for what is common). The planner guesses
badly between the two, so a bounded look through the index decides.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple
from uuid import UUID

from django.db import OperationalError
from psycopg.errors import QueryCanceled

from traces.queries.conditions import NEVER, Condition, conditions
from traces.queries.reading import fetch, fetch_within
from traces.queries.summaries import COLUMNS, TraceSummary, summaries
from traces.search import Search

# A condition that more spans fulfil is common: then fewer traces are asked in vain than spans would be collected.
RARE = 10_000
# So few candidates that no second condition need narrow them down.
FEW = 500
MOST_COUNTED = 10_000
COUNT_TIMEOUT_MS = 1_000
MOST_OF_EACH = 1_000
EACH_TIMEOUT_MS = 200
ALL_TIMEOUT_S = 1.0
PROJECT = 1

_SORT_COLUMNS = {
    "start": "start_ns",
    "duration": "duration_ns",
    "spans": "span_count",
    "errors": "error_count",
}
_COLLECT = "select s.trace_id from span s where s.start_ns >= %s and {condition} limit %s"
# OFFSET 0 keeps the planner from turning the question to each trace into a join over all spans.
_SOME_SPAN = """exists (select from span s
    where s.trace_id = t.trace_id and s.start_ns between t.start_ns and t.end_ns and {condition} offset 0)"""
_IS_EMPTY = "select not exists (select from trace)"


class Listing(NamedTuple):
    """A page of traces; `next` is the place where the following one starts; `search` has its time range frozen."""

    traces: list[TraceSummary]
    next: str | None
    search: Search


class Total(NamedTuple):
    """How many traces match; at least so many where it is not exact."""

    number: int
    exact: bool


class Filter(NamedTuple):
    """A condition on trace rows `t`."""

    sql: str
    params: tuple[Any, ...]


def search_traces(search: Search) -> Listing:
    column = _SORT_COLUMNS[search.sort]
    wanted = matching(search)
    if search.after:
        value, _, trace_id = search.after.partition(".")
        place = Filter(f"(t.{column}, t.trace_id) < (%s, %s)", (int(value), UUID(trace_id)))
        wanted = Filter(f"{wanted.sql} and {place.sql}", (*wanted.params, *place.params))
    query = f"select {COLUMNS} from trace t where {wanted.sql} order by t.{column} desc, t.trace_id desc limit %s"
    found = summaries(fetch(query, (*wanted.params, search.limit + 1)))
    return Listing(found[: search.limit], _next(found, search), search)


def count_traces(search: Search, *, most: int = MOST_COUNTED, timeout_ms: int = COUNT_TIMEOUT_MS) -> Total:
    """Exact up to `most`, and as far as the time reaches."""
    wanted = matching(search)
    query = f"select count(*) from (select from trace t where {wanted.sql} limit %s) as found"
    for limit in (most, 100):
        params = (*wanted.params, limit + 1)
        try:
            count = fetch_within(query, params, settings={"statement_timeout": str(timeout_ms)})[0][0]
        except OperationalError as error:
            if not isinstance(error.__cause__, QueryCanceled):
                raise
            continue
        return Total(min(count, limit), exact=count <= limit)
    return Total(0, exact=False)


def count_each(searches: Sequence[Search], *, most: int = MOST_OF_EACH) -> list[Total]:
    """Up to `most` each, and all of them in about a second; what is left then is "at least none"."""
    until_s = time.monotonic() + ALL_TIMEOUT_S
    return [
        count_traces(search, most=most, timeout_ms=EACH_TIMEOUT_MS)
        if time.monotonic() < until_s
        else Total(0, exact=False)
        for search in searches
    ]


def store_is_empty() -> bool:
    return bool(fetch(_IS_EMPTY)[0][0])


def _next(found: Sequence[TraceSummary], search: Search) -> str | None:
    if len(found) <= search.limit:
        return None
    last = found[search.limit - 1]
    return f"{getattr(last, _SORT_COLUMNS[search.sort])}.{last.trace_id.hex()}"


def matching(search: Search) -> Filter:
    """What the search says of trace rows."""
    parts, params = ["t.project = %s"], [PROJECT]
    bounds = (
        ("t.start_ns >= %s", search.start_ns),
        ("t.start_ns < %s", search.end_ns),
        ("t.duration_ns >= %s", search.min_duration_ns),
        ("t.duration_ns <= %s", search.max_duration_ns),
    )
    for sql, bound in bounds:
        if bound is not None:
            parts.append(sql)
            params.append(bound)
    for sql, more in _on_spans(search):
        parts.append(sql)
        params.extend(more)
    return Filter(" and ".join(parts), tuple(params))


def _on_spans(search: Search) -> list[Filter]:
    """The conditions on spans as filters of traces, the rarest of them as a list of candidates."""
    if search == replace(search.without("status"), status="error") and not (search.service or search.operation):
        # Each row counts its errors, and an index knows those that have some.
        found = [Filter("t.error_count > 0", ())]
        wanted = conditions(search.without("status"))
    else:
        found, wanted = [], conditions(search)
    if any(condition.sql == NEVER for condition in wanted):
        return [Filter("false", ())]
    rarest, candidates = _rarest(wanted, search.start_ns or -(1 << 63))
    if candidates is not None:
        found.append(Filter("t.trace_id = any(%s)", (candidates,)))
    rest = [condition for condition in wanted if condition is not rarest]
    return found + [Filter(_SOME_SPAN.format(condition=one.sql), one.params) for one in rest]


def _rarest(wanted: list[Condition], start_ns: int) -> tuple[Condition | None, list[UUID] | None]:
    """The condition that the fewest spans fulfil and their traces; None where all are common.

    A span starts no earlier than its trace, but as late as it likes.
    """
    best: tuple[Condition | None, list[UUID] | None] = (None, None)
    most = RARE
    for condition in wanted:
        if not condition.indexed:
            continue
        query = _COLLECT.format(condition=condition.sql)
        rows = fetch_within(query, (start_ns, *condition.params, most + 1), settings={"enable_seqscan": "off"})
        if len(rows) <= most:
            best, most = (condition, list({row[0] for row in rows})), len(rows)
            if most <= FEW:
                break
    return best
