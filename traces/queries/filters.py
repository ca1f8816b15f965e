"""A condition on the trace -> SQL on a trace's row `t`: exact where SQL can say it, else what is needed for it.

Relations between spans, groups of them and self times are decided in core, over the traces that fulfil what is needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from traces.core.meaning import And, By, Condition, Intrinsic, Metric, Not, Or, Pipeline, Select, Some, Structure, Trace
from traces.core.span import Status
from traces.core.subjects import ORDERING, Fact, Field, Op
from traces.queries.conditions import on_span, speaks_of_self_time
from traces.queries.fields import OF_OPERATION, services_with
from traces.queries.of_trace import fact_fits
from traces.queries.reading import fetch
from traces.queries.sql import ALWAYS, NEVER, Sql, all_sql, any_sql, not_sql
from traces.queries.texts import number_fits, text_fits

# OFFSET 0 keeps the planner from turning the question to each trace into a join over all spans.
SOME_SPAN = """exists (select from span s
    where s.trace_id = t.trace_id and s.start_ns between t.start_ns and t.end_ns and {} offset 0)"""
SERVICES = "select n.id from service n where {}"
OF_SERVICE = "t.service_ids && %s::int[]"
FAILED_IN_SERVICE = """exists (select from unnest(t.service_ids, t.service_errors) as u (id, errors)
    where u.id = any(%s::int[]) and u.errors > 0)"""
HAS_ERRORS = Sql("t.error_count > 0")


class Filter(NamedTuple):
    """A condition on trace rows `t`. Not complete: some that match may be missing, as finding them took too long."""

    sql: str
    params: tuple[Any, ...]
    complete: bool = True


def trace_filter(condition: Condition) -> Sql:
    match condition:
        case Some(inner):
            return _some(inner)
        case Trace():
            return fact_fits(condition)
        case And(items):
            return all_sql(map(trace_filter, items))
        case Or(items):
            return any_sql(map(trace_filter, items))
        case Not(item):
            return not_sql(trace_filter(item)) if is_exact(item) else ALWAYS
        case Structure(left, right, negated=negated):
            return trace_filter(right) if negated else all_sql([trace_filter(left), trace_filter(right)])
        case Pipeline(source):
            return trace_filter(source)
    raise TypeError(f"{type(condition).__name__} is no condition on a trace")


def indexed_bounds(condition: Condition) -> Sql:
    """Of what is needed, the part that an index of traces answers: which have errors, which are slow."""
    match condition:
        case Some(inner) if any(map(_is_error, _items(inner))):
            return HAS_ERRORS
        case Trace(Fact.DURATION, op) if op in ORDERING:
            return fact_fits(condition)
        case And(items):
            return all_sql(map(indexed_bounds, items))
    return ALWAYS


def is_exact(condition: Condition) -> bool:
    """Whether its filter is all there is to it."""
    match condition:
        case Some(inner):
            return not speaks_of_self_time(inner)
        case And(items) | Or(items):
            return all(map(is_exact, items))
        case Not(item):
            return is_exact(item)
        case Pipeline(source, stages):
            return is_exact(source) and all(isinstance(stage, Select | By | Metric) for stage in stages)
    return not isinstance(condition, Structure)


def is_told_by_row(condition: Condition) -> bool:
    """Whether no span has to be looked at."""
    match condition:
        case Some(inner):
            return _told(inner) is not None
        case And(items) | Or(items):
            return all(map(is_told_by_row, items))
        case Not(item):
            return is_told_by_row(item)
    return isinstance(condition, Trace) and condition.fact is not Fact.ORPHANS


def _some(condition: Condition) -> Sql:
    told = _told(condition)
    if told is not None:
        return told
    found = on_span(condition).sql
    if found in (ALWAYS, NEVER):
        return found
    return all_sql([_implied(condition), Sql(SOME_SPAN.format(f"({found.text})"), found.params)])


def _items(condition: Condition) -> Sequence[Condition]:
    return condition.items if isinstance(condition, And) else (condition,)


def _told(condition: Condition) -> Sql | None:
    """What a trace's row says by itself: its services with their errors."""
    items = _items(condition)
    services = [item for item in items if isinstance(item, Intrinsic) and item.field is Field.SERVICE]
    is_error = any(map(_is_error, items))
    if len(services) + sum(map(_is_error, items)) < len(items):
        return None
    if not services:
        return HAS_ERRORS if is_error else ALWAYS
    ids = _service_ids(services)
    if not ids:
        return NEVER
    return all_sql([HAS_ERRORS, Sql(FAILED_IN_SERVICE, (ids,))]) if is_error else Sql(OF_SERVICE, (ids,))


def _implied(condition: Condition) -> Sql:
    """What a trace's row says of it at a glance: no span outlasts its trace, and errors and services are counted."""
    parts = []
    operations: list[Intrinsic] = []
    for item in _items(condition):
        if isinstance(item, Or):
            parts.append(any_sql(map(_implied, item.items)))
        elif _is_error(item):
            parts.append(HAS_ERRORS)
        elif isinstance(item, Intrinsic) and item.field in OF_OPERATION:
            operations.append(item)
        elif isinstance(item, Intrinsic) and item.field in (Field.DURATION, Field.SELF_TIME):
            parts.append(_longer(item))
    if operations:
        ids = services_with(operations)
        parts.append(Sql(OF_SERVICE, (ids,)) if ids else NEVER)
    return all_sql(parts)


def _longer(item: Intrinsic) -> Sql:
    if item.op in (Op.OVER, Op.AT_LEAST):
        return number_fits("(t.end_ns - t.start_ns)", item.op, item.values)
    return ALWAYS


def _is_error(condition: Condition) -> bool:
    return condition == Intrinsic(Field.STATUS, Op.EQUAL, (Status.ERROR,))


def _service_ids(services: Sequence[Intrinsic]) -> list[int]:
    wanted = all_sql(
        text_fits("n.name", item.op, [str(value) for value in item.values], digest=True) for item in services
    )
    return [id for (id,) in fetch(SERVICES.format(wanted.text), wanted.params)]
