"""SQL and parameters in, plain tuples out: how everything that only reads talks to the database. It can't write."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import OperationalError, connection
from psycopg.errors import QueryCanceled
from psycopg.pq import TransactionStatus

from traces.sessions import for_reading

# For what reads all of a trace, however large.
LONG_TIMEOUT_S = 60

Params = Sequence[object] | Mapping[str, object]


def fetch(query: str, params: Params = ()) -> list[tuple[Any, ...]]:
    """All rows. Values are bound on the server, never prepared: a generic plan can be a thousand times slower.

    Raises OperationalError, caused by QueryCanceled, after the timeout.
    """
    with _cursor() as cursor:
        return cursor.execute(query, params, prepare=False).fetchall()


def fetch_within(query: str, params: Params, *, settings: Mapping[str, str]) -> list[tuple[Any, ...]]:
    """All rows, with settings of the database that hold for this query alone: the planner's, or a timeout.

    Raises OperationalError, caused by QueryCanceled, after the timeout.
    """
    with _cursor(settings) as cursor:
        if cursor.connection.info.transaction_status is TransactionStatus.IDLE:
            return cursor.execute(query, params, prepare=False).fetchall()
        with cursor.connection.transaction():
            cursor.execute(
                "select set_config(name, value, true) from unnest(%s::text[], %s::text[]) as s (name, value)",
                (list(settings), list(settings.values())),
            )
            return cursor.execute(query, params, prepare=False).fetchall()


def fetch_in_time(
    query: str, params: Params, *, timeout_ms: int, settings: Mapping[str, str] | None = None
) -> list[tuple[Any, ...]] | None:
    """All rows; None where they take longer."""
    with UnlessStopped():
        return fetch_within(query, params, settings={"statement_timeout": str(timeout_ms), **(settings or {})})
    return None


def stream(query: str, params: Params, *, size: int = 500) -> Iterator[tuple[Any, ...]]:
    """Rows as they are read, `size` at a time in memory."""
    with wrapped(), _connected().transaction(), _connected().cursor("stream", binary=True) as cursor:
        cursor.connection.execute(f"set local statement_timeout = '{LONG_TIMEOUT_S}s'")
        cursor.itersize = size
        cursor.execute(query, params)
        yield from cursor


def fetch_as_far(query: str, params: Params, *, timeout_ms: int, size: int) -> tuple[list[tuple[Any, ...]], bool]:
    """The rows that come within the time, `size` at a time, in their order; and whether these are all."""
    until_s, rows = time.monotonic() + timeout_ms / 1000, list[tuple[Any, ...]]()
    with UnlessStopped(), _cursor() as cursor, cursor.connection.transaction():
        cursor.execute(f"declare far no scroll cursor for {query}", params, prepare=False)
        # Not a cursor of the driver's: cancelled as it ends, a fetch has two results, which those don't expect.
        while (left_ms := int((until_s - time.monotonic()) * 1000)) > 0:
            cursor.execute("select set_config('statement_timeout', %s, true)", (str(left_ms),))
            block = cursor.execute(f"fetch {size} from far", prepare=False).fetchall()
            rows += block
            if len(block) < size:
                cursor.execute("close far")
                return rows, True
    return rows, False


class UnlessStopped:
    """A `with` that is left, and no more, where the database took too long and was stopped."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> bool:
        return isinstance(error, OperationalError) and isinstance(error.__cause__, QueryCanceled)


@contextmanager
def wrapped() -> Iterator[None]:
    """Errors of the driver become Django's, which the rest of the house knows."""
    with connection.wrap_database_errors:
        yield


@contextmanager
def _cursor(settings: Mapping[str, str] | None = None) -> Iterator[psycopg.Cursor[Any]]:
    with wrapped(), _connected(settings).cursor(binary=True) as cursor:
        yield cursor


def _connected(settings: Mapping[str, str] | None = None) -> psycopg.Connection[Any]:
    connection.close_if_health_check_failed()
    return for_reading(settings)
