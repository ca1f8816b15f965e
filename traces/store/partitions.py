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
# Spans are never changed: vacuum only marks pages as seen by all, and every fifth of a young table is too often for it.
_VACUUM = """autovacuum_vacuum_insert_threshold = 500000, autovacuum_vacuum_insert_scale_factor = 0.1,
    autovacuum_analyze_threshold = 50000, autovacuum_analyze_scale_factor = 0.3"""
LIST = """
select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
where i.inhparent = 'span'::regclass and not i.inhdetachpending order by 1"""
PENDING_DETACH = """
select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
where i.inhparent = 'span'::regclass and i.inhdetachpending"""
ANY_BEFORE = "select 1 from span_before limit 1"
BEFORE = """
select substring(pg_get_expr(c.relpartbound, c.oid) from '\\((''?-?\\d+''?)\\)$') from pg_class c
join pg_inherits i on i.inhrelid = c.oid where i.inhparent = 'span'::regclass and c.relname = 'span_before'"""
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
    """Makes what is missing up to two lengths (at least three hours) ahead; returns the new names."""
    length = length_s(retention_s)
    made = []
    with cursor.connection.transaction():
        # Two servers on one database would both see a gap.
        cursor.execute("select pg_advisory_xact_lock(hashtext('tracing_ui partitions'))")
        this_s, until_s = now_s // length * length, now_s + max(2 * length, 3 * HOUR_S)
        existing = ranges(cursor)
        before_s = end_of_before(cursor)
        if before_s is None:
            before_s = existing[0].start_s if existing else this_s
            _make_before(cursor, before_s)
        oldest_s = before_s if retention_s is None else now_s - retention_s
        if cursor.execute(PENDING_DETACH).fetchone() or cursor.execute(LOOSE).fetchone():
            # A gap is being made just now.
            oldest_s = until_s
        for gap in _gaps(existing, before_s, oldest_s=oldest_s, this_s=this_s, until_s=until_s, length=length):
            _make(cursor, gap.name, f"from ({gap.start_s * NS}) to ({gap.end_s * NS})")
            made.append(gap.name)
    return made


def ranges(cursor: psycopg.Cursor[Any]) -> list[Range]:
    """The ranges there are, oldest first, without `span_before`."""
    cursor.execute(LIST)
    names = [name.split("_") for (name,) in cursor.fetchall() if name != "span_before"]
    return sorted(Range(int(start), int(end)) for _, start, end in names)


def end_of_before(cursor: psycopg.Cursor[Any]) -> int | None:
    """Where `span_before` ends, in seconds; None where it isn't there."""
    cursor.execute(BEFORE)
    found = cursor.fetchone()
    return int(found[0].strip("'")) // NS if found else None


def stored_since(cursor: psycopg.Cursor[Any]) -> int | None:
    """No span is older, in seconds; None where one may be of any age."""
    if cursor.execute(ANY_BEFORE).fetchone():
        return None
    existing = ranges(cursor)
    return existing[0].start_s if existing else None


def _gaps(
    existing: list[Range], before_s: int, *, oldest_s: int, this_s: int, until_s: int, length: int
) -> Iterator[Range]:
    """What to add: what a shorter retention than today's has dropped, and behind the last range.

    Whatever the time without a server was, one range takes it, for never many more than sixty are good.
    """
    first_s = existing[0].start_s if existing else this_s
    if before_s < first_s and oldest_s < first_s:
        yield Range(before_s, first_s)
    start = existing[-1].end_s if existing else this_s
    if start < this_s:
        yield Range(start, this_s)
        start = this_s
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
    cursor.execute("select format('alter index %%I set (gin_pending_list_limit = 131072)', i.relname)"
                   " from pg_index x join pg_class i on i.oid = x.indexrelid join pg_am a on a.oid = i.relam"
                   " where x.indrelid = %s::regclass and a.amname = 'gin'", (name,))  # fmt: skip
    for (statement,) in cursor.fetchall():
        cursor.execute(statement)
    cursor.execute(f"alter table {name} set ({_VACUUM})")
    # Searches look before they choose a way, so nobody reads these statistics, which are the dearest to gather.
    cursor.execute(f"alter table {name} alter column attributes set statistics 0")


def drop_before(cursor: psycopg.Cursor[Any], oldest_s: int) -> list[str]:
    """Drops the partitions that end before `oldest_s`, and empties the first; needs autocommit. Returns their names.

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
    before_s = end_of_before(cursor)
    if before_s is not None and before_s <= oldest_s and cursor.execute(ANY_BEFORE).fetchone():
        cursor.execute("truncate span_before")
    cursor.execute(LOOSE)
    for (name,) in cursor.fetchall():
        cursor.execute(f"drop table {name}")
    return dropped
