"""Requests over a real socket, to the server that production has."""

from __future__ import annotations

import gzip
import http.client
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from pytest_django import DjangoDbBlocker

from tests.api.sending import JSON, OTLP, PROTOBUF, json_span, otlp_json, pb_span, protobuf, read
from tests.api.serving import ingest_server
from tests.stored import empty_store

LIMIT = 1_000_000


@pytest.fixture(scope="module")
def port(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[int]:
    with django_db_blocker.unblock(), ingest_server(TRACING_UI_MAX_BODY_BYTES=str(LIMIT)) as port:
        yield port
    # Not between tests: the server remembers what it has seen of the database.
    with django_db_blocker.unblock():
        empty_store()


@pytest.fixture(scope="module")
def full_port(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Of a server that refuses all spans."""
    folder = tmp_path_factory.mktemp("data")
    (folder / "postgres").mkdir()
    with ingest_server(TRACING_UI_DATA_DIR=str(folder), TRACING_UI_MIN_FREE_DISK_BYTES="900000g") as port:
        yield port


def send(port: int, body: bytes | Iterator[bytes], headers: dict[str, str]) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("POST", OTLP, body, headers, encode_chunked=not isinstance(body, bytes))
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def pieces(body: bytes, size: int = 50) -> Iterator[bytes]:
    return (body[at : at + size] for at in range(0, len(body), size))


CHUNKED = {"Transfer-Encoding": "chunked"}


def test_a_body_with_a_length_is_stored(transactional_db: None, port: int) -> None:
    span = pb_span()
    assert send(port, protobuf(span), {"Content-Type": PROTOBUF}) == (200, b"")
    assert len(read(span.trace_id)) == 1


def test_a_chunked_body_is_stored(transactional_db: None, port: int) -> None:
    span, other = json_span(), pb_span(name="n" * 300_000)
    assert send(port, pieces(otlp_json(span)), {"Content-Type": JSON, **CHUNKED}) == (200, b"{}")
    packed = gzip.compress(protobuf(other))
    headers = {"Content-Type": PROTOBUF, "Content-Encoding": "gzip", **CHUNKED}
    assert send(port, pieces(packed), headers) == (200, b"")
    assert len(read(span["traceId"])) == len(read(other.trace_id)) == 1


def test_a_chunked_body_over_the_limit_is_refused(port: int) -> None:
    status, answer = send(port, pieces(b" " * (LIMIT + 9), 9_000), {"Content-Type": JSON, **CHUNKED})
    assert status == 413
    assert b"larger than 1,000,000 bytes" in answer


def test_a_body_far_over_the_limit_is_refused_before_it_comes(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.settimeout(10)
        head = f"POST {OTLP} HTTP/1.1\r\nHost: x\r\nContent-Type: {JSON}\r\nExpect: 100-continue\r\n"
        client.sendall(f"{head}Content-Length: 9999999999\r\n\r\n".encode())
        assert client.recv(4096).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize("length", ["-1", "many", "9" * 5000])
def test_a_length_that_is_no_number_is_refused(port: int, length: str) -> None:
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.settimeout(10)
        client.sendall(f"POST {OTLP} HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n".encode())
        assert client.recv(4096).startswith(b"HTTP/1.1 400 ")


def test_a_sender_who_breaks_off_has_sent_nothing(transactional_db: None, port: int) -> None:
    span = pb_span()
    body = protobuf(span)
    with socket.create_connection(("127.0.0.1", port)) as client:
        head = (
            f"POST {OTLP} HTTP/1.1\r\nHost: x\r\nContent-Type: {PROTOBUF}\r\nContent-Length: {len(body) + 50}\r\n\r\n"
        )
        client.sendall(head.encode() + body)
        client.shutdown(socket.SHUT_WR)
        client.settimeout(10)
        assert not client.recv(4096).startswith(b"HTTP/1.1 200")
    assert read(span.trace_id) == []


def test_every_refusal_arrives_however_much_is_sent(full_port: int) -> None:
    """An answer before the body is read is lost when the connection is reset."""

    def refusals(count: int) -> list[int]:
        connection = http.client.HTTPConnection("127.0.0.1", full_port, timeout=10)
        statuses = []
        for n in range(count):
            connection.request("POST", OTLP, bytes(1_000 if n % 2 else 600_000), {"Content-Type": PROTOBUF})
            response = connection.getresponse()
            assert response.getheader("Retry-After") == "1"
            response.read()
            statuses.append(response.status)
        connection.close()
        return statuses

    with ThreadPoolExecutor(6) as pool:
        assert {status for statuses in pool.map(refusals, [60] * 6) for status in statuses} == {503}


def test_a_refusal_is_quick(full_port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", full_port, timeout=10)
    took = []
    for _ in range(40):
        started = time.perf_counter()
        connection.request("POST", OTLP, bytes(300_000), {"Content-Type": PROTOBUF})
        connection.getresponse().read()
        took.append(time.perf_counter() - started)
    connection.close()
    assert sorted(took)[30] < 0.05
