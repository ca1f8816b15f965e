"""In: a query, and what is known of one trace. Out: whether the trace satisfies it, and which of its spans are found.

Who knows the trace says which spans satisfy a condition on one span: a database, or `SpansAtHand`, which has the
spans. What concerns more than one span is decided here, and only here; nothing recurses over a trace.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple, Protocol

from traces.core.columns import NO_ID, STAND_IN, signed_id
from traces.core.grouping import through_stages
from traces.core.meaning import EVERY, And, Condition, Filter, Not, Or, Pipeline, Some, Structure, Trace, all_of, any_of
from traces.core.relations import related, related_to
from traces.core.satisfying import Facts, fact_holds, satisfies, values_of
from traces.core.self_time import self_times_of
from traces.core.span import Span
from traces.core.subjects import Fact, Subject, TypedValue
from traces.core.trace import Trace as LaidOut
from traces.core.tree import build_trace
from traces.core.values import Value


class Known(Protocol):
    """What there is to know of a trace. Places are those of `trace`; a stand-in's is never among them."""

    @property
    def trace(self) -> LaidOut: ...
    @property
    def facts(self) -> Facts: ...
    def places(self, condition: Condition) -> Collection[int]:
        """The spans that satisfy a condition on one span, in any order. No Trace is left in it."""

    def value(self, subject: Subject, place: int) -> Value:
        """The first value; None where there is none. Asked for by aggregates and groups only."""


class Found(NamedTuple):
    satisfied: bool
    places: frozenset[int] = frozenset()


def evaluate(query: Condition, known: Known) -> Found:
    """Linear in the trace, times the conditions and the groups of the query."""
    match query:
        case Some(condition):
            places = frozenset(known.places(settled(condition, known.facts)))
            return Found(bool(places), places)
        case Trace():
            return Found(fact_holds(query, known.facts))
        case Not(item):
            return Found(not evaluate(item, known).satisfied)
        case And(items):
            parts = [evaluate(item, known) for item in items]
            return _together(parts) if all(part.satisfied for part in parts) else Found(False)
        case Or(items):
            parts = [part for part in (evaluate(item, known) for item in items) if part.satisfied]
            return _together(parts) if parts else Found(False)
        case Structure():
            return _structure(query, known)
        case Pipeline():
            return _pipeline(query, known)
    raise TypeError(f"{type(query).__name__} is no condition on a trace")


def settled(condition: Condition, facts: Facts) -> Condition:
    """A condition on one span in which what concerns the trace is decided: nothing but spans is spoken of."""
    match condition:
        case Trace():
            return EVERY if fact_holds(condition, facts) else Not(EVERY)
        case And(items):
            return all_of(*(settled(item, facts) for item in items))
        case Or(items):
            return any_of(*(settled(item, facts) for item in items))
        case Not(item):
            return Not(settled(item, facts))
    return condition


def span_conditions(query: Condition) -> Iterator[Condition]:
    """Every condition on one span that `evaluate` may ask for, as it stands in the query."""
    match query:
        case Some(condition):
            yield condition
        case And(items) | Or(items):
            for item in items:
                yield from span_conditions(item)
        case Not(item):
            yield from span_conditions(item)
        case Structure(left, right):
            yield from span_conditions(left)
            yield from span_conditions(right)
        case Pipeline(source, stages):
            yield from span_conditions(source)
            yield from (stage.condition for stage in stages if isinstance(stage, Filter))


def facts_of(trace: LaidOut) -> Facts:
    """As DESIGN defines them. The root is the earliest span without a parent, of several the one with the lowest id."""
    columns = trace.columns
    spans = [row for row, operation in enumerate(columns.operation_places) if operation != STAND_IN]
    root = next((row for row in spans if columns.parent_ids[row] == NO_ID), None)
    facts: dict[Fact, TypedValue] = {
        Fact.DURATION: trace.extent_ns if root is None else columns.durations_ns[root],
        Fact.EXTENT: trace.extent_ns,
        Fact.SPANS: trace.span_count,
        Fact.ERRORS: len(trace.errors),
        Fact.SERVICES: len({columns.operation(row).service for row in spans}),
        Fact.ORPHANS: trace.orphans,
        Fact.ID: columns.trace_id,
    }
    if root is not None:
        facts[Fact.ROOT_SERVICE], facts[Fact.ROOT_NAME], _ = columns.operation(root)
    return facts


class SpansAtHand:
    """All spans of one trace, whole: what a query means, in plain Python."""

    def __init__(self, spans: Iterable[Span]) -> None:
        rows = sorted(spans, key=lambda span: (span.start_ns, signed_id(span.span_id)))
        self.trace = build_trace(rows)
        self.facts = facts_of(self.trace)
        self._self_times_ns = self_times_of(self.trace)
        self._spans = {place: rows[row] for place, row in enumerate(self.trace.order) if row < len(rows)}

    def places(self, condition: Condition) -> Collection[int]:
        times_ns = self._self_times_ns
        return [
            place
            for place, span in self._spans.items()
            if satisfies(span, condition, self_time_ns=times_ns[place], facts=self.facts)
        ]

    def value(self, subject: Subject, place: int) -> Value:
        found = values_of(self._spans[place], subject, self_time_ns=self._self_times_ns[place])
        return found[0] if found else None

    def spans(self, places: Collection[int]) -> Mapping[int, Span]:
        return {place: self._spans[place] for place in places}


def _together(parts: Iterable[Found]) -> Found:
    return Found(True, frozenset().union(*(part.places for part in parts)))


def _structure(query: Structure, known: Known) -> Found:
    left, right = evaluate(query.left, known).places, evaluate(query.right, known).places
    found = frozenset(related(known.trace, query.relation, left, right))
    if query.negated:
        found = right - found
    elif query.both:
        found |= related_to(known.trace, query.relation, left, right)
    return Found(bool(found), found)


def _pipeline(query: Pipeline, known: Known) -> Found:
    source = evaluate(query.source, known)
    kept = through_stages(
        source.places, query.stages, lambda condition: known.places(settled(condition, known.facts)), known.value
    )
    return Found(bool(kept), kept)
