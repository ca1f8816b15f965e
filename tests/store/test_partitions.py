from __future__ import annotations

import itertools
import time
from typing import Any

import psycopg
import pytest
from django.db import connection

from tests.spans import a_span
from tests.stored import another_connection, count, drop_partitions, rows
from traces import queries
from traces.store import Unstorable, Writer, partitions
from traces.store.partitions import HOUR_S, NS, WEEK_S, Range, drop_before, end_of_before, ensure, length_s, ranges

DAY_S = 24 * HOUR_S
NOW_S = 1_772_442_900


@pytest.fixture
def bare(cursor: psycopg.Cursor[Any]) -> psycopg.Cursor[Any]:
    """A span table without partitions, as a migration finds it."""
    drop_partitions()
    return cursor


@pytest.fixture
def committing(committed: None) -> psycopg.Cursor[Any]:
    cursor: psycopg.Cursor[Any] = connection.connection.cursor()
    drop_partitions()
    return cursor


def assert_whole(cursor: psycopg.Cursor[Any], *, until_s: int) -> list[Range]:
    """From the beginning of time to `until_s` each moment has exactly one partition."""
    found = ranges(cursor)
    assert end_of_before(cursor) == found[0].start_s
    assert all(one.end_s == other.start_s for one, other in itertools.pairwise(found))
    assert found[-1].end_s >= until_s
    return found


@pytest.mark.parametrize(
    ("retention_s", "length"),
    [(None, WEEK_S), (HOUR_S, HOUR_S), (30 * DAY_S, DAY_S), (31 * HOUR_S, HOUR_S), (365 * DAY_S, 292 * HOUR_S)],
)
def test_partition_is_a_thirtieth_of_the_retention_in_whole_hours(retention_s: int | None, length: int) -> None:
    assert length_s(retention_s) == length


@pytest.mark.parametrize("retention_s", [None, HOUR_S, 30 * DAY_S])
def test_partitions_reach_ahead_and_are_made_once(bare: psycopg.Cursor[Any], retention_s: int | None) -> None:
    made = ensure(bare, now_s=NOW_S, retention_s=retention_s)
    found = assert_whole(bare, until_s=NOW_S + 3 * HOUR_S)
    assert made == [one.name for one in found]
    assert found[0].start_s <= NOW_S < found[0].end_s
    assert ensure(bare, now_s=NOW_S, retention_s=retention_s) == []


def test_time_goes_on_without_gaps_and_overlaps(bare: psycopg.Cursor[Any]) -> None:
    for hours in range(0, 100, 3):
        ensure(bare, now_s=NOW_S + hours * HOUR_S, retention_s=DAY_S)
        assert_whole(bare, until_s=NOW_S + (hours + 3) * HOUR_S)


@pytest.mark.parametrize(
    ("before", "after"), [(DAY_S, None), (None, DAY_S), (30 * DAY_S, 90 * DAY_S), (90 * DAY_S, DAY_S)]
)
def test_changed_retention_leaves_no_gap(bare: psycopg.Cursor[Any], before: int | None, after: int | None) -> None:
    ensure(bare, now_s=NOW_S, retention_s=before)
    for days in (0, 1, 3, 9, 20):
        ensure(bare, now_s=NOW_S + days * DAY_S, retention_s=after)
        assert_whole(bare, until_s=NOW_S + days * DAY_S + 3 * HOUR_S)


def test_year_without_a_server_takes_one_partition(bare: psycopg.Cursor[Any]) -> None:
    ensure(bare, now_s=NOW_S, retention_s=30 * HOUR_S)
    made = ensure(bare, now_s=NOW_S + 365 * DAY_S, retention_s=30 * HOUR_S)
    assert len(made) < 8
    assert_whole(bare, until_s=NOW_S + 365 * DAY_S + 3 * HOUR_S)


def test_partitions_index_keeps_a_long_list_of_what_is_new(bare: psycopg.Cursor[Any]) -> None:
    made = ensure(bare, now_s=NOW_S)
    query = "select count(*) from pg_class where reloptions::text like '%gin_pending_list_limit=%'"
    assert rows(query) == [(len(made) + 1,)]


def test_span_of_an_hour_ahead_finds_its_partition(writer: Writer) -> None:
    ahead = a_span(start_ns=(int(time.time()) + HOUR_S) * NS)
    assert writer.write([ahead]) == 1


