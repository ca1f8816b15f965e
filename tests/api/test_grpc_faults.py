"""What OTLP/gRPC can't take: refused for good or for now, at once, and nothing acknowledged is lost."""

from __future__ import annotations

import contextlib
import queue
import socket
from collections import Counter
from collections.abc import Callable, Iterator

import grpc
import pytest

from tests.api.conftest import database_away
from tests.api.grpc_calls import EXPORT, Refusal, assert_come_back, assert_dont_come_back, call, listening, refused
from tests.api.sending import find, pb_span, protobuf, read
from tests.api.test_faults import locked_spans, wait_until
from traces.api import ingestion, otlp_grpc

pytestmark = pytest.mark.usefixtures("store")

ID = bytes([1]) * 16


@pytest.mark.parametrize("compression", [grpc.Compression.NoCompression, grpc.Compression.Gzip])
def test_what_is_too_large_is_refused_for_good_compressed_or_not(
    with_settings: Callable[..., None], compression: grpc.Compression
) -> None:
    with_settings(MAX_BODY_BYTES=100_000)
    with listening() as port:
        told = refused(port, protobuf(pb_span(name="n" * 200_000)), compression=compression)
        assert told.code is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert "larger than max" in told.details
        assert told.trailers == {}
        assert call(port, protobuf(pb_span(ID)), compression=compression) == b""
    assert len(find()) == len(read(ID)) == 1


def test_too_many_spans_are_refused_for_good(grpc_port: int, with_settings: Callable[..., None]) -> None:
    with_settings(MAX_SPANS_PER_REQUEST=2)
    told = refused(grpc_port, protobuf(*(pb_span(ID, n) for n in (1, 2, 3))))
    assert_dont_come_back(told)
    assert told.details == "more than 2 spans; send smaller batches"


def test_while_the_database_is_away_senders_are_told_to_come_back(grpc_port: int) -> None:
    body = protobuf(pb_span(ID))
    with database_away():
        told = refused(grpc_port, body)
        assert_come_back(told)
        assert told.details.startswith("not stored, send again: the database says: ")
    assert call(grpc_port, body) == b""
    assert len(read(ID)) == 1


def test_a_full_disk_is_a_reason_to_come_back(full_disk: Callable[[], None], grpc_port: int) -> None:
    full_disk()
    told = refused(grpc_port, protobuf(pb_span(ID)))
    assert_come_back(told)
    assert told.details.startswith("the database's disk has less than")


def test_where_there_is_no_room_senders_are_refused_before_their_message_is_read(
    grpc_port: int, with_settings: Callable[..., None]
) -> None:
    with_settings(MAX_IN_FLIGHT_BYTES=1000)
    with ingestion.gate().hold(990), grpc.insecure_channel(f"127.0.0.1:{grpc_port}") as channel:
        export: grpc.StreamUnaryMultiCallable[bytes, bytes] = channel.stream_unary(EXPORT)
        never: Iterator[bytes] = iter(queue.SimpleQueue[bytes]().get, b"")
        with pytest.raises(grpc.RpcError) as caught:
            export(never, timeout=10)
    told = Refusal.of(caught.value)
    assert_come_back(told)
    assert told.details == "more spans are arriving than can be stored; send again in a moment"
    assert call(grpc_port, protobuf(pb_span(ID))) == b""


def test_of_too_many_at_once_the_rest_is_refused_while_the_others_wait(grpc_port: int) -> None:
    ids = [n.to_bytes(16) for n in range(1, 2 * otlp_grpc.THREADS)]
    with grpc.insecure_channel(f"127.0.0.1:{grpc_port}") as channel:
        export: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(EXPORT)
        with locked_spans():
            wait_until(lambda: not ingestion.gate()._requests)  # of tests before
            calls = {id: export.future(protobuf(pb_span(id)), timeout=60, wait_for_ready=True) for id in ids}
            wait_until(lambda: sum(each.done() for each in calls.values()) == len(ids) - ingestion.MOST_REQUESTS)
        codes = {id: each.code() for id, each in calls.items()}
    assert Counter(codes.values()) == {
        grpc.StatusCode.OK: ingestion.MOST_REQUESTS,
        grpc.StatusCode.UNAVAILABLE: len(ids) - ingestion.MOST_REQUESTS,
    }
    acknowledged = {id.hex() for id, code in codes.items() if code is grpc.StatusCode.OK}
    assert {trace["trace_id"] for trace in find(limit="1000")} == acknowledged


CLIENT_HELLO = bytes.fromhex("16030100310100002d0303") + bytes(32) + bytes.fromhex("000006130113021303010000")


@pytest.mark.parametrize("opening", [CLIENT_HELLO, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", bytes(5_000)])
def test_whoever_speaks_something_else_is_hung_up_on(grpc_port: int, opening: bytes) -> None:
    with socket.create_connection(("127.0.0.1", grpc_port), timeout=10) as client:
        client.sendall(opening)
        with contextlib.suppress(ConnectionResetError):
            while client.recv(4096):
                pass
    assert call(grpc_port, protobuf(pb_span(ID))) == b""
