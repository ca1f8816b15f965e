"""A query and traces that fulfil what is needed for it -> those that satisfy it, decided in core.

The database says of each span which conditions it satisfies, in narrow rows; what concerns more than one span, and what
time a span had for itself, is decided by `core.evaluation`.
"""

from __future__ import annotations

import time
from array import array
from collections.abc import Collection, Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple
from uuid import UUID

from django.db import OperationalError
from psycopg.errors import QueryCanceled

from traces.core.columns import Columns, Instance, Operation
from traces.core.comparing import holds
from traces.core.evaluation import evaluate, facts_of, settled, span_conditions
from traces.core.meaning import And, Condition, Intrinsic, Not, Or, Trace
from traces.core.satisfying import NO_FACTS, values_of
from traces.core.self_time import self_times_of
from traces.core.span import Span
from traces.core.subjects import Field, Subject
from traces.core.tree import trace_of
from traces.core.values import Value, key_from_text
from traces.queries import names
from traces.queries.conditions import on_span
from traces.queries.reading import fetch_within
from traces.queries.spans import stream_spans
from traces.queries.sql import OF_TRACE, Sql, between

# One look into the primary key for each trace, whatever the planner thinks.
ROWS = f"""
select s.* from unnest(%s::uuid[], %s::bigint[], %s::bigint[]) as t (trace_id, start_ns, end_ns)
cross join lateral (
    select s.trace_id, s.span_id, coalesce(s.parent_span_id, 0), s.start_ns, s.duration_ns, s.operation_id, s.status,
        s.name{{}}
    from span s where {OF_TRACE}
    order by s.start_ns, s.span_id
) as s"""
NARROW = 8
# So many traces are read before the first of them is decided.
AT_ONCE = 20
_NARROW_FIELDS = (Field.SERVICE, Field.NAME, Field.KIND, Field.STATUS, Field.DURATION)
_ONE_INSTANCE = [Instance("", "", "")]


class Extent(NamedTuple):
    """Where the spans of a trace are."""

    trace_id: UUID
    start_ns: int
    end_ns: int


class _Asked(NamedTuple):
    """What the database is asked of each span: the leaves of a query."""

    text: str
    params: Sequence[object]
    leaves: Sequence[Condition]


class Decided(NamedTuple):
    """Which of the first `number` traces satisfy a query."""

    satisfied: set[UUID]
    number: int


def decide(query: Condition, traces: Sequence[Extent], *, timeout_ms: int) -> Decided:
    """Of the first of these traces as many as the time reaches for.

    Raises OperationalError, caused by QueryCanceled, where it doesn't for the first.
    """
    until_s, satisfied, number = time.monotonic() + timeout_ms / 1_000, set[UUID](), 0
    asked = _asked(query)
    for first in range(0, len(traces), AT_ONCE):
        some = traces[first : first + AT_ONCE]
        try:
            found = {rows.id: rows for rows in _read(asked, some, _left_ms(until_s))}
            for trace in some:
                if trace.trace_id in found and evaluate(query, found[trace.trace_id]).satisfied:
                    satisfied.add(trace.trace_id)
                number += 1
        except OperationalError as error:
            if not number or not isinstance(error.__cause__, QueryCanceled):
                raise
            break
    return Decided(satisfied, number)


def _left_ms(until_s: float) -> int:
    return max(int((until_s - time.monotonic()) * 1_000), 1)


def found_spans(query: Condition, trace: Extent, *, timeout_ms: int) -> list[tuple[int, int]]:
    """Signed ids and starts of the spans that the query finds in a trace. Raises as `decide` does."""
    return [
        (columns.span_ids[row], columns.starts_ns[row])
        for rows in _read(_asked(query), [trace], timeout_ms)
        for columns in [rows.trace.columns]
        for row in [rows.trace.order[place] for place in evaluate(query, rows).places]
    ]


def found_values(
    query: Condition, traces: Sequence[Extent], subjects: Sequence[Subject], *, timeout_ms: int
) -> Iterator[tuple[UUID, list[tuple[int, list[Value]]]]]:
    """Of each trace the starts of the spans that the query finds, with the first value of each subject."""
    for rows in _read(_asked(query), traces, timeout_ms):
        starts_ns, order = rows.trace.columns.starts_ns, rows.trace.order
        places = evaluate(query, rows).places
        yield rows.id, [(starts_ns[order[place]], [rows.value(one, place) for one in subjects]) for place in places]


def _asked(query: Condition) -> _Asked:
    leaves = list(dict.fromkeys(leaf for condition in span_conditions(query) for leaf in _leaves(condition)))
    asked = [on_span(leaf).sql for leaf in leaves]
    text = ROWS.format("".join(f", ({item.text}) is true" for item in asked))
    return _Asked(text, [param for item in asked for param in item.params], leaves)