def test_writer_makes_the_partition_that_housekeeping_forgot(bare: psycopg.Cursor[Any], writer: Writer) -> None:
    ensure(bare, now_s=NOW_S)
    span = a_span(start_ns=int(time.time()) * NS)
    assert writer.write([span]) == 1
    assert_whole(bare, until_s=int(time.time()) + 3 * HOUR_S)
    assert queries.trace_spans(span.trace_id)[0].start_ns == span.start_ns


def test_time_that_no_partition_will_take_is_unstorable(writer: Writer) -> None:
    with pytest.raises(Unstorable, match="partition"):
        writer.write([a_span(start_ns=(int(time.time()) + 365 * DAY_S) * NS)])
    assert writer.write([a_span()]) == 1


def test_partitions_past_the_retention_are_dropped(committing: psycopg.Cursor[Any]) -> None:
    for day in range(5):
        ensure(committing, now_s=NOW_S + day * DAY_S, retention_s=30 * DAY_S)
    before = ranges(committing)
    kept_from = before[2].start_s
    assert drop_before(committing, kept_from) == [before[0].name, before[1].name]
    assert ranges(committing) == before[2:]
    assert rows(partitions.LOOSE) == []
    assert drop_before(committing, kept_from) == []


def test_partition_that_reaches_into_the_retention_stays(committing: psycopg.Cursor[Any]) -> None:
    ensure(committing, now_s=NOW_S, retention_s=30 * DAY_S)
    before = ranges(committing)
    assert drop_before(committing, before[0].end_s - 1) == []
    assert ranges(committing) == before


def test_what_started_before_the_first_partition_goes_too(committing: psycopg.Cursor[Any]) -> None:
    ensure(committing, now_s=NOW_S, retention_s=30 * DAY_S)
    Writer().write([a_span(start_ns=0)])
    first_s = ranges(committing)[0].start_s
    drop_before(committing, first_s - 1)
    assert count() == 1
    drop_before(committing, first_s)
    assert count() == 0


def test_longer_retention_fills_what_a_shorter_one_dropped(committing: psycopg.Cursor[Any]) -> None:
    now_s = int(time.time())
    for days in (-9, -6, -3, 0):
        ensure(committing, now_s=now_s + days * DAY_S, retention_s=7 * DAY_S)
    drop_before(committing, now_s - 7 * DAY_S)
    assert ensure(committing, now_s=now_s, retention_s=7 * DAY_S) == []
    assert end_of_before(committing) != ranges(committing)[0].start_s
    old = a_span(start_ns=((end_of_before(committing) or 0) + 60) * NS)
    assert Writer(retention_s=None).write([old]) == 1
    assert_whole(committing, until_s=now_s)


def test_detaching_that_was_cut_short_is_finished(committing: psycopg.Cursor[Any]) -> None:
    for day in range(3):
        ensure(committing, now_s=NOW_S + day * DAY_S, retention_s=30 * DAY_S)
    first = ranges(committing)[0]
    with another_connection() as reader:
        reader.execute("select count(*) from span")
        # The reader's snapshot may need the partition: detaching waits for it, and is killed meanwhile.
        committing.execute("set lock_timeout = '100ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            committing.execute(f"alter table span detach partition {first.name} concurrently")
        assert rows(partitions.PENDING_DETACH) == [(first.name,)]
    assert first.name not in [one.name for one in ranges(committing)]
    drop_before(committing, first.end_s)
    assert (rows(partitions.PENDING_DETACH), rows(partitions.LOOSE)) == ([], [])


def test_long_read_holds_up_no_writer(committing: psycopg.Cursor[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(partitions, "LOCK_TIMEOUT", "set lock_timeout = '200ms'")
    for day in range(3):
        ensure(committing, now_s=NOW_S + day * DAY_S, retention_s=30 * DAY_S)
    first = ranges(committing)[0]
    with another_connection() as reader:
        reader.execute("select count(*) from span")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            drop_before(committing, first.end_s)
        assert Writer().write([a_span(start=2 * DAY_S * 1000)]) == 1
        assert reader.execute("select count(*) from span").fetchone() is not None
        # Making partitions waits for no reader.
        assert ensure(committing, now_s=NOW_S + 9 * DAY_S, retention_s=30 * DAY_S) != []
    drop_before(committing, first.end_s)
    assert first not in ranges(committing)
