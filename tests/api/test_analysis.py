"""Where the time of a stored trace went, as scripts get it."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from django.test import Client
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.api.sending import OTLP, PROTOBUF, pb_span, post, protobuf
from traces import kept_analyses
from traces.api import views
from traces.core.analysis import Analysis, analyse
from traces.core.timescale import MILLISECOND
from traces.core.trace import Trace

TRACE_ID = b"\x07" * 16
START_NS = time.time_ns() - 60_000 * MILLISECOND
pytestmark = pytest.mark.usefixtures("store")


def analysis(trace_id: bytes = TRACE_ID) -> tuple[int, Any]:
    response = Client().get(f"/api/traces/{trace_id.hex()}/analysis")
    assert response["Content-Type"] == "application/json"
    content = b"".join(response.streaming_content) if response.streaming else response.content  # type: ignore[attr-defined]
    return response.status_code, json.loads(content)


def send(service: str, *spans: Span) -> None:
    assert post(OTLP, protobuf(*spans, service=service), PROTOBUF).status == 200


def span(number: int, parent: int | None, start_ms: int, end_ms: int, **fields: Any) -> Span:
    start_ns, end_ns = START_NS + start_ms * MILLISECOND, START_NS + end_ms * MILLISECOND
    return pb_span(TRACE_ID, number, parent, start_ns=start_ns, end_time_unix_nano=end_ns, **fields)


def node(number: int, parent: int | None, depth: int, self_ms: int, **fields: Any) -> dict[str, Any]:
    return {
        "span_id": f"{number:016x}",
        "parent_span_id": None if parent is None else f"{parent:016x}",
        "depth": depth,
        "orphan": False,
        "self_ns": self_ms * MILLISECOND,
        "skew_offset_ns": 0,
        **fields,
    }


def test_call_to_a_service_whose_clock_runs_ahead() -> None:
    send("shop", span(1, None, 0, 100, kind=2, name="order"), span(2, 1, 10, 90, kind=3, name="Charge"))
    send("payment", span(3, 2, 720, 780, kind=2, name="Charge"), span(4, 3, 730, 760, kind=3, name="SELECT"))
    status, found = analysis()
    assert status == 200
    assert found["sentence"] == (
        "100 ms: 60 % in payment (Charge, SELECT), 20 % in shop (order), 20 % on the network to payment."
    )
    offset = {"skew_offset_ns": -700 * MILLISECOND}
    assert found["nodes"] == [
        node(1, None, 0, 20), node(2, 1, 1, 20), node(3, 2, 2, 30, **offset), node(4, 3, 3, 30, **offset),
    ]  # fmt: skip
    ((code, span_ids),) = [(one["code"], one["span_ids"]) for one in found["findings"] if one["code"] == "clock_skew"]
    assert (code, span_ids) == ("clock_skew", [f"{3:016x}", f"{4:016x}"])
    path = [
        (1, 0, 10, "compute"), (2, 10, 20, "network"), (3, 20, 30, "compute"), (4, 30, 60, "dependency"),
        (3, 60, 80, "compute"), (2, 80, 90, "network"), (1, 90, 100, "compute"),
    ]  # fmt: skip
    assert found["critical_path"] == [
        {
            "span_id": f"{number:016x}",
            "start_ns": START_NS + start_ms * MILLISECOND,
            "end_ns": START_NS + end_ms * MILLISECOND,
            "spent_on": spent_on,
        }
        for number, start_ms, end_ms, spent_on in path
    ]


def test_orphan_names_its_missing_parent_and_is_its_own_only_node() -> None:
    send("shop", span(1, None, 0, 100), span(3, 2, 10, 30), span(4, 3, 10, 20))
    assert analysis()[1]["nodes"] == [
        node(1, None, 0, 100), node(3, 2, 1, 10, orphan=True), node(4, 3, 2, 10),
    ]  # fmt: skip


def test_more_rows_than_are_sent_at_once() -> None:
    send("shop", span(1, None, 0, 3_000), *(span(n, 1, 2 * n, 2 * n + 1) for n in range(2, 1_203)))
    found = analysis()[1]
    assert [one["span_id"] for one in found["nodes"]] == [f"{n:016x}" for n in range(1, 1_203)]
    assert sum(one["end_ns"] - one["start_ns"] for one in found["critical_path"]) == 3_000 * MILLISECOND
    assert len(found["critical_path"]) == 2 * 1_201 + 1


def test_unchanged_trace_is_analysed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []

    def count(trace: Trace) -> Analysis:
        made.append(len(trace))
        return analyse(trace)

    monkeypatch.setattr(kept_analyses, "analyse", count)
    send("shop", span(1, None, 0, 100))
    assert analysis() == analysis()
    assert Client().get(f"/traces/{TRACE_ID.hex()}").status_code == 200
    assert made == [1]
    send("shop", span(2, 1, 10, 20))
    assert len(analysis()[1]["nodes"]) == 2
    assert made == [1, 2]


def test_trace_that_is_too_large_is_refused_with_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    send("shop", *(span(n, None, 0, 100) for n in range(1, 4)))
    monkeypatch.setattr(views, "MOST_ANALYSED", 2)
    status, answer = analysis()
    assert status == 422
    assert "this trace has 3 spans, and up to 2 are analysed" in answer["error"]


def test_trace_that_isnt_here() -> None:
    status, answer = analysis(b"\x08" * 16)
    assert status == 404
    assert TRACE_ID.hex().replace("07", "08") in answer["error"]
    assert Client().get("/api/traces/nonsense/analysis").status_code == 404
