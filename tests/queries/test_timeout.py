"""What the database works on for too long is stopped, whoever opened the connection, and others are left alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import OperationalError, connection
from psycopg.errors import QueryCanceled

from traces import queries, sessions
from traces.queries import spans
from traces.queries.reading import fetch, fetch_within
from traces.sessions import for_writing
from traces.store import Writer

pytestmark = pytest.mark.usefixtures("transactional_db")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A new connection, on which a read may take a tenth of a second."""
    monkeypatch.setitem(sessions.READING, "statement_timeout", "100ms")
    connection.close()
    yield
    connection.close()


def assert_stopped(query: str) -> None:
    with pytest.raises(OperationalError) as stopped:
        fetch(query)
    assert isinstance(stopped.value.__cause__, QueryCanceled)


def test_read_that_takes_too_long_is_stopped_on_each_new_connection(impatient: None) -> None:
    for _ in range(2):
        assert fetch("select 1") == [(1,)]
        assert_stopped("select pg_sleep(30)")
        assert fetch("select 2") == [(2,)]
        connection.close()


def test_connection_that_somebody_else_opened_gets_the_limit_too(impatient: None) -> None:
    Writer().write([])
    assert connection.connection
    assert_stopped("select pg_sleep(30)")


def test_who_sets_a_time_gets_that(impatient: None) -> None:
    assert fetch_within("select 1 from pg_sleep(0.2)", (), settings={"statement_timeout": "20s"}) == [(1,)]


def test_stream_may_take_longer_than_a_page(impatient: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spans, "FIRST_SPANS", "select 1 from pg_sleep(0.2) where %s is null or %s < %s")
    assert list(queries.stream_spans(bytes(16))) == []


def test_nothing_is_compiled() -> None:
    """For a long condition that took seconds, where PostgreSQL's own settings allow it."""
    for_writing().execute("alter role current_user set jit = on")
    connection.close()
    try:
        assert fetch("show jit") == [("off",)]
    finally:
        for_writing().execute("alter role current_user reset jit")
        connection.close()
