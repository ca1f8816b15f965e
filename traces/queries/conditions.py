"""A condition on one span -> SQL on a span `s`, with what an index can do for it.

`core.satisfying` says what is meant. All is exact here but the self time, of which only what is needed for it is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from traces.core.meaning import And, Attribute, Condition, Exists, Intrinsic, Not, Or, Text, Trace
from traces.core.span import Status
from traces.core.subjects import OPPOSITE, Field, Key, Op, Place
from traces.queries.attributes import attribute_exists, attribute_fits, compared, has_text
from traces.queries.fields import (
    EVENT,
    LINK,
    OF_OPERATION,
    field_exists,
    field_fits,
    of_operations,
    of_resources,
    of_scopes,
    with_ids,
)
from traces.queries.of_trace import OF_SPAN, fact_fits
from traces.queries.reading import fetch
from traces.queries.remembered import remembered
from traces.queries.sql import ALWAYS, NEVER, Sql, all_sql, any_sql, not_sql
from traces.queries.texts import name_fits

RESOURCES = "select id from resource where {}"
NAMED = """
select o.id from operation o join service as n on n.id = o.service_id where {}"""


class OnSpan(NamedTuple):
    """`lead` is a part of it, or all, that finds its spans through an index; None: only walking over traces does."""

    sql: Sql
    lead: Sql | None = None

    @property
    def is_never(self) -> bool:
        return self.sql == NEVER


@remembered
def on_span(condition: Condition) -> OnSpan:
    match condition:
        case And(items):
            return _all(items)
        case Or(items):
            found = [on_span(item) for item in items]
            leads = [item.lead for item in found if item.lead is not None]
            lead = any_sql(leads) if len(leads) == len(found) else None
            return OnSpan(any_sql(item.sql for item in found), lead)
        case Not(item):
            # What is needed for a self time says nothing of its opposite.
            return OnSpan(ALWAYS if speaks_of_self_time(item) else not_sql(on_span(item).sql))
        case Attribute(key, op, values):
            return _attribute(key, op, values)
        case Intrinsic(field) if field in OF_OPERATION:
            return _led(of_operations((condition,)))
        case Intrinsic(field, op, values):
            found_by_index = field is Field.STATUS and op is Op.EQUAL and set(values) == {Status.ERROR}
            sql = field_fits(condition)
            return _led(sql) if found_by_index or sql == NEVER else OnSpan(sql)
        case Exists(subject):
            return _exists(subject) if isinstance(subject, Key) else OnSpan(field_exists(subject))
        case Text(text):
            return OnSpan(_text(text))
        case Trace():
            fits = fact_fits(condition)
            return OnSpan(Sql(OF_SPAN.format(fits.text), fits.params))
    raise TypeError(f"{type(condition).__name__} is no condition on one span")


def speaks_of_self_time(condition: Condition) -> bool:
    match condition:
        case And(items) | Or(items):
            return any(map(speaks_of_self_time, items))
        case Not(item):
            return speaks_of_self_time(item)
    return isinstance(condition, Intrinsic) and condition.field is Field.SELF_TIME


def _led(sql: Sql) -> OnSpan:
    return OnSpan(sql, sql)


def _all(items: Sequence[Condition]) -> OnSpan:
    """What is said of a span's operation is one look into a small table. The parts with an index lead together."""
    of_operation = tuple(item for item in items if isinstance(item, Intrinsic) and item.field in OF_OPERATION)
    found = [on_span(item) for item in items if item not in of_operation]
    if of_operation:
        found.append(_led(of_operations(of_operation)))
    leads = [item.lead for item in found if item.lead is not None]
    return OnSpan(all_sql(item.sql for item in found), all_sql(leads) if leads else None)


def _attribute(key: Key, op: Op, values: Sequence[str]) -> OnSpan:
    if op in OPPOSITE:
        fits = _attribute(key, OPPOSITE[op], values)
        both = compared(_exists(key).sql, fits.sql, op)
        return _led(both) if both == NEVER else OnSpan(both)
    found = _in_place(key.place, lambda column: attribute_fits(column, key.name, op, values))
    is_led = key.place is Place.RESOURCE or (op is Op.EQUAL and key.place in (Place.ANY, Place.SPAN)) or found == NEVER
    return _led(found) if is_led else OnSpan(found)


def _exists(key: Key) -> OnSpan:
    found = _in_place(key.place, lambda column: attribute_exists(column, key.name))
    return _led(found) if key.place is Place.RESOURCE or found == NEVER else OnSpan(found)


def _in_place(place: Place, fits: Callable[[str], Sql]) -> Sql:
    """A condition on a map of attributes, asked of all maps of this place."""
    if place is Place.RESOURCE:
        return _of_resources(fits("attributes"))
    if place is Place.SCOPE:
        return of_scopes(fits("attributes"))
    if place in (Place.EVENT, Place.LINK):
        query, column = (EVENT, "(v -> 2)") if place is Place.EVENT else (LINK, "(v -> 4)")
        inner = fits(column)
        return Sql(query.format(inner.text), inner.params)
    on_span_itself = fits("s.attributes")
    return on_span_itself if place is Place.SPAN else any_sql([on_span_itself, _of_resources(fits("attributes"))])


def _of_resources(wanted: Sql) -> Sql:
    return of_resources(id for (id,) in fetch(RESOURCES.format(wanted.text), wanted.params))


def _text(text: str) -> Sql:
    named = any_sql([name_fits("n.name", Op.CONTAINS, [text]), name_fits("coalesce(o.name, '')", Op.CONTAINS, [text])])
    operations = [id for (id,) in fetch(NAMED.format(named.text), named.params)]
    in_event = any_sql([name_fits("(v ->> 1)", Op.CONTAINS, [text]), has_text("(v -> 2)", text)])
    return any_sql(
        [
            with_ids(operations),
            _of_resources(has_text("attributes", text)),
            name_fits("coalesce(s.name, '')", Op.CONTAINS, [text]),
            name_fits("coalesce(s.status_message, '')", Op.CONTAINS, [text]),
            has_text("s.attributes", text),
            Sql(EVENT.format(in_event.text), in_event.params),
        ]
    )
