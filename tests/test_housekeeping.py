from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import connection
from pytest_django import Settings

from tests.spans import a_span, many_spans
from tests.stored import another_connection, count, empty_store, execute, rows
from traces import housekeeping, queries
from traces.store import Writer, partitions

DAY_S = 86_400
NS = 1_000_000_000


@pytest.fixture
def cursor(transactional_db: None) -> Iterator[psycopg.Cursor[Any]]:
    """Commits are real here: some of this work can't be done in a transaction."""
    connection.ensure_connection()
    empty_store()
    with connection.connection.cursor() as found:
        yield found
    connection.close()
    empty_store()


def test_partitions_are_made_ahead(cursor: psycopg.Cursor[Any], settings: Settings) -> None:
    settings.RETENTION_S = None
    execute(f"drop table {partitions.ranges(cursor)[-1].name}")
    before = partitions.ranges(cursor)
    housekeeping.make_partitions(cursor)
    after = partitions.ranges(cursor)
    assert after[: len(before)] == before
    assert after[-1].end_s >= time.time() + 3 * 3_600


def test_lists_of_what_is_new_are_flushed(cursor: psycopg.Cursor[Any]) -> None:
    spans = many_spans(300, traces=30)
    Writer().write([span._replace(attributes={"n": n}) for n, span in enumerate(spans)])
    waiting = rows(housekeeping.GIN_INDEXES)
    assert len(waiting) == len(rows(partitions.LIST))
    housekeeping.flush_indexes(cursor)
    left = [rows("select gin_clean_pending_list(%s::regclass)", index)[0][0] for (index,) in waiting]
    assert left == [0] * len(waiting)


def test_the_partitioned_table_gets_statistics(cursor: psycopg.Cursor[Any]) -> None:
    Writer().write(many_spans(1_500, traces=30))
    housekeeping.analyze(cursor)
    assert rows("select reltuples from pg_class where relname = 'span'") == [(1_500,)]


def test_nothing_is_retired_without_a_retention(cursor: psycopg.Cursor[Any], settings: Settings) -> None:
    settings.RETENTION_S = None
    Writer().write([a_span(start_ns=0)])
    housekeeping.retire(cursor)
    assert (count("trace"), count()) == (1, 1)


def test_what_is_past_the_retention_goes_and_the_rest_stays(
    cursor: psycopg.Cursor[Any], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.RETENTION_S = 3 * DAY_S
    monkeypatch.setattr(housekeeping, "CHUNK", 7)
    for (name,) in rows("select inhrelid::regclass::text from pg_inherits where inhparent = 'span'::regclass"):
        execute(f"drop table {name}")
    now_s = int(time.time())
    for days in range(-10, 1):
        partitions.ensure(cursor, now_s=now_s + days * DAY_S, retention_s=3 * DAY_S)
    # None is exactly as old as the retention: that would depend on when the second turns.
    ages = [n / 4 + 0.1 for n in range(37)]
    Writer().write([a_span(n, start_ns=int(now_s - age * DAY_S) * NS) for n, age in enumerate(ages, 1)])
    housekeeping.retire(cursor)
    kept = sum(age <= 3 for age in ages)
    assert count("trace") == kept
    oldest_s = rows("select min(start_ns) / 1000000000 from span")[0][0]
    assert count() >= kept
    # What is left beside is younger than the retention and the length of one partition.
    assert oldest_s >= now_s - 4 * DAY_S - 2 * partitions.length_s(3 * DAY_S)
    assert all(one.end_s > now_s - 3 * DAY_S for one in partitions.ranges(cursor))
    assert rows(partitions.LOOSE) == []


def test_trace_that_reaches_into_the_retention_stays(cursor: psycopg.Cursor[Any], settings: Settings) -> None:
    settings.RETENTION_S = 3 * DAY_S
    now_s = int(time.time())
    old, new = a_span(start_ns=(now_s - 9 * DAY_S) * NS), a_span(span=2, parent=1, start_ns=now_s * NS)
    Writer().write([old, new])
    housekeeping.retire(cursor)
    assert queries.trace_summary(old.trace_id) is not None


def test_all_tasks_are_done_until_told_to_stop(cursor: psycopg.Cursor[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    stop = threading.Event()

    def work(name: str) -> housekeeping.Task:
        def note(_: psycopg.Cursor[Any]) -> None:
            done.append(name)
            if len(done) == 6:
                stop.set()

        return housekeeping.Task(name, 0.0, note)

    monkeypatch.setattr(housekeeping, "TASKS", [work("a"), work("b")])
    housekeeping.run(stop)
    assert done == ["a", "b"] * 3


def test_failing_task_keeps_no_other_from_its_work(
    cursor: psycopg.Cursor[Any], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    stop = threading.Event()

    def lose(lost: psycopg.Cursor[Any]) -> None:
        pid = lost.connection.info.backend_pid
        with another_connection(autocommit=True) as other:
            other.execute("select pg_terminate_backend(%s, 5000)", (pid,))
        lost.execute("select 1")

    tasks = [
        housekeeping.Task("losing", 100, lose),
        housekeeping.Task("mistaken", 100, lambda cursor: cursor.execute("select nothing")),
        housekeeping.Task("buggy", 100, lambda _: 1 // 0),
        housekeeping.Task("working", 100, lambda _: stop.set()),
    ]
    monkeypatch.setattr(housekeeping, "TASKS", tasks)
    housekeeping.run(stop)
    assert [record.getMessage().split(":")[0] for record in caplog.records] == ["losing", "mistaken", "buggy"]


def test_every_task_runs(cursor: psycopg.Cursor[Any]) -> None:
    for task in housekeeping.TASKS:
        task.work(cursor)
        assert task.every_s > 0


def test_of_two_on_one_database_one_keeps_house_until_its_connection_ends(cursor: psycopg.Cursor[Any]) -> None:
    done: list[object] = []
    task = housekeeping.Task("counting", 0, done.append)
    with another_connection() as other:
        other.execute(housekeeping.TAKE)
        housekeeping._attempt(task)
        assert done == []
    deadline = time.monotonic() + 5
    while not done and time.monotonic() < deadline:
        housekeeping._attempt(task)
    assert len(done) == 1
    housekeeping._attempt(task)
    assert len(done) == 2


def test_house_is_kept_beside_a_server_until_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, ended = threading.Event(), threading.Event()

    def run(stop: threading.Event) -> None:
        begun.set()
        stop.wait(5)
        ended.set()

    monkeypatch.setattr(housekeeping, "run", run)
    end = housekeeping.beside()
    assert begun.wait(5)
    assert not ended.is_set()
    end()
    assert ended.is_set()
