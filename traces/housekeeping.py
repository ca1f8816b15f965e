"""What nobody should have to wait for, done beside: partitions ahead, index lists flushed, statistics, retention."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import psycopg
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection

from traces.store import attribute_keys, links, partitions

logger = logging.getLogger(__name__)

NS = 1_000_000_000
CHUNK = 5_000
# So long the end waits for the task in work, which another can do again.
END_S = 4
GIN_INDEXES = """
select i.oid::regclass::text from pg_class i join pg_am a on a.oid = i.relam join pg_index x on x.indexrelid = i.oid
where a.amname = 'gin' and i.relkind = 'i' and x.indrelid in
    (select inhrelid from pg_inherits where inhparent = 'span'::regclass)"""
OLD_TRACES = """
delete from trace where trace_id in (
    select trace_id from trace where project = any(select distinct project from service) and end_ns < %s
    order by start_ns limit %s for update skip locked)
returning trace_id"""


# Who has to wait asks again so often: the one before may be gone, or this one's own lost connection.
TURN_S = 2
# Held until the connection ends, and given to it again as often as it asks.
TAKE = "select pg_try_advisory_lock(hashtext('tracing_ui housekeeping'))"


class Task(NamedTuple):
    name: str
    every_s: float
    work: Callable[[psycopg.Cursor[Any]], object]


def beside() -> Callable[[], object]:
    """Runs in a thread beside what this process serves; returns how to end it."""
    stop = threading.Event()
    thread = threading.Thread(target=run, args=(stop,), name="housekeeping", daemon=True)
    thread.start()

    def end() -> None:
        stop.set()
        thread.join(END_S)

    return end


def run(stop: threading.Event) -> None:
    """Does each task when it is due, until told to stop. A database that is away is asked again later.

    Where several run on one database, the first does it all as long as its connection lasts.
    """
    due = dict.fromkeys(range(len(TASKS)), 0.0)
    while not stop.is_set():
        for index, task in enumerate(TASKS):
            if time.monotonic() >= due[index] and not stop.is_set():
                due[index] = time.monotonic() + (task.every_s if _attempt(task) else min(task.every_s, TURN_S))
        stop.wait(0.5)


def _attempt(task: Task) -> bool:
    """Whether it was this one's turn, also where the task failed."""
    try:
        connection.ensure_connection()
        with connection.connection.cursor() as cursor:
            if cursor.execute(TAKE).fetchall() != [(True,)]:
                return False
            task.work(cursor)
    except (DatabaseError, InterfaceError, psycopg.Error) as error:
        logger.warning("%s: %s", task.name, str(error).strip().split("\n")[0])
        connection.close()
    except Exception:  # a mistake of ours: nobody would begin this thread again
        logger.exception("%s", task.name)
        connection.close()
    return True


def make_partitions(cursor: psycopg.Cursor[Any]) -> None:
    partitions.ensure(cursor, now_s=int(time.time()), retention_s=settings.RETENTION_S)


def flush_indexes(cursor: psycopg.Cursor[Any]) -> None:
    """New rows gather in a list beside each GIN index; whoever fills it pays, up to a second. So nobody fills it."""
    cursor.execute(GIN_INDEXES)
    for (index,) in cursor.fetchall():
        cursor.execute("select gin_clean_pending_list(%s::regclass)", (index,))


def analyze(cursor: psycopg.Cursor[Any]) -> None:
    """Of the partitioned table, which autovacuum leaves out; the partitions are its business."""
    cursor.execute("analyze span")


def retire(cursor: psycopg.Cursor[Any]) -> None:
    """Past the retention: trace rows in chunks first, with their links, then the partitions of their spans."""
    if settings.RETENTION_S is None:
        return
    oldest_s = int(time.time()) - settings.RETENTION_S
    while _retire_traces(cursor, oldest_s) == CHUNK:
        pass
    cursor.execute(attribute_keys.SEEN_BEFORE, (oldest_s,))
    for name in partitions.drop_before(cursor, oldest_s):
        logger.info("dropped %s: older than the retention", name)
    if (since_s := partitions.stored_since(cursor)) is not None and since_s <= oldest_s:
        cursor.execute(links.STARTED_BEFORE, (since_s * NS,))


def _retire_traces(cursor: psycopg.Cursor[Any], oldest_s: int) -> int:
    """How many have gone: a chunk, or the last of them."""
    with cursor.connection.transaction():
        gone = [trace_id for (trace_id,) in cursor.execute(OLD_TRACES, (oldest_s * NS, CHUNK)).fetchall()]
        cursor.execute(links.OF_TRACES, (gone,))
    return len(gone)


TASKS = [
    Task("making partitions", 600, make_partitions),
    Task("flushing indexes", 5, flush_indexes),
    Task("gathering statistics", 1800, analyze),
    Task("dropping what is past the retention", 300, retire),
]
