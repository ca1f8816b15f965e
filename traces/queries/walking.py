"""A question about traces -> those that match, walked over in an order, batch by batch, until time is over.

What is found is always the beginning of the whole answer: what ends early says how far it came.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID

from django.db import OperationalError
from psycopg.errors import QueryCanceled

from traces.core.meaning import Condition
from traces.queries.deciding import Extent, decide
from traces.queries.filters import Wanted
from traces.queries.reading import fetch_within
from traces.queries.sql import ALWAYS, NEVER, Sql, all_sql, between

BOX_MS = 1_000
LEAST_TIMEOUT_MS = 100
QUICK_MS, GROWTH = 200, 4
# As many have their spans read to be decided.
MOST_DECIDED = 200
KEY = "t.trace_id, t.start_ns, t.end_ns"
# The planner keeps the inner order, so nothing is looked at behind the last row that is wanted.
TOLD = """
select t.{column}, {columns} from (
    select t.* from {traces} t where {bounds} order by t.{column} desc, t.trace_id desc limit %s) as t
where {told} order by t.{column} desc, t.trace_id desc limit %s"""
# Whose spans are to be asked: the number and the last of these traces, their time, and their ids as they go back.
AHEAD = """
select count(*), min(t.{column}), min(t.start_ns), max(t.end_ns),
    array_agg(t.trace_id order by t.{column} desc, t.trace_id desc)::text
from (
    select t.* from (
        select t.* from {traces} t where {bounds} order by t.{column} desc, t.trace_id desc limit %s) as t
    where {told} order by t.{column} desc, t.trace_id desc limit %s) as t"""
ASKED = """
select t.{column}, {columns} from (
    select t.* from trace t where t.trace_id = any(%s::uuid[]) order by t.{column} desc, t.trace_id desc offset 0) as t
