"""A condition on the trace -> SQL on a trace's row `t`: exact where SQL can say it, else what is needed for it.

Relations between spans, groups of them and self times are decided in core, over the traces that fulfil what is needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from traces.core.meaning import (
    And,
    By,
    Condition,
    Intrinsic,
    Metric,
    Not,
    Or,
    Pipeline,
    Select,
    Some,
    Structure,
    Trace,
    all_of,
)
from traces.core.span import Status
from traces.core.subjects import ORDERING, Fact, Field, Op
from traces.queries.conditions import on_span, speaks_of_self_time
from traces.queries.fields import OF_OPERATION, operations_with
from traces.queries.of_trace import fact_fits
from traces.queries.reading import fetch
from traces.queries.remembered import remembered
from traces.queries.sql import ALWAYS, NEVER, OF_TRACE, Sql, all_sql, any_sql, not_sql
from traces.queries.texts import name_fits, number_fits

# OFFSET 0 keeps the planner from turning the question to each trace into a join over all spans.
SOME_SPAN = f"exists (select from span s where {OF_TRACE} and {{}} offset 0)"
SERVICES = "select n.id from service n where {}"
OF_SERVICE = "t.service_ids && %s::int[]"
OF_OPERATIONS = "t.operation_ids && %s::int[]"
# Each of the trace's is looked up in a hash table of these, not compared with each.
OF_MANY_OPERATIONS = "exists (select from unnest(t.operation_ids) as u (id) where id = any(%s::int[]))"
FEW_IDS = 16
FAILED_IN_SERVICE = f"""{OF_SERVICE} and exists (select from unnest(t.service_ids, t.service_errors) as u (id, errors)
    where u.id = any(%s::int[]) and u.errors > 0)"""
HAS_ERRORS = Sql("t.error_count > 0")


class Filter(NamedTuple):
    """A condition on trace rows `t`. Not complete: some that match may be missing, as finding them took too long; these
    are at most `too_large`, which were stepped over, where that isn't 0."""

    sql: str
    params: tuple[Any, ...]
    complete: bool = True
    too_large: int = 0


class Wanted(NamedTuple):
    """What traces have to fulfil: what their rows tell, and what is left to be asked of their spans."""

    told: Sql = ALWAYS
    asked: Sql = ALWAYS

    @property
    def sql(self) -> Sql:
        return all_sql(self)


def trace_filter(condition: Condition) -> Wanted:
    match condition:
        case Some(inner):
            return _some(inner)
        case Trace(Fact.ORPHANS):
            return Wanted(asked=fact_fits(condition))
        case Trace():
            return Wanted(fact_fits(condition))
        case And(items):
            return _all(map(trace_filter, items))
        case Or(items):
            return _any([trace_filter(item) for item in items])
        case Not(item):
            return _not(trace_filter(item)) if is_exact(item) else Wanted()
        case Structure(left, right, negated=negated):
            return _all(map(trace_filter, (right,) if negated else (left, right)))
        case Pipeline(source):
            return trace_filter(source)
    raise TypeError(f"{type(condition).__name__} is no condition on a trace")


def _all(items: Iterable[Wanted]) -> Wanted:
    told, asked = zip(*items, strict=True) if (items := list(items)) else ((), ())
    return Wanted(all_sql(told), all_sql(asked))


def _any(items: Sequence[Wanted]) -> Wanted:
    """What is told of each doesn't say which of them it is that has to be asked."""
    told = any_sql(item.told for item in items)
    return Wanted(told, ALWAYS if all(item.asked == ALWAYS for item in items) else any_sql(item.sql for item in items))


def _not(item: Wanted) -> Wanted:
    return Wanted(not_sql(item.told)) if item.asked == ALWAYS else Wanted(asked=not_sql(item.sql))


