"""A condition on what every span has -> SQL on a span `s`.

Operations, resources and scopes are small tables: who fulfils a condition there is asked first, and the span then for
the ids. The GIN index `span_found_by` knows operations and (negated) resources.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from traces.core.meaning import Intrinsic
from traces.core.subjects import OPPOSITE, Field, Op, TypedValue
from traces.queries.attributes import compared
from traces.queries.reading import fetch
from traces.queries.remembered import remembered
from traces.queries.sql import ALWAYS, NEVER, Sql, all_sql, any_sql, not_sql
from traces.queries.texts import name_fits, number_fits

OPERATIONS = """
select o.id, o.name is null from operation o join service as n on n.id = o.service_id where {}"""
SCOPES = "select id from scope where {}"
OF_OPERATION = (Field.SERVICE, Field.NAME, Field.KIND)
EVENT = "exists (select from jsonb_array_elements(s.events) as e (v) where {})"
LINK = "exists (select from jsonb_array_elements(s.links) as l (v) where {})"
# Both are the index's own expression.
_HAS_ONE_OF = "array[s.operation_id, -s.resource_id] && %s::int[]"


class Operations(NamedTuple):
    """Ids; among them `rests`, which stand for all names beyond a service's limit: their spans have their own name."""

    ids: list[int]
    rests: bool


@remembered
def operations_with(conditions: tuple[Intrinsic, ...]) -> Operations:
    """The operations that fulfil all of these, or may as far as a rest's names are concerned."""
    wanted = all_sql(operation_fits(condition) for condition in conditions)
    rows = fetch(OPERATIONS.format(wanted.text), wanted.params)
    about_names = any(condition.field is Field.NAME for condition in conditions)
    return Operations([id for id, _ in rows], about_names and any(is_rest for _, is_rest in rows))


def of_operations(conditions: tuple[Intrinsic, ...]) -> Sql:
    """Spans of the operations that fulfil all of these."""
    operations = operations_with(conditions)
    found = with_ids(operations.ids)
    if not operations.rests:
        return found
    names = [condition for condition in conditions if condition.field is Field.NAME]
    own = all_sql(name_fits("s.name", name.op, _texts(name.values)) for name in names)
    return all_sql([found, any_sql([Sql("s.name is null"), own])])


def of_resources(ids: Iterable[int]) -> Sql:
    return with_ids([-id for id in ids])


def with_ids(ids: list[int]) -> Sql:
    """Spans with one of these operations or (negated) resources."""
    return Sql(_HAS_ONE_OF, (ids,)) if ids else NEVER


def of_scopes(wanted: Sql) -> Sql:
    ids = [id for (id,) in fetch(SCOPES.format(wanted.text), wanted.params)]
    return Sql("s.scope_id = any(%s::int[])", (ids,)) if ids else NEVER


def field_fits(condition: Intrinsic) -> Sql:
    """Exactly, but of the self time, which is decided in core: here what the span's duration says of it."""
    return _FIELDS[condition.field](condition.op, condition.values)


def field_exists(field: Field) -> Sql:
    if field is Field.PARENT_ID:
        return Sql("s.parent_span_id is not null")
    if field is Field.EVENT_NAME:
        return Sql("s.events is not null")
    return Sql("s.links is not null") if field in (Field.LINK_TRACE_ID, Field.LINK_SPAN_ID) else ALWAYS


def operation_fits(condition: Intrinsic) -> Sql:
    op, values = condition.op, condition.values
    if condition.field is Field.KIND:
        return number_fits("o.kind", op, [int(value) for value in values], type="int")
    if condition.field is Field.SERVICE:
        return name_fits("n.name", op, _texts(values), digest=True)
    return any_sql([Sql("o.name is null"), name_fits("o.name", op, _texts(values), digest=True)])


def _texts(values: Sequence[TypedValue]) -> list[str]:
    return [str(value) for value in values]


def _status(op: Op, values: Sequence[TypedValue]) -> Sql:
    # Literals, so that the planner sees that the index on errors serves.
    wanted = sorted({int(value) for value in values})
    equal = any_sql(Sql(f"s.status = {status}") for status in wanted)
    return not_sql(equal) if op in OPPOSITE else equal


def _ids(expression: str) -> Callable[[Op, Sequence[TypedValue]], Sql]:
    def fits(op: Op, values: Sequence[TypedValue]) -> Sql:
        ids = [int.from_bytes(value, signed=True) for value in values if isinstance(value, bytes)]
        return all_sql([Sql(f"{expression} is not null"), number_fits(expression, op, ids)])

    return fits


def _self_time(op: Op, values: Sequence[TypedValue]) -> Sql:
    """What is needed for it: the span lasted as long."""
    if op in (Op.OVER, Op.AT_LEAST):
        return number_fits("s.duration_ns", op, values)
    return number_fits("s.duration_ns", Op.AT_LEAST, [min(map(int, values))]) if op is Op.EQUAL else ALWAYS


def _inside(query: str, exists: Field, text: str) -> Callable[[Op, Sequence[TypedValue]], Sql]:
    """Of the texts in a span's events or links."""

    def fits(op: Op, values: Sequence[TypedValue]) -> Sql:
        texts = [value.hex() if isinstance(value, bytes) else str(value) for value in values]
        inner = name_fits(text, OPPOSITE.get(op, op), texts)
        return compared(field_exists(exists), Sql(query.format(inner.text), inner.params), op)

    return fits


_FIELDS: dict[Field, Callable[[Op, Sequence[TypedValue]], Sql]] = {
    Field.STATUS: _status,
    Field.STATUS_MESSAGE: lambda op, values: name_fits("coalesce(s.status_message, '')", op, _texts(values)),
    Field.DURATION: lambda op, values: number_fits("s.duration_ns", op, values),
    Field.SELF_TIME: _self_time,
    Field.ID: _ids("s.span_id"),
    Field.PARENT_ID: _ids("s.parent_span_id"),
    Field.EVENT_NAME: _inside(EVENT, Field.EVENT_NAME, "(v ->> 1)"),
    Field.LINK_TRACE_ID: _inside(LINK, Field.LINK_TRACE_ID, "(v ->> 0)"),
    Field.LINK_SPAN_ID: _inside(LINK, Field.LINK_SPAN_ID, "(v ->> 1)"),
    Field.SCOPE_NAME: lambda op, values: of_scopes(name_fits("name", op, _texts(values))),
    Field.SCOPE_VERSION: lambda op, values: of_scopes(name_fits("version", op, _texts(values))),
}
