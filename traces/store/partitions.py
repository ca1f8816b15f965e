"""Keeps the span table's partitions: ranges of start time, made ahead, dropped when they outlive the retention.

There is no default partition: with one, making and dropping partitions lock it and DETACH CONCURRENTLY is refused.
What started before the first range lies in `span_before`. A partition's name says its range: `span_<start s>_<end s>`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import psycopg

NS = 1_000_000_000
HOUR_S, WEEK_S = 3_600, 604_800
# Longer than this no COPY may queue behind a partition's lock, which itself queues behind a long read.
LOCK_TIMEOUT = "set lock_timeout = '2s'"
LIST = """
select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
where i.inhparent = 'span'::regclass and not i.inhdetachpending order by 1"""
PENDING_DETACH = """
select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
where i.inhparent = 'span'::regclass and i.inhdetachpending"""
LOOSE = "select relname from pg_class where relname ~ '^span_\\d+_\\d+$' and relkind = 'r' and not relispartition"


class Range(NamedTuple):
    """Seconds since 1970, end exclusive."""

    start_s: int
    end_s: int

    @property
    def name(self) -> str:
        return f"span_{self.start_s}_{self.end_s}"


def length_s(retention_s: int | None) -> int:
    """A thirtieth of the retention in whole hours, so that there are never many more than thirty; else a week."""
    return WEEK_S if retention_s is None else max(HOUR_S, retention_s // 30 // HOUR_S * HOUR_S)


def ensure(cursor: psycopg.Cursor[Any], *, now_s: int, retention_s: int | None = None) -> list[str]:
    """Makes what is missing up to two lengths (at least three hours) ahead; returns the new names.

    Each in a transaction of its own, so a partition that a long read holds up holds up no other.
    """
    length = length_s(retention_s)
    made = []
    with cursor.connection.transaction():
        # Two servers on one database would both see a gap.
        cursor.execute("select pg_advisory_xact_lock(hashtext('tracing_ui partitions'))")
        existing = ranges(cursor)
        first = not existing
        if first:
            _make_before(cursor, now_s // length * length)
        for gap in _gaps(existing, now_s // length * length, now_s + max(2 * length, 3 * HOUR_S), length):
            _make(cursor, gap.name, f"from ({gap.start_s * NS}) to ({gap.end_s * NS})")
            made.append(gap.name)
    return made


def ranges(cursor: psycopg.Cursor[Any]) -> list[Range]:
    """The ranges there are, oldest first, without `span_before`."""
    cursor.execute(LIST)
    names = [name.split("_") for (name,) in cursor.fetchall() if name != "span_before"]
    return sorted(Range(int(start), int(end)) for _, start, end in names)


def _gaps(existing: list[Range], start_s: int, until_s: int, length: int) -> Iterator[Range]:
    """What to add behind the last range, or from `start_s` on where there is none."""
    start = existing[-1].end_s if existing else start_s
    while start < until_s:
        # A changed length takes effect at the next multiple of it.
        end = (start // length + 1) * length
        yield Range(start, end)
        start = end


def _make_before(cursor: psycopg.Cursor[Any], first_s: int) -> None:
    _make(cursor, "span_before", f"from (minvalue) to ({first_s * NS})")


def _make(cursor: psycopg.Cursor[Any], name: str, bounds: str) -> None:
    """By LIKE and ATTACH, which take a weaker lock than CREATE … PARTITION OF."""
    cursor.execute("set local lock_timeout = '2s'")
    cursor.execute(f"create table {name} (like span including defaults including constraints)")
    cursor.execute(f"alter table span attach partition {name} for values {bounds}")
    # A GIN index takes its parameters from each partition; the partitioned index refuses them.
    cursor.execute("select format('alter index %%I set (gin_pending_list_limit = 32768)', i.relname)"
                   " from pg_index x join pg_class i on i.oid = x.indexrelid join pg_am a on a.oid = i.relam"
                   " where x.indrelid = %s::regclass and a.amname = 'gin'", (name,))  # fmt: skip
    for (statement,) in cursor.fetchall():
        cursor.execute(statement)
    cursor.execute(
        f"alter table {name} set (autovacuum_vacuum_insert_scale_factor = 0.2, autovacuum_analyze_scale_factor = 0.2)"
    )


def drop_before(cursor: psycopg.Cursor[Any], oldest_s: int) -> list[str]:
    """Drops the partitions that end before `oldest_s`; needs autocommit. Returns their names.

    What a killed predecessor left half done is finished first.
    """
    cursor.execute(LOCK_TIMEOUT)
    cursor.execute(PENDING_DETACH)
    for (name,) in cursor.fetchall():
        cursor.execute(f"alter table span detach partition {name} finalize")
    dropped = []
    for old in ranges(cursor):
        if old.end_s <= oldest_s:
            cursor.execute(f"alter table span detach partition {old.name} concurrently")
            dropped.append(old.name)
    cursor.execute(LOOSE)
    for (name,) in cursor.fetchall():
        cursor.execute(f"drop table {name}")
    return dropped
