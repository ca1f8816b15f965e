"""A subject of a query -> the columns of a span `s` that its first value takes, and that value of their cells.

Columns are narrow: of a span's attributes only the one that is asked for. What they mean is told by `core.satisfying`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from traces.core.satisfying import values_of
from traces.core.semantic_names import names_of
from traces.core.span import Span
from traces.core.subjects import Field, Key, Place, Subject
from traces.core.values import Value, key_from_text, key_text
from traces.queries import names
from traces.queries.spans import event_of, link_of
from traces.queries.sql import Sql

Made = TypeVar("Made")
_BLANK = Span(bytes(16), bytes(8), None, 0, 0, "", "")
_COLUMNS: dict[Field, tuple[str, ...]] = {
    Field.SERVICE: ("operation_id",),
    Field.KIND: ("operation_id",),
    Field.NAME: ("operation_id", "name"),
    Field.STATUS: ("status",),
    Field.STATUS_MESSAGE: ("status_message",),
    Field.DURATION: ("duration_ns",),
    Field.ID: ("span_id",),
    Field.PARENT_ID: ("parent_span_id",),
    Field.EVENT_NAME: ("events",),
    Field.LINK_TRACE_ID: ("links",),
    Field.LINK_SPAN_ID: ("links",),
    Field.SCOPE_NAME: ("scope_id",),
    Field.SCOPE_VERSION: ("scope_id",),
}
_OF_PLACE = {
    Place.ANY: ("resource_id",),
    Place.SPAN: (),
    Place.RESOURCE: ("resource_id",),
    Place.EVENT: ("events",),
    Place.LINK: ("links",),
    Place.SCOPE: ("scope_id",),
}
_SQL = {
    "span_id": "int8send(s.span_id)",
    "parent_span_id": "int8send(s.parent_span_id)",
    "events": "s.events::text",
    "links": "s.links::text",
}


def columns_of(subject: Subject) -> list[Sql]:
    """Not of self times, which no row tells."""
    keys = [Sql("(s.attributes -> %s::text)::text", (key,)) for key in _own_keys(subject)]
    return [*(Sql(_SQL.get(column, f"s.{column}")) for column in _plain(subject)), *keys]


def values_in(subject: Subject, rows: Sequence[tuple[Any, ...]], make: Callable[[Value], Made]) -> list[Made]:
    """What is made of the value in each of these columns' rows, or of None where there is none."""
    if subject is Field.DURATION:
        return [make(duration_ns) for (duration_ns,) in rows]
    plain, keys = _plain(subject), _own_keys(subject)
    known, made = _names(plain, rows), dict[tuple[Any, ...], Made]()
    for row in rows:
        if row not in made:
            found = values_of(_span(plain, keys, row, known), subject)
            made[row] = make(found[0] if found else None)
    return [made[row] for row in rows]


def _names(plain: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> Mapping[int, Any]:
    """What the first column's number stands for, asked for all rows at once."""
    of = {"operation_id": names.operations, "resource_id": names.resources, "scope_id": names.scopes}
    return of[plain[0]]({row[0] for row in rows}) if plain and plain[0] in of else {}


def _span(plain: Sequence[str], keys: Sequence[str], row: tuple[Any, ...], known: Mapping[int, Any]) -> Span:
    """One that has what is in the cells, and nothing else."""
    own = zip(keys, row[len(plain) :], strict=True)
    fields: dict[str, Any] = {"attributes": {key: json.loads(cell) for key, cell in own if cell is not None}}
    for column, cell in zip(plain, row, strict=False):
        if column == "operation_id":
            operation: names.Operation = known[cell]
            fields |= {"service": operation.service, "name": operation.name or "", "kind": operation.kind}
        elif column in ("resource_id", "scope_id"):
            fields[column.removesuffix("_id")] = known[cell]
        elif column in ("events", "links"):
            of_one = event_of if column == "events" else link_of
            fields[column] = tuple(map(of_one, json.loads(cell or "[]")))
        elif cell is not None:
            fields[column] = key_from_text(cell) if isinstance(cell, str) else cell
    return _BLANK._replace(**fields)


def _plain(subject: Subject) -> Sequence[str]:
    return _COLUMNS[subject] if isinstance(subject, Field) else _OF_PLACE[subject.place]


def _own_keys(subject: Subject) -> Sequence[str]:
    """Of the span's own attributes."""
    if isinstance(subject, Key) and subject.place in (Place.ANY, Place.SPAN):
        return [key_text(name) for name in names_of(subject.name)]
    return []
