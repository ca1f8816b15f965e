"""A question, an order and a size -> of the next traces those that match, in one go at the database."""

from __future__ import annotations

from typing import Any, NamedTuple
from uuid import UUID

from traces.core.meaning import Condition
from traces.queries.deciding import AT_ONCE, decide
from traces.queries.known import Extent
from traces.queries.reading import UnlessStopped, fetch_within
from traces.queries.sql import ALWAYS, Sql, all_sql, between
from traces.queries.walked import AFTER, Order, Place, Question, Walked

# As many have their spans read to be decided.
MOST_DECIDED = 200
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
# Of an array's text: the last id and the brace.
LAST_ID = 37


class Size(NamedTuple):
    """Of a batch: the rows looked at, which costs next to nothing, and the traces whose spans are asked, which does."""

    rows: int
    asked: int


class Batch(NamedTuple):
    """`timeout_ms` is what a query may take; one about a single trace may take the fair time, whatever that is."""

    question: Question
    order: Order
    size: Size
    timeout_ms: int
    fair_ms: int

    def matching(self) -> Walked | None:
        """None where it takes too long."""
        with UnlessStopped():
            found, undecided = self._read(), self.question.undecided
            return found if undecided is None or not found.rows else self._decided(undecided, found)
        return None

    def _decided(self, query: Condition, found: Walked) -> Walked | None:
        extents = [Extent(*row[1:5]) for row in found.rows]
        decided = decide(
            query,
            extents,
            timeout_ms=self.timeout_ms,
            at_once=min(self.size.asked, AT_ONCE),
            fair_ms=self.fair_ms,
        )
        if not decided.number:
            return None
        seen = found if decided.number == len(found.rows) else found.up_to(decided.number)
        too_large = tuple(Place(*row[:2]) for row in seen.rows if row[1] in decided.too_large)
        kept = Walked([row for row in seen.rows if row[1] in decided.satisfied], seen.until, seen.too_large + too_large)
        return kept.up_to(self.order.most) if len(kept.rows) > self.order.most else kept

    def _read(self) -> Walked:
        """Those that fulfil what is wanted."""
        wanted, told = self.question.wanted, self.question.wanted.told.params
        if wanted.asked == ALWAYS:
            rows = self._fetch(TOLD, self.size.rows, *told, self._most)
            return Walked(rows, self._behind(rows) or self._edge())
        ((number, value, first_ns, last_ns, ids),) = self._fetch(AHEAD, self.size.rows, *told, self.size.asked)
        if not number:
            return Walked([], self._edge())
        last, asked = Place(value, UUID(ids[-LAST_ID:-1])), between(wanted.asked, first_ns, last_ns)
        until = last if number == self.size.asked else self._edge()
        if number > 1 or not self.fair_ms:
            rows = self._ask(ids, asked, self.timeout_ms)
            return Walked(rows, self._behind(rows) or until)
        with UnlessStopped():
            rows = self._ask(ids, asked, max(self.timeout_ms, self.fair_ms))
            return Walked(rows, self._behind(rows) or until)
        return Walked([], until, (last,))

    def _ask(self, ids: str, asked: Sql, timeout_ms: int) -> list[tuple[Any, ...]]:
        return self._fetch(ASKED, ids, *asked.params, self._most, asked=asked.text, timeout_ms=timeout_ms)

    @property
    def _most(self) -> int:
        return self.order.most if self.question.undecided is None else MOST_DECIDED

    def _behind(self, rows: list[tuple[Any, ...]]) -> Place | None:
        return Place(*rows[-1][:2]) if len(rows) == self._most else None

    def _edge(self) -> Place | None:
        """The last trace that was looked at; None where that was the last of all."""
        if self.question.among is not None and len(self.question.among) <= self.size.rows:
            return None
        found = self._fetch(EDGE, self.size.rows - 1)
        return Place(*found[0]) if found else None

    def _fetch(self, query: str, *params: object, asked: str = "", timeout_ms: int = 0) -> list[tuple[Any, ...]]:
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
        return fetch_within(
            text, (*before, *params), settings={"statement_timeout": f"{timeout_ms or self.timeout_ms}ms"}
        )
