"""What reads can't write, whatever it asks; what writes may do so on the same connection."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.db import Error, connection

from tests.spans import a_span
from traces.queries.reading import fetch, fetch_as_far, fetch_within, stream
from traces.sessions import for_writing
from traces.store import Writer, saved_searches

pytestmark = pytest.mark.usefixtures("committed")
Read = Callable[[str], object]


@pytest.fixture(autouse=True)
def own_connection() -> Iterator[None]:
    connection.close()
    yield
    connection.close()


def _within(query: str) -> object:
    return fetch_within(query, (), settings={"statement_timeout": "1s"})


def _as_far(query: str) -> object:
    return fetch_as_far(query, (), timeout_ms=1_000, size=10)


def _stream(query: str) -> object:
    return list(stream(query, ()))


@pytest.mark.parametrize("read", [fetch, _within])
@pytest.mark.parametrize(
    "change",
    [
        "insert into saved_search (project, name, query) values (1, 'a', 'b') returning 1",
        "update trace set span_count = 0 returning 1",
        "delete from trace returning 1",
        "truncate trace",
    ],
)
def test_change_that_reading_asks_for_is_refused(read: Read, change: str) -> None:
    Writer().write([a_span()])
    with pytest.raises(Error, match="read-only transaction"):
        read(change)
    assert fetch("select (select count(*) from saved_search), (select sum(span_count) from trace)") == [(0, 1)]


@pytest.mark.parametrize("read", [fetch, _within, _as_far, _stream])
def test_no_way_of_reading_has_an_effect(read: Read) -> None:
    with pytest.raises(Error, match="read-only transaction"):
        read("select nextval(pg_get_serial_sequence('service', 'id'))")


def test_nor_does_it_where_somebody_wrote_before() -> None:
    for n in range(1, 3):
        Writer().write([a_span(n)])
        assert fetch("select count(*) from span") == [(n,)]
        assert fetch("show transaction_read_only") == [("on",)]
        assert fetch("show statement_timeout") == [("10s",)]
    backend = connection.connection.info.backend_pid
    with for_writing().cursor() as cursor:
        assert saved_searches.save(cursor, "mine", "q=a")
        assert cursor.execute("show statement_timeout").fetchall() == [("30s",)]
    assert fetch("select name from saved_search") == [("mine",)]
    assert fetch("show transaction_read_only") == [("on",)]
    assert connection.connection.info.backend_pid == backend
