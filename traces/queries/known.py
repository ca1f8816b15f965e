"""A query and traces -> what the database says of each trace's spans, which is what `core.evaluation` asks for.

Of each span it says which conditions it satisfies, a byte each, beside the narrow columns that a tree is built from.
"""

from __future__ import annotations

import time
from array import array
from collections.abc import Collection, Iterator, Sequence
from itertools import compress
from typing import NamedTuple
from uuid import UUID

from django.db import OperationalError
from psycopg.errors import QueryCanceled

from traces.core.columns import Columns, Instance
from traces.core.comparing import holds
from traces.core.evaluation import facts_of, settled, span_conditions
from traces.core.meaning import And, Condition, Intrinsic, Not, Or, Trace
from traces.core.satisfying import NO_FACTS, values_of
from traces.core.self_time import self_times_of
from traces.core.span import Span
from traces.core.subjects import Field, Subject
from traces.core.tree import trace_of
from traces.core.values import Value
from traces.queries.columns import numbers, with_operations
from traces.queries.conditions import on_span
from traces.queries.reading import fetch_within
from traces.queries.spans import stream_spans
from traces.queries.sql import OF_TRACE, Sql, between

# One look into the primary key for each trace, whatever the planner thinks; a value a column instead of a row a span.
PACKED = f"""
select t.trace_id, packed.* from unnest(%s::uuid[], %s::bigint[], %s::bigint[]) as t (trace_id, start_ns, end_ns)
cross join lateral (
    select string_agg(int8send(span_id), ''), string_agg(int8send(coalesce(parent_span_id, 0)), ''),
        string_agg(int8send(start_ns), ''), string_agg(int8send(duration_ns), ''),
        string_agg(int4send(operation_id), ''), string_agg(int2send(status), ''){{packed}}
    from (
        select s.span_id, s.parent_span_id, s.start_ns, s.duration_ns, s.operation_id, s.status{{leaves}}
        from span s where {OF_TRACE}
        order by s.start_ns, s.span_id
    ) as ordered
) as packed"""
# Beside the trace's id.
NARROW = 6
_NARROW_FIELDS = (Field.SERVICE, Field.NAME, Field.KIND, Field.STATUS, Field.DURATION)
_ONE_INSTANCE = [Instance("", "", "")]


class Extent(NamedTuple):
    """Where the spans of a trace are, and how many."""

    trace_id: UUID
    start_ns: int
    end_ns: int
    spans: int


class Asked(NamedTuple):
    """What the database is asked of each span: the leaves of a query."""

    text: str
    params: Sequence[object]
    leaves: Sequence[Condition]


def asked_of(query: Condition) -> Asked:
    leaves = list(dict.fromkeys(leaf for condition in span_conditions(query) for leaf in _leaves(condition)))
    asked = [on_span(leaf).sql for leaf in leaves]
    text = PACKED.format(
        packed="".join(f", string_agg(boolsend(leaf_{n}), '')" for n in range(len(leaves))),
        leaves="".join(f", ({item.text}) is true as leaf_{n}" for n, item in enumerate(asked)),
    )
    return Asked(text, [param for item in asked for param in item.params], leaves)


def known_of(asked: Asked, traces: Sequence[Extent], timeout_ms: int) -> Iterator[KnownTrace]:
    """Each trace with what the database says of its spans.

    Raises OperationalError, caused by QueryCanceled, after the time, and so does what it returns.
    """
    ids, starts_ns, ends_ns, _ = map(list, zip(*traces, strict=True))
    query = between(Sql(asked.text, (ids, starts_ns, ends_ns, *asked.params)), min(starts_ns), max(ends_ns))
    until_s = time.monotonic() + timeout_ms / 1_000
    found = fetch_within(query.text, query.params, settings={"statement_timeout": str(timeout_ms)})
    for trace_id, *packed in found:
        if packed[0] is not None:
            yield KnownTrace(trace_id, packed, asked.leaves, until_s)


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


class KnownTrace:
    """What `core.evaluation` asks of a trace, from its packed columns; core has no clock, so this looks at it."""

    def __init__(self, trace_id: UUID, packed: Sequence[bytes], leaves: Sequence[Condition], until_s: float) -> None:
        self.id, self._until_s = trace_id, until_s
        self._stop_if_late()
        self.trace = trace_of(_columns(trace_id.bytes, packed))
        self._stop_if_late()
        self.facts = facts_of(self.trace)
        order, places, spans = self.trace.order, range(len(self.trace)), len(packed[0]) // 8
        self._spans = places if spans == len(order) else [place for place in places if order[place] < spans]
        stand_ins = bytes(len(order) - spans)
        self._known = {
            leaf: frozenset(compress(places, map((holds_at + stand_ins).__getitem__, order)))
            for leaf, holds_at in zip(leaves, packed[NARROW:], strict=True)
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


def _columns(trace_id: bytes, packed: Sequence[bytes]) -> Columns:
    span_ids, parent_ids, starts_ns, durations_ns, operations, statuses = map(numbers, "qqqqih", packed)
    nobody = array("i", [0]) * len(statuses)
    columns = Columns(
        trace_id, span_ids, parent_ids, starts_ns, durations_ns, operations, statuses, (), nobody, _ONE_INSTANCE
    )
    return with_operations(columns)
