"""The only writer of spans. Judged spans in; committed, flushed rows of `span`, `link` and `trace` out, each span once.

    writer = Writer()
    fresh = writer.write(spans)      # how many of them were not stored before

A `Writer` belongs to one thread and its Django connection.
"""

from __future__ import annotations

import contextlib
import logging
import struct
import time
from collections.abc import Callable, Sequence
from typing import Any

import psycopg
from django.db import DatabaseError, InterfaceError, connection
from psycopg import errors

from traces.core.project import PROJECT
from traces.core.span import Span
from traces.sessions import for_writing
from traces.store import partitions
from traces.store.attribute_keys import AttributeKeys
from traces.store.catalogue import Catalogue, Unknown
from traces.store.links import add_links
from traces.store.rows import COLUMNS, COPY_SPANS, copy_rows
from traces.store.summaries import merge

logger = logging.getLogger(__name__)

_STAGE = "create temp table span_stage (like span) on commit drop"
_COPY_STAGE = COPY_SPANS.replace("copy span ", "copy span_stage ")
# Bytes compare as in Python: in another order than the plain COPY's this one would deadlock with it.
_ADD_STAGED = f"""
insert into span ({COLUMNS}) select {COLUMNS} from span_stage order by trace_id, int8send(span_id), start_ns
on conflict do nothing returning uuid_send(trace_id), int8send(span_id), start_ns"""
_STORED = """
select w.n from unnest(%b::uuid[], %b::bigint[], %b::bigint[]) with ordinality as w (trace_id, span_id, start_ns, n)
where exists (select from span s
    where s.trace_id = w.trace_id and s.span_id = w.span_id and s.start_ns = w.start_ns)"""
_ATTEMPTS = 6
# A connection that was used so recently is taken for alive.
_TRUSTED_S = 1.0


class Unavailable(Exception):
    """The database can't take spans now; the same request may succeed later."""


class Unstorable(Exception):
    """The database refuses these very spans."""


