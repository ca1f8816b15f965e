"""The small numbers in a span's row -> operations, resources, scopes, remembered by the process.

Rows of these tables never change, so what is remembered stays true for as long as the database is the same one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from traces.core.span import Resource, Scope
from traces.core.values import EncodedMap, key_from_text
from traces.queries.reading import fetch

_MOST = 50_000
OPERATIONS = """
select o.id, s.name, o.name, o.kind from operation o join service s on s.id = o.service_id where o.id = any(%s)"""
SERVICES = "select id, name from service where id = any(%s)"
RESOURCES = "select id, attributes::text, dropped_attributes, schema_url from resource where id = any(%s)"
SCOPES = """
select id, name, version, attributes::text, dropped_attributes, schema_url from scope where id = any(%s)"""


class Operation(NamedTuple):
    """`name` is None for the row that stands for all names beyond the service's limit."""

    service: str
    name: str | None
    kind: int


class _Names:
    """Ids -> what `read` makes of their rows."""

    def __init__(self, query: str, read: Callable[..., Any]) -> None:
        self._query, self._read = query, read
        self._known: dict[int, Any] = {}

    def __call__(self, ids: Iterable[int]) -> dict[int, Any]:
        """Of all these ids; an id without a row is an error of the database, so KeyError is right for it."""
        wanted, known = set(ids), self._known
        missing = wanted - known.keys()
        if missing:
            if len(known) > _MOST:
                # Anew, not emptied: another thread may be reading in the old one.
                known, missing = {}, wanted
            rows = fetch(self._query, (list(missing),))
            known.update((id, self._read(*rest)) for id, *rest in rows)
            self._known = known
        return known

    def forget(self) -> None:
        self._known = {}


def _operation(service: str, name: str | None, kind: int) -> Operation:
    return Operation(key_from_text(service), None if name is None else key_from_text(name), kind)


def _resource(attributes: str, dropped: int, schema_url: str) -> Resource:
    return Resource(EncodedMap(attributes.encode()), dropped, key_from_text(schema_url))


def _scope(name: str, version: str, attributes: str, dropped: int, schema_url: str) -> Scope:
    kept = EncodedMap(attributes.encode())
    return Scope(key_from_text(name), key_from_text(version), kept, dropped, key_from_text(schema_url))


operations = _Names(OPERATIONS, _operation)
services = _Names(SERVICES, key_from_text)
resources = _Names(RESOURCES, _resource)
scopes = _Names(SCOPES, _scope)


def forget() -> None:
    """Drops what is remembered, as after the database was exchanged."""
    for names in (operations, services, resources, scopes):
        names.forget()
