"""The stock OpenTelemetry SDK, told nothing but the address, over a real server: its traces are found and read."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import Link, SpanContext, SpanKind, Status, StatusCode, TraceFlags, Tracer
from pytest_django.live_server_helper import LiveServer

from tests.api.sending import find, read

pytestmark = pytest.mark.usefixtures("store")


@pytest.fixture(params=["gzip", "deflate", "none"])
def exporter(request: pytest.FixtureRequest, live_server: LiveServer) -> SpanExporter:
    return OTLPSpanExporter(f"{live_server.url}/v1/traces", compression=Compression(request.param))


@pytest.fixture
def provider(exporter: SpanExporter) -> Iterator[TracerProvider]:
    provider = TracerProvider(resource=Resource.create({"service.name": "checkout-api", "host.cpus": 4}))
    provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=60_000))
    yield provider
    provider.shutdown()


def check_out(tracer: Tracer, user: str) -> None:
    elsewhere = SpanContext(0xABC, 0xDEF, is_remote=True, trace_flags=TraceFlags(1))
    with tracer.start_as_current_span("POST /checkout", kind=SpanKind.SERVER, links=[Link(elsewhere)]) as root:
        root.set_attributes({"user.id": user, "cart.items": 3, "ratio": 0.5, "vip": True, "tags": ["a", "b"]})
        with tracer.start_as_current_span("charge", kind=SpanKind.CLIENT) as child:
            child.add_event("retry", {"attempt": 2})
            child.record_exception(ValueError("card declined"))
            child.set_status(Status(StatusCode.ERROR, "declined"))


def by_name(trace_id: str) -> dict[str, dict[str, Any]]:
    return {span["name"]: span for span in read(trace_id)}


def test_a_trace_is_found_by_its_user_and_its_error(provider: TracerProvider) -> None:
    tracer = provider.get_tracer("my-app", "1.2")
    for user in ("u_1", "u_2"):
        check_out(tracer, user)
    assert provider.force_flush()
    assert len(find()) == 2
    (found,) = find(q="user.id=u_2", status="error")
    assert (found["root_service"], found["root_name"]) == ("checkout-api", "POST /checkout")
    assert (found["span_count"], found["error_count"]) == (2, 1)
    spans = by_name(found["trace_id"])
    root, child = spans["POST /checkout"], spans["charge"]
    assert child["parent_span_id"] == root["span_id"]
    assert root["attributes"] == {"user.id": "u_2", "cart.items": 3, "ratio": 0.5, "vip": True, "tags": ["a", "b"]}
    assert root["resource"]["attributes"]["host.cpus"] == 4
    assert (root["kind"], child["kind"], root["scope"]["name"], root["scope"]["version"]) == (
        "server", "client", "my-app", "1.2",
    )  # fmt: skip
    assert root["links"][0]["trace_id"] == f"{0xABC:032x}"
    assert child["status"] == {"code": "error", "message": "declined"}
    assert [event["name"] for event in child["events"]] == ["retry", "exception"]
    assert child["events"][1]["attributes"]["exception.message"] == "card declined"


def test_children_arrive_before_their_parents_and_the_trace_mends_itself(provider: TracerProvider) -> None:
    tracer = provider.get_tracer("my-app")
    with tracer.start_as_current_span("long request"):
        check_out(tracer, "u_3")
        assert provider.force_flush()
        (found,) = find(q="user.id=u_3")
        assert (found["has_root"], found["root_name"], found["span_count"]) == (False, "POST /checkout", 2)
        time.sleep(0.02)
    assert provider.force_flush()
    (found,) = find(q="user.id=u_3")
    assert (found["has_root"], found["root_name"], found["span_count"]) == (True, "long request", 3)
    assert found["duration_ns"] >= 20_000_000


def test_many_spans_in_several_batches_are_all_there(provider: TracerProvider) -> None:
    tracer = provider.get_tracer("my-app")
    with tracer.start_as_current_span("root"):
        for n in range(1_500):
            tracer.start_span(f"step {n % 10}").end()
    assert provider.force_flush()
    assert find()[0]["span_count"] == 1_501