class Writer:
    def __init__(self, *, project: int = PROJECT, most_operations: int = 2_000, retention_s: int | None = None) -> None:
        self._project, self._retention_s = project, retention_s
        self._catalogue = Catalogue(project=project, most_operations=most_operations)
        self._keys = AttributeKeys(project=project)
        self._used_at = 0.0

    def forget(self) -> None:
        """Drops what is remembered of the database, as after it was exchanged."""
        self._catalogue.forget()

    def write(self, spans: Sequence[Span], *, maybe_stored: bool = False) -> int:
        """Stores the spans in one transaction and returns how many are new. Idempotent by trace id, span id, start.

        `maybe_stored` says that some may be there already, which spares the attempt to copy them.
        Raises Unavailable or Unstorable; then nothing of them is stored.
        """
        batch = _sorted_once(spans)
        try:
            fresh = self._retried(batch, maybe_stored)
        except (psycopg.DataError, psycopg.IntegrityError) as error:
            raise Unstorable(_in_words(error)) from error
        except (struct.error, UnicodeError) as error:
            raise Unstorable("a number or a text of theirs fits no column") from error
        except (DatabaseError, InterfaceError, psycopg.Error) as error:
            # Not the spans' fault, so their sender should keep them: away, read-only after a fail-over, not migrated.
            self._lost()
            raise Unavailable(_in_words(error)) from error
        self._learn_keys(batch)
        return fresh

    def _learn_keys(self, batch: Sequence[Span]) -> None:
        """After the commit: what completes a query mustn't keep a span from being stored."""
        if batch:
            self._keys.look(batch)
        if self._keys.is_due() and connection.connection is not None:
            with contextlib.suppress(psycopg.Error), connection.connection.cursor() as cursor:
                self._keys.store(cursor)

    def stored(self, spans: Sequence[Span]) -> set[int]:
        """The indexes of those spans that are stored already."""
        ids = [span.trace_id.hex() for span in spans], [int.from_bytes(s.span_id, signed=True) for s in spans]
        try:
            with self._cursor() as cursor:
                cursor.execute(_STORED, (*ids, [span.start_ns for span in spans]))
                return {n - 1 for (n,) in cursor.fetchall()}
        except (DatabaseError, psycopg.DatabaseError, InterfaceError) as error:
            self._lost()
            raise Unavailable(_in_words(error)) from error

    def _cursor(self) -> psycopg.Cursor[Any]:
        """A plain psycopg cursor: Django's own binds on the client and knows no binary COPY under DEBUG."""
        if time.monotonic() - self._used_at > _TRUSTED_S and connection.connection and not connection.is_usable():
            # The database was restarted while nobody sent anything: no reason to refuse the first who does.
            self._lost()
        cursor = for_writing().cursor()
        self._used_at = time.monotonic()
        return cursor

    def _lost(self) -> None:
        connection.close()
        self.forget()

    def _retried(self, batch: list[Span], staged: bool) -> int:
        late = False
        for attempt in range(_ATTEMPTS):
            try:
                return self._write(batch, staged)
            except errors.UniqueViolation:
                staged = True
            except (errors.DeadlockDetected, errors.SerializationFailure):
                time.sleep(0.01 * (attempt + 1))
            except errors.CheckViolation:
                if late:
                    raise
                # No partition takes one of the times: housekeeping is late.
                late = True
                with self._cursor() as cursor:
                    partitions.ensure(cursor, now_s=int(time.time()), retention_s=self._retention_s)
        raise Unavailable("the database was busy with other writers; try again")

    def _write(self, batch: list[Span], staged: bool) -> int:
        with self._cursor() as cursor:
            rows = self._rows(cursor, batch)
            write: Callable[..., list[Span]] = _write_staged if staged else _write_new
            with cursor.connection.transaction():
                fresh = write(cursor, batch, rows)
                add_links(cursor, fresh, project=self._project)
                merge(cursor, fresh, self._catalogue, project=self._project)
        return len(fresh)

    def _rows(self, cursor: psycopg.Cursor[Any], batch: list[Span]) -> bytes:
        for _ in range(2):
            try:
                return copy_rows(batch, self._catalogue, project=self._project)
            except Unknown:
                self._catalogue.learn(cursor, batch)
                self._keys.look_at_each_operation(batch)
        return copy_rows(batch, self._catalogue, project=self._project)


def _sorted_once(spans: Sequence[Span]) -> list[Span]:
    """In the order in which every writer locks: trace id, span id, start. A span that came twice is kept once."""
    by_ids = {span[0] + span[1]: span for span in spans}
    if len(by_ids) == len(spans):
        return [by_ids[ids] for ids in sorted(by_ids)]
    return [once for _, once in sorted({(span[0], span[1], span[3]): span for span in spans}.items())]


def _write_new(cursor: psycopg.Cursor[Any], batch: list[Span], rows: bytes) -> list[Span]:
    with cursor.copy(COPY_SPANS) as copy:
        copy.write(rows)
    return batch


def _write_staged(cursor: psycopg.Cursor[Any], batch: list[Span], rows: bytes) -> list[Span]:
    """COPY knows no ON CONFLICT, so what may be there already goes through a table beside."""
    cursor.execute(_STAGE)
    with cursor.copy(_COPY_STAGE) as copy:
        copy.write(rows)
    cursor.execute(_ADD_STAGED)
    new = {(bytes(trace_id), bytes(span_id), start_ns) for trace_id, span_id, start_ns in cursor.fetchall()}
    return [span for span in batch if (span[0], span[1], span[3]) in new]


def _in_words(error: Exception) -> str:
    if isinstance(error.__cause__ or error, errors.DiskFull):
        return "the database's disk is full; free some space, or set a retention"
    first_line = str(error).strip().split("\n")[0]
    return f"the database says: {first_line}"