where {asked} limit %s"""
EDGE = """
select t.{column}, t.trace_id from {traces} t where {bounds}
order by t.{column} desc, t.trace_id desc offset %s limit 1"""
# The planner would rather walk through all of an order than look up some hundred of its traces.
AMONG = "(select * from trace where trace_id = any(%s) offset 0)"
AFTER = "(t.{column}, t.trace_id) < (%s, %s)"
# Of an array's text: the last id and the brace.
LAST_ID = 37


class Question(NamedTuple):
    """Traces within the bounds that fulfil what is wanted, and satisfy the query, where one has to be decided."""

    bounds: Sql
    wanted: Wanted = Wanted()
    undecided: Condition | None = None
    among: tuple[UUID, ...] | None = None  # where it is known which can

    @property
    def looks_at_spans(self) -> bool:
        return self.wanted.asked != ALWAYS or self.undecided is not None

    @property
    def sql(self) -> Sql:
        among = ALWAYS if self.among is None else Sql("t.trace_id = any(%s)", (list(self.among),))
        return all_sql([self.bounds, among, self.wanted.sql])

    @property
    def is_hopeless(self) -> bool:
        return NEVER in self.wanted


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

    def then(self, more: Walked) -> Walked:
        return Walked(self.rows + more.rows, more.until)


class Order(NamedTuple):
    """Descending by a column of `trace`, from behind a place on; so many rows, with KEY and what else is asked for."""

    column: str
    most: int
    after: Place | None = None
    columns: str = KEY

    def behind(self, found: Walked) -> Order:
        return self._replace(most=self.most - len(found.rows), after=found.until)


class Size(NamedTuple):
    """Of a batch: the rows looked at, which costs next to nothing, and the traces whose spans are asked, which does."""

    rows: int
    asked: int

    def grown(self) -> Size:
        return Size(min(self.rows * GROWTH, MOST.rows), min(self.asked * GROWTH, MOST.asked))

    def shrunk(self) -> Size:
        return Size(max(self.rows // GROWTH**3, LEAST.rows), max(self.asked // GROWTH**3, LEAST.asked))


# As many tell what is common.
LOOK = Size(4_096, 64)
FIRST, LEAST, MOST = Size(4_096, 256), Size(64, 1), Size(65_536, 65_536)


def walk(question: Question, order: Order, *, box_ms: float, batches: int | None = None, size: Size = FIRST) -> Walked:
    """The first that match, as far as the time or so many batches reach; a batch that takes too long is the last of
    these."""
    ends_ms = now_ms() + box_ms
    size = Size(max(size.rows, len(question.among or ())), max(size.asked, len(question.among or ())))
    found = Walked([], order.after or START)
    is_first = True
    while len(found.rows) < order.most and batches != 0 and found.until is not None:
        began_ms = now_ms()
        # Of the first half the time: where it looks at too many, there is some left for fewer.
        timeout_ms = max(int(ends_ms - began_ms) // (2 if is_first else 1), LEAST_TIMEOUT_MS)
        try:
            found = found.then(_batch(question, order.behind(found), size, timeout_ms))
        except OperationalError as error:
            if not isinstance(error.__cause__, QueryCanceled):
                raise
            if size == LEAST or batches is not None or (not is_first and now_ms() > ends_ms):
                break
            size = size.shrunk()
            continue
        if now_ms() > ends_ms:
            break
        is_first, batches = False, None if batches is None else batches - 1
        size = size.grown() if now_ms() - began_ms < QUICK_MS else size
    return found


def _batch(question: Question, order: Order, size: Size, timeout_ms: int) -> Walked:
    """Of the next traces those that match, and where to go on."""
    most = order.most if question.undecided is None else MOST_DECIDED
    found = _Batch(question, order, size, most, {"statement_timeout": f"{timeout_ms}ms"}).read()
    if question.undecided is None or not found.rows:
        return found
    decided = decide(question.undecided, [Extent(*row[1:4]) for row in found.rows], timeout_ms=timeout_ms)
    kept = [row for row in found.rows if row[1] in decided.satisfied]
    if len(kept) > order.most:
        return _up_to(kept, order.most)
    if decided.number < len(found.rows):
        return Walked(kept, _up_to(found.rows, decided.number).until)
    return Walked(kept, found.until)


def _up_to(rows: list[tuple[Any, ...]], number: int) -> Walked:
    return Walked(rows[:number], Place(*rows[number - 1][:2]))


class _Batch(NamedTuple):
    question: Question
    order: Order
    size: Size
    most: int
    settings: Mapping[str, str]

    def read(self) -> Walked:
        """Those that fulfil what is wanted."""
        wanted, most = self.question.wanted, self.most
        if wanted.asked == ALWAYS:
            rows = self._fetch(TOLD, self.size.rows, *wanted.told.params, most)
            return Walked(rows, self._behind(rows) or self._edge())
        ((number, value, first_ns, last_ns, ids),) = self._fetch(
            AHEAD, self.size.rows, *wanted.told.params, self.size.asked
        )
        if not number:
            return Walked([], self._edge())
        asked = between(wanted.asked, first_ns, last_ns)
        rows = self._fetch(ASKED, ids, *asked.params, most, asked=asked.text)
        until = Place(value, UUID(ids[-LAST_ID:-1])) if number == self.size.asked else self._edge()
        return Walked(rows, self._behind(rows) or until)

    def _behind(self, rows: list[tuple[Any, ...]]) -> Place | None:
        return Place(*rows[-1][:2]) if len(rows) == self.most else None

    def _edge(self) -> Place | None:
        """The last trace that was looked at; None where that was the last of all."""
        if self.question.among is not None and len(self.question.among) <= self.size.rows:
            return None
        found = self._fetch(EDGE, self.size.rows - 1)
        return Place(*found[0]) if found else None

    def _fetch(self, query: str, *params: object, asked: str = "") -> list[tuple[Any, ...]]:
        bounds, order, among = self.question.bounds, self.order, self.question.among
        traces = Sql("trace") if among is None else Sql(AMONG, (list(among),))
        if order.after is not None:
            bounds = all_sql([bounds, Sql(AFTER.format(column=order.column), tuple(order.after))])
        text = query.format(
            traces=traces.text,
            column=order.column,
            columns=order.columns,
            bounds=bounds.text,
            told=self.question.wanted.told.text,
            asked=asked,
        )
        before = (*traces.params, *bounds.params) if "{bounds}" in query else ()
        return fetch_within(text, (*before, *params), settings=self.settings)


def now_ms() -> float:
    return time.monotonic() * 1_000
