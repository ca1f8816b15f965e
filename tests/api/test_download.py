"""A trace that was downloaded as OTLP JSON goes in again by the door, and is the same."""

from __future__ import annotations

import time

import pytest
from django.db import connection
from django.test import Client
from psycopg.pq import TransactionStatus

from tests.api.sending import OTLP, PLAIN, PROTOBUF, dumps, pb_span, plain_span, post, protobuf, read, text
from tests.stored import execute
from traces.queries import spans

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


@pytest.mark.parametrize("path", ["/traces/{}.otlp.json", "/api/traces/{}"])
def test_download_that_the_database_refuses_is_an_error_and_no_half_file(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    post(OTLP, protobuf(pb_span(TRACE, 1, start_ns=NOW_NS - 9_000), service="shop"), PROTOBUF)
    monkeypatch.setattr(spans, "FIRST_SPANS", "select pg_sleep(30) where %s is not null and %s <= %s")
    monkeypatch.setattr(spans, "SETTINGS", {"statement_timeout": "50"})
    answer = Client(raise_request_exception=False).get(path.format(TRACE.hex()))
    assert (answer.status_code, answer.streaming) == (503, False)
    assert b"was stopped" in answer.content


@pytest.mark.parametrize("path", ["/traces/{}.otlp.json", "/api/traces/{}"])
def test_download_that_nobody_reads_leaves_no_open_query(path: str) -> None:
    sent = [pb_span(TRACE, n, start_ns=NOW_NS - 9_000) for n in range(1, 1_202)]
    post(OTLP, protobuf(*sent, service="shop"), PROTOBUF)
    answer = Client().head(path.format(TRACE.hex()))
    assert answer.status_code == 200
    answer.close()
    assert connection.connection.info.transaction_status == TransactionStatus.IDLE
