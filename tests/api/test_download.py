"""A trace that was downloaded as OTLP JSON goes in again by the door, and is the same."""

from __future__ import annotations

import time

import pytest
from django.test import Client

from tests.api.sending import OTLP, PLAIN, PROTOBUF, dumps, pb_span, plain_span, post, protobuf, read, text
from tests.stored import execute

pytestmark = pytest.mark.usefixtures("store")
NOW_NS = time.time_ns()
TRACE = bytes([7]) * 16


def downloaded(trace_id: bytes) -> bytes:
    answer = Client().get(f"/traces/{trace_id.hex()}.otlp.json")
    return b"".join(answer.streaming_content)  # type: ignore[attr-defined]


def test_sent_again_it_makes_the_same_trace() -> None:
    spans = [
        pb_span(TRACE, 1, start_ns=NOW_NS - 9_000, attributes=[text("user.id", "42")]),
        pb_span(TRACE, 2, 1, start_ns=NOW_NS - 8_000, name="a\x00b"),
    ]
    post(OTLP, protobuf(*spans, service="shop"), PROTOBUF)
    other = plain_span(TRACE.hex(), 3, service="payment", attributes={"nan": {"deep": [1, None, 1.5, True]}})
    assert post(PLAIN, dumps(other)).status == 200
    body, before = downloaded(TRACE), read(TRACE)
    assert len(before) == 3
    assert post(OTLP, body).status == 200
    assert read(TRACE) == before  # stored already: nothing is added
    execute("delete from span", "delete from trace")
    assert read(TRACE) == []
    answer = post(OTLP, body)
    assert (answer.status, b"rejected" in answer.body) == (200, False)
    assert read(TRACE) == before
