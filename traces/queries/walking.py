"""A question about traces -> those that match, walked over in an order, batch by batch, until time is over.

What is found is always the beginning of the whole answer: what ends early says how far it came.
"""

from __future__ import annotations

import time
from typing import Any, NamedTuple
from uuid import UUID

from django.db import OperationalError
from psycopg.errors import QueryCanceled

from traces.core.meaning import Condition
from traces.queries.deciding import Extent, satisfying
from traces.queries.reading import fetch_within
from traces.queries.sql import ALWAYS, Sql, all_sql

BOX_MS = 1_000
LEAST_TIMEOUT_MS = 100
# Traces to look at in one go: what their rows say themselves costs next to nothing, a look at their spans does.
LARGEST_BATCH, ROWS_BATCH, FIRST_BATCH, LEAST_BATCH = 65_536, 4_096, 256, 16
QUICK_MS, GROWTH = 200, 4
# As many tell what is common.
SAMPLE = 32
# As many have their spans read to be decided.
MOST_DECIDED = 200
KEY = "t.trace_id, t.start_ns, t.end_ns"
# The planner keeps the inner order, so nothing is looked at behind the last row that is wanted.
BATCH = """
select t.{column}, {columns} from (
    select t.* from trace t where {bounds} order by t.{column} desc, t.trace_id desc limit %s) as t
where {wanted} order by t.{column} desc, t.trace_id desc limit %s"""
EDGE = """
select t.{column}, t.trace_id from trace t where {bounds}
order by t.{column} desc, t.trace_id desc offset %s limit 1"""
AFTER = "(t.{column}, t.trace_id) < (%s, %s)"


class Question(NamedTuple):
    """Traces within the bounds that fulfil what is wanted, and satisfy the query, where one has to be decided."""

    bounds: Sql
    wanted: Sql = ALWAYS
    undecided: Condition | None = None
    looks_at_spans: bool = False
    most_traces: int | None = None  # within the bounds, where that is known


class Place(NamedTuple):
    """In an order: a trace's value, and its id."""

    value: int
    trace_id: UUID


# Before all traces: nothing was looked at.
START = Place((1 << 63) - 1, UUID(int=(1 << 128) - 1))


class Walked(NamedTuple):
    """Rows begin with the order's value and KEY. `until`: nothing behind it was looked at; None: nothing is left."""

    rows: list[tuple[Any, ...]]
    until: Place | None


class Order(NamedTuple):
    """Descending by a column of `trace`, from behind a place on; so many rows, with KEY and what else is asked for."""

    column: str
    most: int
    after: Place | None = None
    columns: str = KEY


def glance(question: Question, order: Order) -> int:
    """How many of the first few traces match; none where looking takes long."""
    query, params = _query(question, order, SAMPLE, SAMPLE)
    try:
        rows = fetch_within(query, params, settings={"statement_timeout": str(LEAST_TIMEOUT_MS)})
    except OperationalError as error:
        if not isinstance(error.__cause__, QueryCanceled):
            raise
        return 0
    return len(rows)


def walk(
    question: Question, order: Order, *, box_ms: float, batches: int | None = None, first: int = FIRST_BATCH
) -> Walked:
    """The first that match, as far as the time or so many batches reach; `first` traces in the first of these."""
    ends_ms, most = now_ms() + box_ms, order.most
    after: Place | None = order.after or START
    size = min(max(first, FIRST_BATCH), ROWS_BATCH)
    size = size if question.looks_at_spans or question.undecided else ROWS_BATCH
    size = max(size, question.most_traces or 0)
    rows: list[tuple[Any, ...]] = []
    while len(rows) < most and batches != 0:
        began_ms = now_ms()
        try:
            batch = _batch(question, order._replace(after=after, most=most - len(rows)), size, int(ends_ms - began_ms))
        except OperationalError as error:
            if not isinstance(error.__cause__, QueryCanceled):
                raise
            if size == LEAST_BATCH or (rows and now_ms() > ends_ms):
                break
            size = max(size // GROWTH**3, LEAST_BATCH)
            continue
        rows, after = rows + batch.rows, batch.until
        if after is None or now_ms() > ends_ms:
            break
        batches = None if batches is None else batches - 1
        size *= GROWTH if now_ms() - began_ms < QUICK_MS and size < LARGEST_BATCH else 1
    return Walked(rows, after)


def _batch(question: Question, order: Order, size: int, timeout_ms: int) -> Walked:
    """Of the next `size` traces those that match, and where to go on."""
    timeout_ms, most = max(timeout_ms, LEAST_TIMEOUT_MS), order.most
    limit = most if question.undecided is None else MOST_DECIDED
    query, params = _query(question, order, size, limit)
    rows = fetch_within(query, params, settings={"statement_timeout": str(timeout_ms)})
    until: Place | None = None
    if len(rows) == limit:
        until = Place(*rows[-1][:2])
    elif question.most_traces is None or question.most_traces > size:
        bounds = _bounds(question, order)
        query = EDGE.format(column=order.column, bounds=bounds.text)
        edge = fetch_within(query, (*bounds.params, size - 1), settings={"statement_timeout": str(timeout_ms)})
        until = Place(*edge[0]) if edge else None
    if question.undecided is None or not rows:
        return Walked(rows, until)
    satisfied = satisfying(question.undecided, [Extent(*row[1:4]) for row in rows], timeout_ms=timeout_ms)
    kept = [row for row in rows if row[1] in satisfied]
    if len(kept) > most:
        return Walked(kept[:most], Place(*kept[most - 1][:2]))
    return Walked(kept, until)


def _query(question: Question, order: Order, size: int, limit: int) -> tuple[str, tuple[Any, ...]]:
    bounds, wanted = _bounds(question, order), question.wanted
    query = BATCH.format(column=order.column, columns=order.columns, bounds=bounds.text, wanted=wanted.text)
    return query, (*bounds.params, size, *wanted.params, limit)


def _bounds(question: Question, order: Order) -> Sql:
    if order.after is None:
        return question.bounds
    return all_sql([question.bounds, Sql(AFTER.format(column=order.column), tuple(order.after))])


def now_ms() -> float:
    return time.monotonic() * 1_000
