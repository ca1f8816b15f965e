"""In: a query. Out: what one span has to satisfy to be found by it, where a condition on one span can say that."""

from __future__ import annotations

from typing import NamedTuple

from traces.core.meaning import (
    And,
    By,
    Condition,
    Filter,
    Metric,
    Not,
    Or,
    Pipeline,
    Select,
    Some,
    Trace,
    all_of,
    any_of,
)


class Told(NamedTuple):
    """In a trace that satisfies the query, found are the spans that satisfy the condition; `alone`: a trace satisfies
    the query where it has one of them."""

    condition: Condition
    alone: bool


def measured_by(query: Condition) -> Pipeline | None:
    """The part that ends in a metric: all of the query, or the last such part of what has to hold together."""
    items = query.items if isinstance(query, And) else (query,)
    found = [item for item in items if isinstance(item, Pipeline) and isinstance(item.stages[-1], Metric)]
    return found[-1] if found else None


def told_by(query: Condition) -> Told | None:
    """None where it takes more than one span to say."""
    match query:
        case Some(condition):
            return Told(condition, alone=True)
        case And(items):
            return _all(items)
        case Or(items):
            parts = [told_by(item) for item in items]
            known = [part.condition for part in parts if part is not None and part.alone]
            return Told(any_of(*known), alone=True) if len(known) == len(parts) else None
        case Pipeline(source, stages):
            told = told_by(source)
            if told is None or not all(isinstance(stage, Filter | Select | By | Metric) for stage in stages):
                return None
            filters = [stage.condition for stage in stages if isinstance(stage, Filter)]
            return Told(all_of(told.condition, *filters), told.alone)
    return None


def alike(query: Condition, told: Told) -> Condition:
    """Satisfied by the same traces, without the stages that a condition on one span tells too."""
    if told.alone:
        return Some(told.condition)
    source = query.source if isinstance(query, Pipeline) else query
    return all_of(source, Some(told.condition))


def _all(items: tuple[Condition, ...]) -> Told | None:
    parts = [told_by(item) for item in items if not isinstance(item, Not | Trace)]
    known = [part.condition for part in parts if part is not None]
    return Told(any_of(*known), alone=False) if known and len(known) == len(parts) else None
