"""A database's address in, what is really stored out: counts, and where the bytes went."""

from __future__ import annotations

from typing import NamedTuple

import psycopg

_COUNTS = """
select (select count(*) from span), (select count(*) from span where status = 2), count(*),
       coalesce(sum(span_count), 0)::bigint, coalesce(sum(error_count), 0)::bigint,
       count(*) filter (where error_count > 0)
from trace"""
# Any of them, whatever they do; the same on the same data.
_USERS = """
with chosen as (
    select id from (select distinct attributes ->> 'user.id' as id from span) as users
    where id is not null order by md5(id) limit %s)
select id, array_agg(distinct trace_id) from chosen join span on attributes ->> 'user.id' = id group by id"""
_PERIOD = "select min(start_ns), max(start_ns) from trace"
# A partition and its indexes count for the table and the index that they are parts of.
_SIZES = """
with tables as (
    select oid, coalesce(pg_partition_root(oid), oid)::regclass::text as name, reltoastrelid from pg_class
    where relkind = 'r' and relnamespace = 'public'::regnamespace
)
select name, 'rows', sum(pg_table_size(oid) - coalesce(pg_total_relation_size(nullif(reltoastrelid, 0)), 0))
from tables group by name
union all
select name, 'long values', sum(pg_total_relation_size(reltoastrelid))
from tables where reltoastrelid <> 0 group by name
union all
select name, coalesce(pg_partition_root(indexrelid), indexrelid)::regclass::text,
       sum(pg_relation_size(indexrelid))
from tables join pg_index on indrelid = tables.oid group by 1, 2
order by 3 desc"""


class Counts(NamedTuple):
    """What the rows say and, beside it, what the summaries say."""

    spans: int
    error_spans: int
    traces: int
    summed_spans: int
    summed_error_spans: int
    error_traces: int


class Size(NamedTuple):
    table: str
    part: str
    size_bytes: int


def counts(database_url: str) -> Counts:
    with psycopg.connect(database_url) as connection:
        row = connection.execute(_COUNTS).fetchone()
    assert row
    return Counts(*row)


def sizes(database_url: str) -> list[Size]:
    """Of every table's rows, of what is stored beside them, and of every index; the largest first."""
    with psycopg.connect(database_url) as connection:
        rows = connection.execute(_SIZES).fetchall()
    return [Size(table, part, int(size)) for table, part, size in rows if size]


def period_ns(database_url: str) -> tuple[int, int]:
    """The first and the last trace's start."""
    with psycopg.connect(database_url) as connection:
        row = connection.execute(_PERIOD).fetchone()
    assert row
    return row[0], row[1]


def users(database_url: str, number: int) -> dict[str, set[str]]:
    """Some values of `user.id`, with the ids of their traces."""
    with psycopg.connect(database_url) as connection:
        rows = connection.execute(_USERS, (number,)).fetchall()
    return {user: {trace_id.hex for trace_id in ids} for user, ids in rows}


def version(database_url: str) -> str:
    with psycopg.connect(database_url) as connection:
        number = connection.info.server_version
    return f"PostgreSQL {number // 10_000}.{number % 10_000}"
