"""What is walked over: a question about traces, an order to look at them in, and how far somebody came."""

from __future__ import annotations

from typing import Any, NamedTuple
from uuid import UUID

from traces.core.meaning import Condition
from traces.queries.filters import Wanted
from traces.queries.sql import ALWAYS, NEVER, Sql, all_sql

KEY = "t.trace_id, t.start_ns, t.end_ns, t.span_count"
AFTER = "(t.{column}, t.trace_id) < (%s, %s)"


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


class Walked(NamedTuple):
    """Rows begin with the order's value and KEY. `until`: nothing behind it was looked at; None: nothing is left."""

    rows: list[tuple[Any, ...]]
    until: Place | None
    too_large: tuple[Place, ...] = ()  # each of them alone took too long to look at, and was stepped over

    def then(self, more: Walked) -> Walked:
        return Walked(self.rows + more.rows, more.until, self.too_large + more.too_large)

    def up_to(self, number: int) -> Walked:
        """With so many rows."""
        until = Place(*self.rows[number - 1][:2])
        return Walked(self.rows[:number], until, tuple(place for place in self.too_large if place >= until))

    @property
    def is_complete(self) -> bool:
        return self.until is None and not self.too_large


class Order(NamedTuple):
    """Descending by a column of `trace`, from behind a place on; so many rows, with KEY and what else is asked for."""

    column: str
    most: int
    after: Place | None = None
    columns: str = KEY

    def behind(self, found: Walked) -> Order:
        return self._replace(most=self.most - len(found.rows), after=found.until)
