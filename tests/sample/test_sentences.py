"""Each story of the shop that is slow for a reason names it in the one sentence."""

from __future__ import annotations

import re
from random import Random

import pytest

from tests.sample.telling import traces_of
from traces.core.analysis import analyse
from traces.core.span import Kind, Span
from traces.core.timescale import MILLISECOND
from traces.core.tree import build_trace
from traces.sample import shop
from traces.sample.browsing import product
from traces.sample.schedule import SEED, hour
from traces.sample.work import Staff, Story

NOW_NS = 1_772_442_900_000_000_000
Traces = list[tuple[list[Span], str]]


@pytest.fixture(scope="module")
def checkouts() -> Traces:
    return told("buy")


@pytest.fixture(scope="module")
def products() -> Traces:
    return told(product.__name__)


def told(name: str) -> Traces:
    """The spans of each of the hour's traces that begins at the shop, and what is said of it."""
    staff = Staff(Random(SEED))
    for event in hour(SEED, NOW_NS):
        if event.tell.__name__ == name:
            event.tell(Story(staff, Random(event.seed), at_ns=event.at_ns, now_ns=NOW_NS))
    traces = [spans for spans in traces_of(staff.ended.spans) if spans[-1].service == "storefront"]
    return [(spans, analyse(build_trace(spans)).sentence) for spans in traces]


def longest_ms(spans: list[Span], name: str) -> float:
    return max((span.duration_ns for span in spans if span.name == name), default=0) / MILLISECOND


def share(spans: list[Span], name: str) -> float:
    whole = max(span.duration_ns for span in spans)
    return sum(span.duration_ns for span in spans if span.name == name) / whole


def test_payment_that_was_tried_again(checkouts: Traces) -> None:
    for times, words in ((2, "tried twice"), (3, "tried 3 times")):
        found = [
            sentence
            for spans, sentence in checkouts
            if sum(span.name == "POST /charges" and span.kind == Kind.CLIENT for span in spans) == times
        ]
        assert len(found) > 5
        assert [sentence for sentence in found if f"in payment (POST /charges, {words})" not in sentence] == []


def test_wait_for_a_lock(checkouts: Traces) -> None:
    found = [sentence for spans, sentence in checkouts if longest_ms(spans, "UPDATE stock") > 500]
    assert len(found) > 10
    assert [sentence for sentence in found if "in inventory (UPDATE stock)" not in sentence] == []


def test_prices_asked_one_by_one(checkouts: Traces) -> None:
    found = [sentence for spans, sentence in checkouts if share(spans, "SELECT prices") > 0.2]
    assert len(found) > 10
    assert [sentence for sentence in found if not re.search(r"in cart \(SELECT prices ×\d\d", sentence)] == []


def test_carrier_that_wasnt_waited_for(checkouts: Traces) -> None:
    found = [
        sentence
        for spans, sentence in checkouts
        for span in spans
        if span.name == "shop.Shipping/Quote"
        and span.attributes.get("rpc.response.status_code") == "DEADLINE_EXCEEDED"
        and share(spans, span.name) > 0.4
    ]
    assert found
    assert [sentence for sentence in found if not re.search("in shipping|waiting for shipping", sentence)] == []


def test_products_while_the_cache_was_away(products: Traces) -> None:
    found = [sentence for spans, sentence in products if longest_ms(spans, "SELECT reviews") > 100]
    assert len(found) > 50
    assert [sentence for sentence in found if not re.search(r"^[^,]* in catalog \(SELECT", sentence)] == []


def test_healthy_checkout_is_one_payment(checkouts: Traces) -> None:
    quick = sorted(checkouts, key=lambda told: max(span.duration_ns for span in told[0]))[20:80]
    assert [sentence for _, sentence in quick if "in payment (POST /v1/charges)" not in sentence] == []


def test_clock_that_runs_ahead_is_corrected_to_where_the_caller_waited(products: Traces) -> None:
    skewed = 0
    for spans, _ in products:
        found = analyse(build_trace(spans))
        for pair in found.skew.pairs:
            skewed += 1
            assert pair.server.service == "recommendations"
            assert abs(pair.offset_ns + shop.SKEW_MS * MILLISECOND) < 5 * MILLISECOND
        assert found.left_alone == []
    assert skewed > 50
