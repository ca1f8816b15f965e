"""Services, operations, resources, scopes <-> the small numbers that stand for them in a span's row.

One catalogue a process. Ids are looked up here; unknown ones are learnt in transactions of their own, before the
one that writes spans, so that two writers never wait for each other over a name.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence, Sized
from typing import Any, NamedTuple

import msgspec
import psycopg

from traces.core.project import PROJECT
from traces.core.span import Resource, Scope, Span
from traces.core.values import key_text

Operation = tuple[str, str, int]
_MOST = 100_000

ADD_SERVICES = """
insert into service (project, name) select %s, unnest(%s::text[]) on conflict do nothing"""
FIND_SERVICES = "select name, id from service where project = %s and md5(name) = any(%s)"

# A name beyond the service's limit gets no row: its spans keep it beside the operation that has none.
ADD_OPERATIONS = """
insert into operation (service_id, kind, name)
select service_id, kind, name from (
    select o.*, row_number() over (partition by service_id) as place
    from unnest(%s::int[], %s::smallint[], %s::text[]) as o (service_id, kind, name)
) as o
where name is null or place + (select count(*) from operation where service_id = o.service_id) <= %s
on conflict do nothing"""
FIND_OPERATIONS = """
select o.service_id, o.name, o.kind, o.id
from unnest(%s::int[], %s::smallint[], %s::text[]) as wanted (service_id, kind, name)
join operation as o on o.service_id = wanted.service_id and o.kind = wanted.kind
    and md5(o.name) is not distinct from md5(wanted.name)"""

ADD_RESOURCE = """
insert into resource (digest, attributes, dropped_attributes, schema_url) values (%s, %s::jsonb, %s, %s)
on conflict do nothing"""
ADD_SCOPE = """
insert into scope (digest, name, version, attributes, dropped_attributes, schema_url)
values (%s, %s, %s, %s::jsonb, %s, %s) on conflict do nothing"""
FIND_RESOURCES = "select digest, id from resource where digest = any(%s)"
FIND_SCOPES = "select digest, id from scope where digest = any(%s)"


class Unknown(LookupError):
    """An id is not in the catalogue yet: `learn` the batch, then try again."""


class _Missing(NamedTuple):
    operations: set[Operation]
    resources: dict[bytes, Resource]
    scopes: dict[bytes, Scope]


class Catalogue:
    """The ids this process knows. Not safe for several threads: its one writer owns it."""

    def __init__(self, *, project: int = PROJECT, most_operations: int = 2_000) -> None:
        self._project, self._most_operations = project, most_operations
        self.forget()

    def forget(self) -> None:
        """Starts anew, as after a lost connection: the database behind it may be another one."""
        self._services: dict[str, int] = {}
        self.operations: dict[Operation, tuple[int, str | None]] = {}
        self._rests: dict[tuple[str, int], int] = {}
        self._resources: dict[bytes, int] = {}
        self._scopes: dict[bytes, int] = {}
        # By identity, which costs a tenth of a digest; the object is kept, so its identity stays its own.
        self.resource_ids: dict[int, tuple[int, Resource]] = {}
        self.scope_ids: dict[int, tuple[int, Scope]] = {}

    def operation_id(self, service: str, name: str, kind: int) -> tuple[int, str | None]:
        """The operation's id, and the name where the row has to keep it because the operation doesn't."""
        found = self.operations.get((service, name, kind))
        if found is not None:
            return found
        rest = self._rests.get((service, kind))
        if rest is None:
            raise Unknown
        return rest, name

    def service_id(self, service: str) -> int:
        """Of a service that has an operation here."""
        return self._services[service]

    def learn(self, cursor: psycopg.Cursor[Any], spans: Iterable[Span]) -> None:
        """Makes all ids of the batch known. Runs outside of the transaction that writes the spans."""
        known: tuple[Sized, ...] = (
            self._services,
            self.operations,
            self._resources,
            self._scopes,
            self.resource_ids,
            self.scope_ids,
        )
        if max(len(ids) for ids in known) > _MOST:
            self.forget()
        missing = self._missing(spans)
        if missing.operations:
            self._learn_services(cursor, sorted({service for service, _, _ in missing.operations}))
            self._learn_operations(cursor, sorted(missing.operations))
        self._learn_resources(cursor, missing.resources)
        self._learn_scopes(cursor, missing.scopes)
        for resource in {id(span.resource): span.resource for span in spans}.values():
            self.resource_ids[id(resource)] = self._resources[_digest(resource)], resource
        for scope in {id(span.scope): span.scope for span in spans}.values():
            self.scope_ids[id(scope)] = self._scopes[_digest(scope)], scope

    def _missing(self, spans: Iterable[Span]) -> _Missing:
        missing = _Missing(set(), {}, {})
        for span in spans:
            operation = (span.service, span.name, int(span.kind))
            if operation not in self.operations and (span.service, span.kind) not in self._rests:
                missing.operations.add(operation)
        for resource in {id(span.resource): span.resource for span in spans}.values():
            if _digest(resource) not in self._resources:
                missing.resources[_digest(resource)] = resource
        for scope in {id(span.scope): span.scope for span in spans}.values():
            if _digest(scope) not in self._scopes:
                missing.scopes[_digest(scope)] = scope
        return missing

    def _learn_services(self, cursor: psycopg.Cursor[Any], names: Sequence[str]) -> None:
        stored = {key_text(name): name for name in names if name not in self._services}
        if not stored:
            return
        digests = [hashlib.md5(name.encode(), usedforsecurity=False).hexdigest() for name in stored]
        for attempt in range(2):
            cursor.execute(FIND_SERVICES, (self._project, digests))
            found = {stored[name]: number for name, number in cursor.fetchall() if name in stored}
            if len(found) == len(stored) or attempt:
                break
            cursor.execute(ADD_SERVICES, (self._project, [name for name in stored if stored[name] not in found]))
        self._services.update(found)

    def _learn_operations(self, cursor: psycopg.Cursor[Any], operations: Sequence[Operation]) -> None:
        self._find_operations(cursor, operations)
        new = [operation for operation in operations if operation not in self.operations]
        if not new:
            return
        cursor.execute(ADD_OPERATIONS, (*self._columns(new), self._most_operations))
        self._find_operations(cursor, new)
        beyond = sorted(
            {(service, kind) for service, name, kind in new if (service, name, kind) not in self.operations}
        )
        if beyond:
            self._learn_rests(cursor, beyond)

    def _find_operations(self, cursor: psycopg.Cursor[Any], operations: Sequence[Operation]) -> None:
        cursor.execute(FIND_OPERATIONS, self._columns(operations))
        found = {(service_id, name, kind): number for service_id, name, kind, number in cursor.fetchall()}
        for service, name, kind in operations:
            number = found.get((self._services[service], key_text(name), kind))
            if number is not None:
                self.operations[service, name, kind] = (number, None)

    def _learn_rests(self, cursor: psycopg.Cursor[Any], rests: Sequence[tuple[str, int]]) -> None:
        ids, kinds = [self._services[service] for service, _ in rests], [kind for _, kind in rests]
        nameless: list[str | None] = [None] * len(rests)
        cursor.execute(ADD_OPERATIONS, (ids, kinds, nameless, self._most_operations))
        cursor.execute(FIND_OPERATIONS, (ids, kinds, nameless))
        services = dict(zip(ids, (service for service, _ in rests), strict=True))
        for service_id, _, kind, number in cursor.fetchall():
            self._rests[services[service_id], kind] = number

    def _columns(self, operations: Sequence[Operation]) -> tuple[list[int], list[int], list[str]]:
        return (
            [self._services[service] for service, _, _ in operations],
            [kind for _, _, kind in operations],
            [key_text(name) for _, name, _ in operations],
        )

    def _learn_resources(self, cursor: psycopg.Cursor[Any], new: dict[bytes, Resource]) -> None:
        if not new:
            return
        rows = [(d, _json(r.attributes), r.dropped_attributes, key_text(r.schema_url)) for d, r in sorted(new.items())]
        cursor.executemany(ADD_RESOURCE, rows)
        self._resources.update(_found(cursor, FIND_RESOURCES, list(new)))

    def _learn_scopes(self, cursor: psycopg.Cursor[Any], new: dict[bytes, Scope]) -> None:
        if not new:
            return
        cursor.executemany(
            ADD_SCOPE,
            [
                (
                    d,
                    key_text(s.name),
                    key_text(s.version),
                    _json(s.attributes),
                    s.dropped_attributes,
                    key_text(s.schema_url),
                )
                for d, s in sorted(new.items(), key=lambda item: item[0])
            ],
        )
        self._scopes.update(_found(cursor, FIND_SCOPES, list(new)))


def _found(cursor: psycopg.Cursor[Any], query: str, digests: list[bytes]) -> dict[bytes, int]:
    cursor.execute(query, (digests,))
    return {bytes(digest): number for digest, number in cursor.fetchall()}


def _json(attributes: object) -> str:
    return msgspec.json.encode(attributes, enc_hook=dict).decode()


def _digest(thing: Resource | Scope) -> bytes:
    # Texts by repr: they may hold what UTF-8 can't.
    return hashlib.blake2b(repr(tuple(thing)).encode("utf-8", "backslashreplace"), digest_size=16).digest()
