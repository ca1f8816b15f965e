"""Traces that are no trees: stored, given back, found, shown, and nothing hangs."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest
from django.test import Client
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.api.sending import OTLP, PROTOBUF, find, pb_span, post, protobuf, read

ID = bytes([5]) * 16
NOW_NS = time.time_ns() - 60_000_000_000
pytestmark = pytest.mark.usefixtures("store")


def span(number: int, parent: int | None, start: int = 0) -> Span:
    return pb_span(ID, number, parent, start_ns=NOW_NS + start)


def parents_given_back(spans: Sequence[Span]) -> list[tuple[int, int | None]]:
    """Each span's number and its parent's, after a round through the doors; the trace's page shows it too."""
    assert post(OTLP, protobuf(*spans), PROTOBUF).partial_success() == (0, "")
    page = Client().get(f"/traces/{ID.hex()}")
    assert page.status_code == 200
    assert "data-span-id" in page.content.decode()
    stored = [(each["span_id"], each["parent_span_id"]) for each in read(ID)]
    return [(int(id, 16), parent and int(parent, 16)) for id, parent in stored]


def test_a_span_may_be_its_own_parent() -> None:
    assert parents_given_back([span(1, 1)]) == [(1, 1)]


def test_a_cycle_is_kept_as_it_came() -> None:
    assert parents_given_back([span(1, 3), span(2, 1, 1), span(3, 2, 2)]) == [(1, 3), (2, 1), (3, 2)]
    assert find()[0]["has_root"] is False


def test_of_two_roots_the_earlier_names_the_trace() -> None:
    late, early = span(1, None, 5), span(2, None, 1)
    early.name = "early"
    assert parents_given_back([late, early]) == [(2, None), (1, None)]
    assert find()[0]["root_name"] == "early"


def test_a_trace_may_have_no_root() -> None:
    assert parents_given_back([span(1, 9), span(2, 1, 1)]) == [(1, 9), (2, 1)]
    (found,) = find()
    assert (found["has_root"], found["span_count"]) == (False, 2)


def test_two_spans_with_one_id_are_both_kept() -> None:
    client, server = span(2, 1, 0), span(2, 1, 500)
    assert parents_given_back([span(1, None), client, server]) == [(1, None), (2, 1), (2, 1)]
    assert find()[0]["span_count"] == 3


def test_a_trace_may_have_five_thousand_levels() -> None:
    spans = [span(n, n - 1 or None, n) for n in range(1, 5_001)]
    assert parents_given_back(spans) == [(n, n - 1 or None) for n in range(1, 5_001)]
    assert find()[0]["span_count"] == 5_000


def test_a_span_that_never_heard_of_its_trace_has_a_page_too() -> None:
    links = [Span.Link(), Span.Link(trace_id=bytes([9]) * 16, span_id=bytes([8]) * 8)]
    root = span(1, None)
    root.links.extend(links)
    assert parents_given_back([root]) == [(1, None)]
    assert Client().get(f"/traces/{ID.hex()}/spans/{1:016x}").status_code == 200
