"""The database away, its disk full, too much at once: 503 with Retry-After, and nothing acknowledged is lost."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.test import Client
from psycopg import errors

from tests.api.conftest import END_OTHERS, database_away
from tests.api.sending import (
    JSON,
    OTLP,
    PLAIN,
    PROTOBUF,
    Reply,
    dumps,
    find,
    json_span,
    otlp_json,
    pb_span,
    plain_span,
    post,
    protobuf,
    read,
)
from tests.stored import execute
from traces.api import ingestion
from traces.api.gate import ASSUMED_BYTES
from traces.queries import listing
from traces.store import Writer

pytestmark = pytest.mark.usefixtures("store")


def send(trace_id: bytes | None = None) -> Reply:
    return post(OTLP, protobuf(pb_span(trace_id)), PROTOBUF)


def assert_come_back(reply: Reply) -> None:
    assert (reply.status, reply.headers["Retry-After"]) == (503, "1")


@contextmanager
def locked_spans() -> Iterator[None]:
    """Nobody can write spans meanwhile."""
    parameters = connection.get_connection_params()
    names = ("host", "port", "dbname", "user", "password")
    with psycopg.connect(**{name: parameters[name] for name in names if parameters.get(name)}) as other:
        other.execute("lock table span in access exclusive mode")
        yield


def test_while_the_database_is_away_each_format_is_told_to_come_back() -> None:
    span, json_one, plain = pb_span(), json_span(), plain_span()
    bodies = [(OTLP, protobuf(span), PROTOBUF), (OTLP, otlp_json(json_one), JSON), (PLAIN, dumps(plain), JSON)]
    assert send().status == 200
    with database_away():
        for path, body, format in bodies:
            reply = post(path, body, format)
            assert_come_back(reply)
            assert reply.headers["Content-Type"] == format
            assert reply.message().startswith("not stored, send again: the database says: ")
    for path, body, format in bodies:
        assert post(path, body, format).status == 200
    assert len(find()) == 4


def test_while_the_database_is_away_reading_says_so() -> None:
    send(bytes([1]) * 16)
    with database_away():
        for path in ("/api/traces", f"/api/traces/{'01' * 16}", "/api/services"):
            response = Client().get(path)
            assert (response.status_code, response["Retry-After"]) == (503, "1")
            assert response.json() == {"error": "the database is not reachable or too busy; try again"}
    assert len(find()) == 1


def test_a_mistake_of_ours_is_not_taken_for_an_absent_database(
    client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(listing, "_IS_EMPTY", "select nonsense")
    monkeypatch.setattr("traces.queries.search_traces", lambda search: listing.store_is_empty())
    client.raise_request_exception = False
    assert client.get("/api/traces").status_code == 500
    assert "nonsense" in caplog.text


def test_a_connection_that_died_costs_one_retry_at_most() -> None:
    assert send().status == 200
    execute(END_OTHERS)
    first = send()
    assert first.status in (200, 503)
    assert send().status == 200


def test_a_full_disk_stops_writing_and_not_reading(full_disk: Callable[[], None], client: Client) -> None:
    send(bytes([1]) * 16)
    full_disk()
    reply = send()
    assert_come_back(reply)
    assert reply.message().startswith("the database's disk has less than 1,152,921,504,606,846,976 bytes left; free")
    page = client.post(OTLP, otlp_json(json_span()), content_type=JSON)
    assert (page.status_code, page["Retry-After"]) == (503, "1")
    assert len(read(bytes([1]) * 16)) == len(find()) == 1


def test_a_full_disk_that_the_database_finds_first_is_no_fault_of_the_spans(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object) -> None:
        raise errors.DiskFull("could not extend file")

    with monkeypatch.context() as patch:
        patch.setattr(Writer, "_write", fail)
        reply = send()
    assert_come_back(reply)
    assert "the database's disk is full; free some space, or set a retention" in reply.message()
    assert send().status == 200


def test_more_bytes_than_fit_are_refused_at_once(with_settings: Callable[..., None]) -> None:
    with_settings(MAX_IN_FLIGHT_BYTES=1000)
    with ingestion.gate().hold(990):
        started = time.perf_counter()
        reply = send()
        assert time.perf_counter() - started < 0.05
    assert_come_back(reply)
    assert reply.message() == "more spans are arriving than can be stored; send again in a moment"
    assert send().status == 200


def test_a_single_request_always_fits(with_settings: Callable[..., None]) -> None:
    with_settings(MAX_IN_FLIGHT_BYTES=10)
    assert send().status == 200


def test_a_body_without_length_counts_as_it_comes(with_settings: Callable[..., None]) -> None:
    with_settings(MAX_IN_FLIGHT_BYTES=2 * ASSUMED_BYTES)
    body = protobuf(pb_span(name="n" * 3 * ASSUMED_BYTES))
    with ingestion.gate().hold(10):
        assert_come_back(post(OTLP, body, PROTOBUF, CONTENT_LENGTH=""))
    assert post(OTLP, body, PROTOBUF, CONTENT_LENGTH="").status == 200


def test_a_compressed_body_counts_as_what_it_inflates_to(with_settings: Callable[..., None]) -> None:
    import gzip

    with_settings(MAX_IN_FLIGHT_BYTES=100_000)
    body = gzip.compress(protobuf(pb_span(name="n" * 200_000)))
    with ingestion.gate().hold(10):
        assert_come_back(post(OTLP, body, PROTOBUF, encoding="gzip"))
    assert post(OTLP, body, PROTOBUF, encoding="gzip").status == 200


def test_whatever_happens_room_is_given_back(with_settings: Callable[..., None]) -> None:
    with_settings(MAX_IN_FLIGHT_BYTES=10_000, MAX_BODY_BYTES=5_000)
    for body, encoding in ((b"", ""), (b"nonsense", ""), (b"nonsense", "gzip"), (b" " * 6_000, ""), (b"x", "br")):
        assert post(OTLP, body, PROTOBUF, encoding=encoding).status in (400, 413, 415)
    with ingestion.gate().hold(9_000):
        assert send().status == 200


def test_too_many_requests_at_once_are_refused_and_the_accepted_ones_are_stored(
    monkeypatch: pytest.MonkeyPatch, with_settings: Callable[..., None]
) -> None:
    monkeypatch.setattr(ingestion, "MOST_REQUESTS", 4)
    with_settings()
    ids = [bytes([n]) * 16 for n in range(1, 13)]
    with ThreadPoolExecutor(12) as pool:
        with locked_spans():
            replies = [pool.submit(send, id) for id in ids]
            wait_until(lambda: sum(reply.done() for reply in replies) == 8)
        answered = [reply.result(30) for reply in replies]
    assert sorted(reply.status for reply in answered) == [200] * 4 + [503] * 8
    acknowledged = {id.hex() for id, reply in zip(ids, answered, strict=True) if reply.status == 200}
    assert {trace["trace_id"] for trace in find()} == acknowledged


def test_one_requests_trouble_is_not_anothers(monkeypatch: pytest.MonkeyPatch) -> None:
    bad, good = bytes([1]) * 16, [bytes([n]) * 16 for n in range(2, 8)]
    honest = Writer._write

    def refuse(self: Writer, batch: list[Any], *rest: Any) -> int:
        if any(span.trace_id == bad for span in batch):
            raise errors.DataException("these very spans")
        return honest(self, batch, *rest)

    monkeypatch.setattr(Writer, "_write", refuse)
    with ThreadPoolExecutor(8) as pool:
        with locked_spans():
            replies = {id: pool.submit(send, id) for id in [good[0], bad, *good[1:]]}
            time.sleep(0.2)
        statuses = {id: reply.result(30).status for id, reply in replies.items()}
    assert statuses == {bad: 400, **dict.fromkeys(good, 200)}
    assert len(find()) == 6


def test_a_surprise_while_writing_leaves_nobody_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise LookupError("a bug")

    with monkeypatch.context() as patch:
        patch.setattr(Writer, "write", fail)
        with pytest.raises(LookupError):
            send()
    assert send().status == 200


def wait_until(true: Callable[[], object], *, timeout_s: float = 20) -> None:
    deadline = time.monotonic() + timeout_s
    while not true():
        assert time.monotonic() < deadline, threading.enumerate()
        time.sleep(0.01)
