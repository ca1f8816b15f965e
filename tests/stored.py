"""What tests of storing look at and clean up, in the database itself."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import psycopg
from django.db import connection

from traces import queries
from traces.core.span import Span
from traces.sessions import for_writing
from traces.store import Writer, partitions

_PARTITIONS = "select inhrelid::regclass::text from pg_inherits where inhparent = 'span'::regclass"
_BOUNDS = """select c.relname, pg_get_expr(c.relpartbound, c.oid) from pg_inherits join pg_class c on c.oid = inhrelid
where inhparent = 'span'::regclass order by 1"""
_TABLES = "span", "link", "trace", "operation", "service", "resource", "scope", "attribute_key", "saved_search"
_FROM_ONE = "select setval(pg_get_serial_sequence(name, 'id'), 1, false) from unnest(%s::text[]) as name"
_NUMBERED = ["operation", "service", "resource", "scope"]
_SIZE = (
    "select sum(pg_relation_size(c.oid)) from pg_class c where relkind = 'r' and relnamespace = 'public'::regnamespace"
)
# Up to so many bytes deleting rows is quicker than new files.
_SMALL = 1 << 20
_bounds_made: list[tuple[Any, ...]] = []


def rows(query: str, *params: object) -> list[tuple[Any, ...]]:
    connection.ensure_connection()
    with connection.connection.cursor() as cursor:
        return list(cursor.execute(query, params or None).fetchall())


def execute(*statements: str) -> None:
    with for_writing().cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def count(table: str = "span") -> int:
    return int(rows(f"select count(*) from {table}")[0][0])


class OneTransactionWriter(Writer):
    """For tests that run in one transaction: what would go with a commit goes before each write."""

    def write(self, spans: Sequence[Span], *, maybe_stored: bool = False) -> int:
        execute("drop table if exists pg_temp.span_stage")
        return super().write(spans, maybe_stored=maybe_stored)


def another_connection(**options: Any) -> psycopg.Connection[Any]:
    """Beside Django's, which has to be open."""
    password = connection.settings_dict["PASSWORD"] or None
    return psycopg.connect(connection.connection.info.dsn, password=password, **options)


def drop_partitions() -> None:
    for (name,) in rows(_PARTITIONS):
        execute(f"drop table {name}")


def empty_store() -> None:
    """Everything deleted for good, numbers begin with 1 again, the partitions are as a migration makes them."""
    for (name,) in rows(partitions.LOOSE):
        execute(f"drop table {name}")
    if rows(_BOUNDS) != _bounds_made:
        drop_partitions()
    if rows(_SIZE)[0][0] > _SMALL:
        execute(f"truncate {', '.join(_TABLES)}")
    else:
        execute(*(f"delete from {name}" for name in _TABLES))
    with for_writing().cursor() as cursor:
        cursor.execute(_FROM_ONE, (_NUMBERED,))
        partitions.ensure(cursor, now_s=int(time.time()))
    _bounds_made[:] = rows(_BOUNDS)
    queries.forget()


def extent(spans: Iterable[Span]) -> tuple[int, int]:
    kept = list(spans)
    return min(span.start_ns for span in kept), max(span.end_ns for span in kept)


def at_once(works: Sequence[Callable[[], object]]) -> list[BaseException]:
    """Runs each in a thread with a connection of its own; returns what they raised."""
    errors: list[BaseException] = []

    def run(work: Callable[[], object]) -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - the test says what was wrong
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    return errors