def indexed_bounds(condition: Condition, column: str) -> Sql:
    """Of what is needed, the part that an index of traces answers in the order of this column."""
    match condition:
        case Some(inner) if any(map(_is_error, _items(inner))):
            return HAS_ERRORS
        case Trace(Fact.DURATION, op) if op in ORDERING and column == "duration_ns":
            return fact_fits(condition)
        case And(items):
            return all_sql(indexed_bounds(item, column) for item in items)
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


def _some(condition: Condition) -> Wanted:
    told = _told(condition)
    if told is not None:
        return Wanted(told)
    of_trace = [item for item in _items(condition) if _speaks_of_trace(item)]
    if of_trace:
        # The same for all its spans: asked once a trace, not once a span.
        rest = all_of(*(item for item in _items(condition) if item not in of_trace))
        return _all([*map(trace_filter, of_trace), _some(rest)])
    found = on_span(condition).sql
    if found in (ALWAYS, NEVER):
        return Wanted(found)
    return Wanted(_implied(condition), Sql(SOME_SPAN.format(f"({found.text})"), found.params))


def _speaks_of_trace(condition: Condition) -> bool:
    match condition:
        case And(items) | Or(items):
            return all(map(_speaks_of_trace, items))
        case Not(item):
            return _speaks_of_trace(item)
    return isinstance(condition, Trace)


def _items(condition: Condition) -> Sequence[Condition]:
    return condition.items if isinstance(condition, And) else (condition,)


def _told(condition: Condition) -> Sql | None:
    """Where a trace's row says all of it: by its operations, or its services with their errors."""
    items = _items(condition)
    of_operation = tuple(item for item in items if isinstance(item, Intrinsic) and item.field in OF_OPERATION)
    is_error = any(map(_is_error, items))
    if len(of_operation) + sum(map(_is_error, items)) < len(items):
        return None
    if not of_operation:
        return HAS_ERRORS if is_error else ALWAYS
    if all(item.field is Field.SERVICE for item in of_operation):
        ids = _service_ids(of_operation)
        if is_error and ids:
            return all_sql([HAS_ERRORS, Sql(FAILED_IN_SERVICE, (ids, ids))])
        return Sql(OF_SERVICE, (ids,)) if ids else NEVER
    operations = operations_with(of_operation)
    return None if is_error or operations.rests else _with_operation(operations.ids)


def _with_operation(ids: list[int]) -> Sql:
    if not ids:
        return NEVER
    return Sql(OF_OPERATIONS if len(ids) <= FEW_IDS else OF_MANY_OPERATIONS, (ids,))


def _implied(condition: Condition) -> Sql:
    """What a trace's row says of it at a glance: no span outlasts its trace, errors are counted, operations known."""
    parts = []
    of_operation: list[Intrinsic] = []
    for item in _items(condition):
        if isinstance(item, Or):
            parts.append(any_sql(map(_implied, item.items)))
        elif _is_error(item):
            parts.append(HAS_ERRORS)
        elif isinstance(item, Intrinsic) and item.field in OF_OPERATION:
            of_operation.append(item)
        elif isinstance(item, Intrinsic) and item.field in (Field.DURATION, Field.SELF_TIME):
            parts.append(_longer(item))
    if of_operation:
        parts.append(_with_operation(operations_with(tuple(of_operation)).ids))
    return all_sql(parts)


def _longer(item: Intrinsic) -> Sql:
    if item.op in (Op.OVER, Op.AT_LEAST):
        return number_fits("(t.end_ns - t.start_ns)", item.op, item.values)
    return ALWAYS


def _is_error(condition: Condition) -> bool:
    return condition == Intrinsic(Field.STATUS, Op.EQUAL, (Status.ERROR,))


@remembered
def _service_ids(services: tuple[Intrinsic, ...]) -> list[int]:
    wanted = all_sql(
        name_fits("n.name", item.op, [str(value) for value in item.values], digest=True) for item in services
    )
    return [id for (id,) in fetch(SERVICES.format(wanted.text), wanted.params)]
