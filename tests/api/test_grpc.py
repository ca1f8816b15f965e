"""OTLP/gRPC over real sockets, from the stock exporter and by bare calls: what is stored, and what senders are told."""

from __future__ import annotations

import contextlib
import queue
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from typing import Any, NamedTuple

import grpc
import pytest
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from tests.api.conftest import database_away
from tests.api.sending import find, pb_span, protobuf, read
from tests.api.test_faults import locked_spans, wait_until
from traces.api import ingestion, otlp_grpc
from traces.api.errors import Refused, refusal

pytestmark = pytest.mark.usefixtures("store")

EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
METRICS = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export"
LOGS = "/opentelemetry.proto.collector.logs.v1.LogsService/Export"
HEALTH = "/grpc.health.v1.Health/Check"
ID = bytes([1]) * 16


@pytest.fixture
def port(store: None) -> Iterator[int]:
    with listening() as port:
        yield port


@contextmanager
def listening(host: str = "127.0.0.1") -> Iterator[int]:
    """The port of a server on the tests' own database."""
    server, port = otlp_grpc.listen(host, 0)
    try:
        yield port
    finally:
        server.stop(None).wait()


def call(port: int, body: bytes, method: str = EXPORT, *, host: str = "127.0.0.1", **options: Any) -> bytes:
    """Raises grpc.RpcError, which has a code and details, when it is refused."""
    with grpc.insecure_channel(f"{host}:{port}") as channel:
        export: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(method)
        return export(body, **{"timeout": 10, **options})


class Refusal(NamedTuple):
    """What a sender gets to know."""

    code: grpc.StatusCode
    details: str
    trailers: dict[str, bytes]

    @classmethod
    def of(cls, error: Any) -> Refusal:
        return cls(error.code(), error.details(), dict(error.trailing_metadata()))

    def status(self) -> Status:
        """What an exporter in Go or .NET reads."""
        return Status.FromString(self.trailers["grpc-status-details-bin"])


def refused(port: int, body: bytes, method: str = EXPORT, **options: Any) -> Refusal:
    with pytest.raises(grpc.RpcError) as caught:
        call(port, body, method, **options)
    return Refusal.of(caught.value)


def assert_come_back(told: Refusal) -> None:
    """By the letter of the specification, and where Python's exporter looks."""
    assert told.code is grpc.StatusCode.UNAVAILABLE
    status, retry = told.status(), RetryInfo()
    assert (status.code, status.message) == (14, told.details)
    assert status.details[0].Unpack(retry)
    assert retry.retry_delay.seconds == 1
    assert RetryInfo.FromString(told.trailers["google.rpc.retryinfo-bin"]) == retry


def assert_dont_come_back(told: Refusal) -> None:
    assert told.code is grpc.StatusCode.INVALID_ARGUMENT
    status = told.status()
    assert (status.code, status.message, list(status.details)) == (3, told.details, [])
    assert told.trailers.keys() == {"grpc-status-details-bin"}


