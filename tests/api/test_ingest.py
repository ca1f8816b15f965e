"""Spans in by each door: stored, or rejected one by one with a reason."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from opentelemetry.proto.trace.v1.trace_pb2 import Status

from tests.api.sending import (
    JSON,
    OTLP,
    PLAIN,
    PROTOBUF,
    dumps,
    find,
    json_span,
    otlp_json,
    pb_span,
    plain_span,
    post,
    protobuf,
    read,
    request,
)

HOUR_NS = 3_600_000_000_000
TUTORIAL_SPAN = """{"trace_id": "7c0e4d1f9a3b4c5d8e6f00112233aabb", "span_id": "0f1e2d3c4b5a6978",
"parent_span_id": "0000000000000000", "name": "POST /checkout", "service": "checkout-api",
"start_time": "2026-03-02T09:15:00.250Z", "end_time": "2026-03-02T09:15:00.583Z", "duration_ms": 333,
"attributes": {"http.method": "POST", "http.status_code": 200, "user.id": "u_123", "cart.items": 3},
"events": [{"time": "2026-03-02T09:15:00.300Z", "name": "cache.miss", "key": "cart:42", "attempt": 2}],
"status": {"code": "OK"}}"""
TUTORIAL_ID = "7c0e4d1f9a3b4c5d8e6f00112233aabb"

pytestmark = pytest.mark.usefixtures("store")


def test_a_span_as_tutorials_write_it_goes_in_and_is_found() -> None:
    reply = post(PLAIN, TUTORIAL_SPAN.encode())
    page = f"http://localhost:8000/traces/{TUTORIAL_ID}"
    assert reply.status == 200
    assert reply.json() == {"accepted": 1, "rejected": [], "traces": [{"trace_id": TUTORIAL_ID, "url": page}]}
    for query in ("user.id=u_123", "http.status_code=200", "cart.items=3 http.method=POST"):
        (found,) = find(q=query, service="checkout-api", operation="POST /checkout", status="ok")
        assert (found["trace_id"], found["has_root"]) == (TUTORIAL_ID, True)
        assert (found["root_name"], found["duration_ns"]) == ("POST /checkout", 333_000_000)
    assert find(q="user.id=u_124") == []
    (span,) = read(TUTORIAL_ID)
    assert span["events"][0]["attributes"] == {"key": "cart:42", "attempt": 2}
    assert (span["parent_span_id"], span["status"]) == (None, {"code": "ok", "message": ""})


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("localhost:4318", "http://localhost:8000"),
        ("[::1]:4318", "http://[::1]:8000"),
        ("[::1]", "http://[::1]"),
        ("tracing.example.com", "http://tracing.example.com"),
        ("tracing.example.com:8443", "http://tracing.example.com:8443"),
        ("", "http://127.0.0.1:8000"),
        ("evil.com/path#", "http://127.0.0.1:8000"),
        ('"><script>', "http://127.0.0.1:8000"),
    ],
)
def test_the_address_of_the_page_is_the_one_the_sender_can_reach(host: str, address: str) -> None:
    reply = post(PLAIN, TUTORIAL_SPAN.encode(), HTTP_HOST=host)
    assert reply.json()["traces"][0]["url"] == f"{address}/traces/{TUTORIAL_ID}"


def test_plain_spans_may_be_a_list_or_lines() -> None:
    first, second, third = plain_span(), plain_span(), plain_span()
    assert post(PLAIN, dumps([first, second])).json()["accepted"] == 2
    lines = dumps(second) + b"\n" + dumps(third) + b"\n"
    reply = post(PLAIN, lines, "application/x-ndjson").json()
    assert reply["accepted"] == 2
    assert [trace["trace_id"] for trace in reply["traces"]] == [second["trace_id"], third["trace_id"]]
    assert len(find()) == 3


def test_one_broken_line_costs_itself() -> None:
    good = plain_span()
    reply = post(PLAIN, b"{broken\n" + dumps(good), "application/x-ndjson")
    assert reply.status == 200
    assert reply.json()["rejected"] == ["line 1: no JSON; need one object a line, or one list for all"]
    assert len(read(good["trace_id"])) == 1


def test_where_no_span_can_be_kept_the_answer_is_no_success() -> None:
    reply = post(PLAIN, dumps([plain_span(span_id="12"), plain_span(trace_id="0" * 32)]))
    assert reply.status == 400
    assert reply.json() == {
        "accepted": 0,
        "rejected": [
            "[0].span_id: 2 characters, need 16 hex digits",
            "[1].trace_id: only zeros, need 32 hex digits of a real id",
        ],
        "traces": [],
    }
    assert find() == []


def test_the_tutorials_span_goes_in_on_the_port_of_the_pages_too(client: Client) -> None:
    response = client.post(PLAIN, TUTORIAL_SPAN, content_type=JSON, HTTP_HOST="localhost:8443")
    assert response.status_code == 200
    assert response.json()["traces"][0]["url"] == f"http://localhost:8443/traces/{TUTORIAL_ID}"
    span = pb_span()
    response = client.post(OTLP, protobuf(span), content_type=PROTOBUF)
    assert (response.status_code, response.content, response["Content-Type"]) == (200, b"", PROTOBUF)
    assert len(find()) == 2


def test_success_is_said_in_the_format_of_the_request() -> None:
    reply = post(OTLP, protobuf(pb_span()), PROTOBUF)
    assert (reply.status, reply.headers["Content-Type"], reply.body) == (200, PROTOBUF, b"")
    reply = post(OTLP, otlp_json(json_span()))
    assert (reply.status, reply.headers["Content-Type"], reply.json()) == (200, JSON, {})


def test_a_request_without_spans_succeeds() -> None:
    assert post(OTLP, protobuf(), PROTOBUF).status == post(OTLP, b'{"resourceSpans": []}').status == 200
    assert find() == []


PB_BAD: list[tuple[dict[str, Any], str]] = [
    ({"trace_id": b"short"}, "traceId: 5 bytes, need 16"),
    ({"trace_id": bytes(16)}, "traceId: all zeros"),
    ({"span_id": bytes(8)}, "spanId: all zeros"),
    ({"start_ns": (1 << 63) + 5}, "startTimeUnixNano: beyond the year 2262"),
]


@pytest.mark.parametrize(("fields", "expected"), PB_BAD)
def test_one_bad_span_in_protobuf_costs_itself(fields: dict[str, Any], expected: str) -> None:
    good = [pb_span(bytes([7]) * 16, n) for n in (1, 2)]
    reply = post(OTLP, protobuf(good[0], pb_span(**fields), good[1]), PROTOBUF)
    assert reply.status == 200
    rejected, message = reply.partial_success()
    assert rejected == 1
    assert message.startswith(f"resourceSpans[0].scopeSpans[0].spans[1].{expected}")
    assert len(read(bytes([7]) * 16)) == 2
    assert len(find()) == 1


JSON_BAD: list[tuple[dict[str, Any], str]] = [
    ({"traceId": "ab"}, "traceId: 2 characters, need 32 hex digits"),
    ({"traceId": "zz" * 16}, "traceId: not all are hex digits"),
    ({"spanId": "0" * 16}, "spanId: only zeros"),
]


@pytest.mark.parametrize(("fields", "expected"), JSON_BAD)
def test_one_bad_span_in_json_costs_itself(fields: dict[str, Any], expected: str) -> None:
    good = json_span()
    reply = post(OTLP, otlp_json(good, json_span(**fields)))
    rejected, message = reply.partial_success()
    assert (reply.status, rejected) == (200, 1)
    assert message.startswith(f"resourceSpans[0].scopeSpans[0].spans[1].{expected}")
    assert len(read(good["traceId"])) == 1


def test_of_many_reasons_five_are_told() -> None:
    bad = [pb_span(span_id=b"x") for _ in range(30)]
    rejected, message = post(OTLP, protobuf(*bad), PROTOBUF).partial_success()
    assert rejected == 30
    assert message.count("spanId: 1 bytes, need 8") == 5
    assert message.endswith("; and 25 more")


def test_a_time_more_than_an_hour_ahead_is_rejected_and_nearer_ones_are_kept() -> None:
    now_ns = time.time_ns()
    near, far = pb_span(start_ns=now_ns + HOUR_NS - 60_000_000_000), pb_span(start_ns=now_ns + HOUR_NS + 60_000_000_000)
    rejected, message = post(OTLP, protobuf(near, far), PROTOBUF).partial_success()
    assert rejected == 1
    assert "its start lies more than an hour ahead of this server's clock; check the sender's clock" in message
    assert (len(read(near.trace_id)), read(far.trace_id)) == (1, [])


@pytest.mark.parametrize("start_ns", [0, 1, 1_000_000_000, 946_684_800_000_000_000])
def test_times_of_long_ago_are_stored(start_ns: int) -> None:
    span = pb_span(start_ns=start_ns, end_time_unix_nano=start_ns)
    assert post(OTLP, protobuf(span), PROTOBUF).partial_success() == (0, "")
    (stored,) = read(span.trace_id)
    assert (stored["start_ns"], stored["duration_ns"]) == (start_ns, 0)
    (found,) = find()
    assert (found["start_ns"], found["duration_ns"], found["extent_ns"]) == (start_ns, 0, 0)


def test_what_is_older_than_the_retention_is_rejected_with_that_reason(with_settings: Callable[..., None]) -> None:
    with_settings(RETENTION_S=7 * 86_400)
    old, new = pb_span(start_ns=time.time_ns() - 8 * 24 * HOUR_NS), pb_span()
    rejected, message = post(OTLP, protobuf(old, new), PROTOBUF).partial_success()
    assert rejected == 1
    assert message.endswith("its start is older than the retention of this server")
    assert (read(old.trace_id), len(read(new.trace_id))) == ([], 1)


def test_a_span_that_ends_before_it_starts_is_kept_without_duration_and_marked() -> None:
    span = pb_span(end_time_unix_nano=5)
    post(OTLP, protobuf(span), PROTOBUF)
    (stored,) = read(span.trace_id)
    assert stored["duration_ns"] == 0
    assert stored["notes"] == ["ended before it started; shown with no duration"]


@pytest.mark.parametrize("number", [77, -1, 1 << 20])
def test_numbers_that_otlp_may_add_later_cost_no_batch(number: int) -> None:
    span = pb_span(kind=number, status=Status(code=number))  # type: ignore[arg-type]
    neighbour = json_span(kind=number, status={"code": number})
    assert post(OTLP, protobuf(span), PROTOBUF).partial_success() == (0, "")
    assert post(OTLP, otlp_json(neighbour)).partial_success() == (0, "")
    for trace_id in (span.trace_id.hex(), neighbour["traceId"]):
        (stored,) = read(trace_id)
        assert (stored["kind"], stored["status"]["code"]) == ("unspecified", "unset")
        assert stored["notes"][0] == f"kind {number} is not known to this server and was left out"


def test_a_span_without_a_service_is_kept_under_an_unknown_one() -> None:
    span = pb_span()
    post(OTLP, protobuf(span, service=""), PROTOBUF)
    assert read(span.trace_id)[0]["service"] == "unknown_service"
    assert find(service="unknown_service") != []


def test_more_spans_than_a_request_may_bring_are_refused(with_settings: Callable[..., None]) -> None:
    with_settings(MAX_SPANS_PER_REQUEST=3)
    reply = post(OTLP, protobuf(*[pb_span() for _ in range(4)]), PROTOBUF)
    assert (reply.status, reply.message()) == (413, "more than 3 spans; send smaller batches")
    assert find() == []


@pytest.mark.parametrize("path", [OTLP, PLAIN])
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH"])
def test_other_methods_are_told_to_post(client: Client, path: str, method: str) -> None:
    reply = request(method, path)
    assert (reply.status, reply.headers["Allow"]) == (405, "POST, OPTIONS")
    assert reply.message() == f"{path} takes spans by POST"
    assert client.generic(method, path).status_code == 405


def test_other_addresses_are_told_where_the_doors_are() -> None:
    for path in ("/", "/v1/traces/", "/v1/metrics", "/api/traces", ""):
        reply = request("POST", path, b"{}")
        assert reply.status == 404
        assert json.loads(reply.body) == {"error": "only POST /v1/traces and POST /api/spans are here"}