def _read(asked: _Asked, traces: Sequence[Extent], timeout_ms: int) -> Iterator[_Rows]:
    """Each trace with what the database says of its spans."""
    ids, starts_ns, ends_ns = map(list, zip(*traces, strict=True))
    query = between(Sql(asked.text, (ids, starts_ns, ends_ns, *asked.params)), min(starts_ns), max(ends_ns))
    until_s = time.monotonic() + timeout_ms / 1_000
    found = fetch_within(query.text, query.params, settings={"statement_timeout": str(timeout_ms)})
    for trace_id, rows in groupby(found, key=lambda row: row[0]):
        yield _Rows(trace_id, list(rows), asked.leaves, until_s)


def _leaves(condition: Condition) -> Iterator[Condition]:
    """What the database is asked of each span: the condition, or its parts where one of them is known here alone."""
    if _is_asked_whole(condition):
        yield settled(condition, NO_FACTS)
    elif isinstance(condition, And | Or):
        for item in condition.items:
            yield from _atoms(item)
    elif isinstance(condition, Not):
        yield from _atoms(condition.item)


def _atoms(condition: Condition) -> Iterator[Condition]:
    match condition:
        case And(items) | Or(items):
            for item in items:
                yield from _atoms(item)
        case Not(item):
            yield from _atoms(item)
        case _ if _is_asked_whole(condition):
            yield condition


def _is_asked_whole(condition: Condition) -> bool:
    match condition:
        case And(items) | Or(items):
            return all(map(_is_asked_whole, items))
        case Not(item):
            return _is_asked_whole(item)
    return not (isinstance(condition, Trace) or _is_self_time(condition))


def _is_self_time(condition: Condition) -> bool:
    return isinstance(condition, Intrinsic) and condition.field is Field.SELF_TIME


class _Rows:
    """What `core.evaluation` asks of a trace, from its narrow rows."""

    def __init__(
        self, trace_id: UUID, rows: Sequence[tuple[Any, ...]], leaves: Sequence[Condition], until_s: float
    ) -> None:
        self.id, self._until_s = trace_id, until_s
        self._stop_if_late()
        self.trace = trace_of(_columns(trace_id.bytes, rows))
        self.facts = facts_of(self.trace)
        self._spans = [place for place in range(len(self.trace)) if self.trace.order[place] < len(rows)]
        order = self.trace.order
        self._known = {
            leaf: frozenset(place for place in self._spans if rows[order[place]][column])
            for column, leaf in enumerate(leaves, NARROW)
        }
        self._self_times_ns: Sequence[int] | None = None
        self._whole: dict[tuple[int, bytes], Span] | None = None

    def places(self, condition: Condition) -> Collection[int]:
        self._stop_if_late()
        if condition in self._known:
            return self._known[condition]
        match condition:
            case And(items):
                return frozenset(self._spans).intersection(*map(self.places, items))
            case Or(items):
                return frozenset().union(*map(self.places, items))
            case Not(item):
                return frozenset(self._spans).difference(self.places(item))
            case Intrinsic(_, op, values):
                return [place for place in self._spans if holds([self._self_time_ns(place)], op, values)]
        raise TypeError(f"{type(condition).__name__} was not asked for")

    def value(self, subject: Subject, place: int) -> Value:
        self._stop_if_late()
        if subject is Field.SELF_TIME:
            return self._self_time_ns(place)
        span = self.trace.columns.span(self.trace.order[place])
        if subject not in _NARROW_FIELDS:
            span = self._whole_span(span)
        found = values_of(span, subject)
        return found[0] if found else None

    def _stop_if_late(self) -> None:
        """Core has no clock: it is looked at whenever core asks for something."""
        if time.monotonic() > self._until_s:
            raise OperationalError("deciding takes too long") from QueryCanceled()

    def _self_time_ns(self, place: int) -> int:
        if self._self_times_ns is None:
            self._self_times_ns = self_times_of(self.trace)
        return self._self_times_ns[place]

    def _whole_span(self, narrow: Span) -> Span:
        """Of what a stage looks at; a trace's spans are read once for all of them."""
        if self._whole is None:
            self._whole = {}
            for span in stream_spans(narrow.trace_id):
                self._stop_if_late()
                self._whole[span.start_ns, span.span_id] = span
        return self._whole.get((narrow.start_ns, narrow.span_id), narrow)


def _columns(trace_id: bytes, rows: Sequence[tuple[Any, ...]]) -> Columns:
    known = names.operations({row[5] for row in rows})
    places: dict[Operation, int] = {}
    of_rows = [places.setdefault(_operation(known[row[5]], row[7]), len(places)) for row in rows]
    return Columns(
        trace_id,
        array("q", [row[1] for row in rows]),
        array("q", [row[2] for row in rows]),
        array("q", [row[3] for row in rows]),
        array("q", [row[4] for row in rows]),
        array("i", of_rows),
        array("h", [row[6] for row in rows]),
        list(places),
        array("i", [0]) * len(rows),
        _ONE_INSTANCE,
    )


def _operation(known: names.Operation, own_name: str | None) -> Operation:
    name = known.name if own_name is None else key_from_text(own_name)
    return Operation(known.service, name or "", known.kind)
