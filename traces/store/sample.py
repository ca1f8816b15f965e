"""The sample traces in the store: who is sending them, and how they go. A cursor in autocommit in.

Whoever sends holds a lock; who wants the sample gone waits for it, which the sender sees and stops. No table is needed
for it, and a sender that was killed holds nothing.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
from psycopg import errors
from psycopg.types.json import Jsonb

from traces.core.sample import FIRST_ID, KEY, LAST_ID, NAME
from traces.store.attribute_keys import WITHOUT_TRACES

CHUNK = 200
SENDER_TIMEOUT_S = 40
_LOCK = (0x54_52_43_55, 1)
CLAIM = "select pg_try_advisory_lock(%s, %s)"
WAIT = "select pg_advisory_lock(%s, %s)"
LEAVE = "select pg_advisory_unlock(%s, %s)"
WAITED_FOR = """
select exists (select from pg_locks where locktype = 'advisory' and classid = %s and objid = %s and not granted
    and database = (select oid from pg_database where datname = current_database()))"""
RESOURCES = "select coalesce(array_agg(id), '{}') from resource where attributes @> %s"
# Locked in the order of the id, as writers lock: what they add meanwhile comes before or after, never between.
NEXT_TRACES = """
select trace_id, start_ns, end_ns from trace where trace_id > %s and trace_id <= %s
order by trace_id limit %s for update"""
DELETE_SPANS = """
delete from span where trace_id = any(%s) and start_ns between %s and %s and resource_id = any(%s)
returning trace_id, span_id, start_ns"""
DELETE_LINKS = """
delete from link l using unnest(%s::uuid[], %s::bigint[], %s::bigint[]) as gone (trace_id, span_id, start_ns)
where (l.trace_id, l.span_id, l.start_ns) = (gone.trace_id, gone.span_id, gone.start_ns)"""
DELETE_EMPTY = """
delete from trace t where t.trace_id = any(%s)
    and not exists (select from span s where s.trace_id = t.trace_id and s.start_ns between %s and %s)"""
# What `summaries.merge` would have made of the spans that stay; their weight stays, for no sample has one.
RECOUNT = """
with kept as (select s.*, o.service_id from span s join operation o on o.id = s.operation_id
    where s.trace_id = any(%s) and s.start_ns between %s and %s),
counted as (select trace_id, min(start_ns) as start_ns, max(start_ns + duration_ns) as end_ns, count(*) as spans,
    count(*) filter (where status = 2) as errors, array_agg(distinct operation_id) as operations
    from kept group by trace_id),
head as (select distinct on (trace_id) *, parent_span_id is null as is_root from kept
    order by trace_id, parent_span_id is not null, start_ns, int8send(span_id)),
service as (select trace_id, array_agg(service_id) as ids, array_agg(spans) as spans, array_agg(errors) as errors
    from (select trace_id, service_id, count(*)::int as spans, count(*) filter (where status = 2)::int as errors
        from kept group by trace_id, service_id) as one group by trace_id)
update trace t set
    start_ns = c.start_ns, end_ns = c.end_ns, span_count = c.spans, error_count = c.errors, version = t.version + 1,
    written_ns = (extract(epoch from clock_timestamp()) * 1000000000)::bigint,
    duration_ns = case when h.is_root then h.duration_ns else c.end_ns - c.start_ns end, has_root = h.is_root,
    head_span_id = h.span_id, head_start_ns = h.start_ns, head_duration_ns = h.duration_ns,
    head_operation_id = h.operation_id, head_name = h.name,
    operation_ids = c.operations, service_ids = v.ids, service_spans = v.spans, service_errors = v.errors
from counted c, head h, service v
where t.trace_id = c.trace_id and h.trace_id = c.trace_id and v.trace_id = c.trace_id"""


class Busy(Exception):
    """Somebody is sending the sample and doesn't stop."""


class Removed(NamedTuple):
    spans: int
    # False where the time was up before all were gone.
    all: bool


def claim(cursor: psycopg.Cursor[Any]) -> bool:
    """Whether we are the one who sends, until the connection ends."""
    return bool(_value(cursor, CLAIM, _LOCK))


def is_unwanted(cursor: psycopg.Cursor[Any]) -> bool:
    """Asked by the sender: does somebody wait for it to stop?"""
    return bool(_value(cursor, WAITED_FOR, _LOCK))


def remove(cursor: psycopg.Cursor[Any], *, timeout_s: float = float("inf")) -> Removed:
    """Deletes the sample's spans, and of the traces what is left of them: spans of others stay, counted anew.

    A sender is stopped first. Raises Busy. Small tables keep their rows, for other processes remember their ids.
    """
    began = time.monotonic()
    with _alone(cursor):
        resources = _value(cursor, RESOURCES, (Jsonb({KEY: NAME}),))
        after, spans = UUID(int=int.from_bytes(FIRST_ID) - 1), 0
        while resources and time.monotonic() - began < timeout_s:
            with cursor.connection.transaction():
                last, deleted = _remove_next(cursor, after, resources)
            if last is None:
                cursor.execute(WITHOUT_TRACES)
                return Removed(spans, True)
            after, spans = last, spans + deleted
    return Removed(spans, not resources)


def _remove_next(cursor: psycopg.Cursor[Any], after: UUID, resources: list[int]) -> tuple[UUID | None, int]:
    """The last trace of the next few and how many spans went; None behind the last."""
    traces = cursor.execute(NEXT_TRACES, (after, UUID(bytes=LAST_ID), CHUNK)).fetchall()
    if not traces:
        return None, 0
    ids = [trace_id for trace_id, _, _ in traces]
    extent = min(start_ns for _, start_ns, _ in traces), max(end_ns for _, _, end_ns in traces)
    deleted = cursor.execute(DELETE_SPANS, (ids, *extent, resources)).fetchall()
    cursor.execute(DELETE_LINKS, tuple(map(list, zip(*deleted, strict=True))) or ([],) * 3)
    touched = sorted({trace_id for trace_id, _, _ in deleted})
    cursor.execute(DELETE_EMPTY, (touched, *extent))
    cursor.execute(RECOUNT, (touched, *extent))
    return ids[-1], len(deleted)


@contextlib.contextmanager
def _alone(cursor: psycopg.Cursor[Any]) -> Iterator[None]:
    try:
        with cursor.connection.transaction():
            cursor.execute(f"set local lock_timeout = '{SENDER_TIMEOUT_S}s'")
            cursor.execute(WAIT, _LOCK)
    except errors.LockNotAvailable as error:
        raise Busy("the sample's sender does not stop; end it, then try again") from error
    try:
        yield
    finally:
        cursor.execute(LEAVE, _LOCK)


def _value(cursor: psycopg.Cursor[Any], query: str, params: tuple[object, ...]) -> Any:
    row = cursor.execute(query, params).fetchone()
    return row[0] if row else None