@pytest.fixture
def provider(port: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], TracerProvider]]:
    """Call it for an SDK that was told another port than the usual one, and nothing else."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://localhost:{port}")
    made: list[TracerProvider] = []

    def make() -> TracerProvider:
        made.append(TracerProvider(resource=Resource.create({"service.name": "checkout-api"})))
        made[-1].add_span_processor(BatchSpanProcessor(OTLPSpanExporter(), schedule_delay_millis=60_000))
        return made[-1]

    yield make
    for each in made:
        each.shutdown()


def trace_something(provider: TracerProvider, user: str = "u_1") -> None:
    tracer = provider.get_tracer("my-app")
    with tracer.start_as_current_span("POST /checkout", attributes={"user.id": user}), tracer.start_span("charge"):
        pass


@pytest.mark.parametrize("compression", ["none", "gzip"])
def test_the_exporter_with_its_defaults_shows_up(
    provider: Callable[[], TracerProvider], monkeypatch: pytest.MonkeyPatch, compression: str
) -> None:
    if compression != "none":
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", compression)
    sdk = provider()
    for user in ("u_1", "u_2"):
        trace_something(sdk, user)
    assert sdk.force_flush()
    (found,) = find(q="user.id=u_2")
    assert (found["root_service"], found["root_name"], found["span_count"]) == ("checkout-api", "POST /checkout", 2)
    assert len(find()) == 2


def test_many_spans_in_several_batches_are_all_there(provider: Callable[[], TracerProvider]) -> None:
    sdk = provider()
    tracer = sdk.get_tracer("my-app")
    with tracer.start_as_current_span("root"):
        for n in range(1_500):
            tracer.start_span(f"step {n % 10}").end()
    assert sdk.force_flush()
    assert find()[0]["span_count"] == 1_501


def test_a_batch_sent_again_is_counted_once(port: int) -> None:
    body = protobuf(pb_span(ID, 1), pb_span(ID, 2, parent=1))
    for _ in range(3):
        assert call(port, body) == b""
    (found,) = find()
    assert found["span_count"] == len(read(ID)) == 2


def test_a_batch_whose_sender_gave_up_waiting_is_counted_once_when_it_comes_again(port: int) -> None:
    body = protobuf(pb_span(ID))
    with locked_spans():
        assert refused(port, body, timeout=0.3).code is grpc.StatusCode.DEADLINE_EXCEEDED
    assert call(port, body) == b""
    assert find()[0]["span_count"] == len(read(ID)) == 1


def test_no_spans_are_no_mistake(port: int) -> None:
    assert call(port, b"") == b""
    assert find() == []


def test_bytes_that_are_no_spans_are_refused_for_good(port: int) -> None:
    told = refused(port, b"\x0a\xff\xff")
    assert_dont_come_back(told)
    assert "protobuf" in told.details


def test_single_spans_are_rejected_with_their_reason(port: int) -> None:
    ahead_ns = time.time_ns() + 7_200 * 10**9
    partial = ExportTraceServiceResponse.FromString(
        call(port, protobuf(pb_span(ID), pb_span(ID, 2, start_ns=ahead_ns)))
    ).partial_success
    assert partial.rejected_spans == 1
    assert partial.error_message.startswith("span 0000000000000002: its start lies more than an hour ahead")
    assert len(read(ID)) == 1


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


def test_too_many_spans_are_refused_for_good(port: int, with_settings: Callable[..., None]) -> None:
    with_settings(MAX_SPANS_PER_REQUEST=2)
    told = refused(port, protobuf(*(pb_span(ID, n) for n in (1, 2, 3))))
    assert_dont_come_back(told)
    assert told.details == "more than 2 spans; send smaller batches"


@pytest.mark.parametrize("method", [METRICS, LOGS, "/shop.Cart/Add", EXPORT + "Partially"])
def test_what_is_no_trace_is_refused_and_says_how_to_stop_it(port: int, method: str) -> None:
    told = refused(port, b"\x0a\x00", method)
    assert told.code is grpc.StatusCode.UNIMPLEMENTED
    assert "OTEL_METRICS_EXPORTER=none" in told.details


def test_health_says_whether_spans_can_be_taken(port: int) -> None:
    assert call(port, b"", HEALTH) == b"\x08\x01"
    with database_away():
        assert call(port, b"", HEALTH) == b"\x08\x02"


def test_while_the_database_is_away_senders_are_told_to_come_back(port: int) -> None:
    body = protobuf(pb_span(ID))
    with database_away():
        told = refused(port, body)
        assert_come_back(told)
        assert told.details.startswith("not stored, send again: the database says: ")
    assert call(port, body) == b""
    assert len(read(ID)) == 1


@contextmanager
def no_room() -> Iterator[None]:
    with ingestion.gate().hold(990):
        yield


@pytest.mark.parametrize("trouble", [database_away, no_room])
def test_the_exporter_comes_back_until_there_is_no_trouble(
    provider: Callable[[], TracerProvider],
    refusals: list[Refused],
    with_settings: Callable[..., None],
    trouble: Callable[[], AbstractContextManager[None]],
) -> None:
    with_settings(MAX_IN_FLIGHT_BYTES=1000)
    sdk = provider()
    trace_something(sdk)
    with ThreadPoolExecutor(1) as pool:
        with trouble():
            flushed = pool.submit(sdk.force_flush)
            wait_until(lambda: refusals)
        assert flushed.result(15)
    assert find()[0]["span_count"] == 2
    assert {refused.status for refused in refusals} == {503}


@pytest.fixture
def refusals(monkeypatch: pytest.MonkeyPatch) -> list[Refused]:
    """All that were made since."""
    made: list[Refused] = []

    def note(error: Exception) -> Refused:
        made.append(refusal(error))
        return made[-1]

    monkeypatch.setattr(otlp_grpc, "refusal", note)
    return made


def test_a_full_disk_is_a_reason_to_come_back(full_disk: Callable[[], None], port: int) -> None:
    full_disk()
    told = refused(port, protobuf(pb_span(ID)))
    assert_come_back(told)
    assert told.details.startswith("the database's disk has less than")


def test_where_there_is_no_room_senders_are_refused_before_their_message_is_read(
    port: int, with_settings: Callable[..., None]
) -> None:
    with_settings(MAX_IN_FLIGHT_BYTES=1000)
    with ingestion.gate().hold(990), grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        export: grpc.StreamUnaryMultiCallable[bytes, bytes] = channel.stream_unary(EXPORT)
        never: Iterator[bytes] = iter(queue.SimpleQueue[bytes]().get, b"")
        with pytest.raises(grpc.RpcError) as caught:
            export(never, timeout=10)
    told = Refusal.of(caught.value)
    assert_come_back(told)
    assert told.details == "more spans are arriving than can be stored; send again in a moment"
    assert call(port, protobuf(pb_span(ID))) == b""


def test_of_too_many_at_once_the_rest_is_refused_while_the_others_wait(port: int) -> None:
    ids = [n.to_bytes(16) for n in range(1, 2 * otlp_grpc.THREADS)]
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        export: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(EXPORT)
        with locked_spans():
            calls = {id: export.future(protobuf(pb_span(id)), timeout=30) for id in ids}
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
def test_whoever_speaks_something_else_is_hung_up_on(port: int, opening: bytes) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        client.sendall(opening)
        with contextlib.suppress(ConnectionResetError):
            while client.recv(4096):
                pass
    assert call(port, protobuf(pb_span(ID))) == b""


def test_ipv6_is_listened_to_as_well() -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6")
    with listening("::1") as port:
        assert call(port, protobuf(pb_span(ID)), host="[::1]") == b""


def test_port_zero_opens_no_door(with_settings: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    with_settings(OTLP_GRPC_PORT=0)
    monkeypatch.setattr(otlp_grpc, "listen", lambda *address: pytest.fail("it listens"))
    otlp_grpc.open_door()()
