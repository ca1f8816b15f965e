"""OTLP/gRPC over real sockets, from the stock exporter and by bare calls: what is stored, and what senders are told."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager

import grpc
import pytest
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from tests.api.conftest import database_away
from tests.api.grpc_calls import EXPORT, HEALTH, LOGS, METRICS, assert_dont_come_back, call, listening, refused
from tests.api.sending import find, pb_span, protobuf, read
from tests.api.test_faults import locked_spans, wait_until
from traces.api import ingestion, otlp_grpc
from traces.api.errors import Refused, refusal

pytestmark = pytest.mark.usefixtures("store")

ID = bytes([1]) * 16


@pytest.fixture
def provider(grpc_port: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], TracerProvider]]:
    """Call it for an SDK that was told another port than the usual one, and nothing else."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://localhost:{grpc_port}")
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


def test_a_batch_sent_again_is_counted_once(grpc_port: int) -> None:
    body = protobuf(pb_span(ID, 1), pb_span(ID, 2, parent=1))
    for _ in range(3):
        assert call(grpc_port, body) == b""
    (found,) = find()
    assert found["span_count"] == len(read(ID)) == 2


def test_a_batch_whose_sender_gave_up_waiting_is_counted_once_when_it_comes_again(grpc_port: int) -> None:
    body = protobuf(pb_span(ID))
    with locked_spans():
        assert refused(grpc_port, body, timeout=0.3).code is grpc.StatusCode.DEADLINE_EXCEEDED
    assert call(grpc_port, body) == b""
    assert find()[0]["span_count"] == len(read(ID)) == 1


def test_no_spans_are_no_mistake(grpc_port: int) -> None:
    assert call(grpc_port, b"") == b""
    assert find() == []


def test_bytes_that_are_no_spans_are_refused_for_good(grpc_port: int) -> None:
    told = refused(grpc_port, b"\x0a\xff\xff")
    assert_dont_come_back(told)
    assert "protobuf" in told.details


def test_single_spans_are_rejected_with_their_reason(grpc_port: int) -> None:
    ahead_ns = time.time_ns() + 7_200 * 10**9
    partial = ExportTraceServiceResponse.FromString(
        call(grpc_port, protobuf(pb_span(ID), pb_span(ID, 2, start_ns=ahead_ns)))
    ).partial_success
    assert partial.rejected_spans == 1
    assert partial.error_message.startswith("span 0000000000000002: its start lies more than an hour ahead")
    assert len(read(ID)) == 1


@pytest.mark.parametrize("method", [METRICS, LOGS, "/shop.Cart/Add", EXPORT + "Partially"])
def test_what_is_no_trace_is_refused_and_says_how_to_stop_it(grpc_port: int, method: str) -> None:
    told = refused(grpc_port, b"\x0a\x00", method)
    assert told.code is grpc.StatusCode.UNIMPLEMENTED
    assert "OTEL_METRICS_EXPORTER=none" in told.details


def test_health_says_whether_spans_can_be_taken(grpc_port: int) -> None:
    assert call(grpc_port, b"", HEALTH) == b"\x08\x01"
    with database_away():
        assert call(grpc_port, b"", HEALTH) == b"\x08\x02"


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


def test_ipv6_is_listened_to_as_well() -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6")
    with listening("::1") as port:
        assert call(port, protobuf(pb_span(ID)), host="[::1]") == b""
