"""What was done to the shop is named first where two groups of its traces are compared; nothing where nothing was."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest

from bench.compare import claims_of_split, healthy_shop
from tests.sample.telling import profile_of, traces_of
from traces.core.compare import Comparison, Profile, Vocabulary, compare, sentence_of
from traces.core.span import Span
from traces.core.timescale import MILLISECOND, MINUTE
from traces.sample import shop
from traces.sample.browsing import product
from traces.sample.schedule import SEED, hour
from traces.sample.work import Staff, Story

NOW_NS = 1_772_442_900_000_000_000


class Told:
    """The hour's traces of a story that begin at the shop, each with its profile."""

    def __init__(self, name: str) -> None:
        staff = Staff(Random(SEED))
        for event in hour(SEED, NOW_NS):
            if event.tell.__name__ == name:
                event.tell(Story(staff, Random(event.seed), at_ns=event.at_ns, now_ns=NOW_NS))
        self.vocabulary = Vocabulary()
        traces = [spans for spans in traces_of(staff.ended.spans) if spans[-1].service == "storefront"]
        self._traces = [(spans, profile_of(self.vocabulary, spans)) for spans in traces]

    def split(self, is_b: Callable[[list[Span]], bool], among: Callable[[list[Span]], bool] = bool) -> Comparison:
        a, b = list[Profile](), list[Profile]()
        for spans, profile in self._traces:
            if among(spans):
                (b if is_b(spans) else a).append(profile)
        return compare(a, b, self.vocabulary)


@pytest.fixture(scope="module")
def checkouts() -> Told:
    return Told("buy")


def has(key: str, value: object) -> Callable[[list[Span]], bool]:
    return lambda spans: any(value in (span.attributes.get(key), span.resource.attributes.get(key)) for span in spans)


def during(incident: shop.Incident) -> Callable[[list[Span]], bool]:
    return lambda spans: incident.holds((NOW_NS - spans[-1].start_ns) / MINUTE)


def slower_than(duration_ms: int) -> Callable[[list[Span]], bool]:
    return lambda spans: max(span.duration_ns for span in spans) >= duration_ms * MILLISECOND


def place(found: Comparison) -> str:
    """Where most of the difference is."""
    first = found.contributions[0]
    assert first.claimed
    assert first.path is not None
    step = found.vocabulary.steps[first.path]
    return f"{step.service} {step.name}"


def test_new_version_that_asks_for_payment_again(checkouts: Told) -> None:
    found = checkouts.split(has("service.version", shop.NEW_CHECKOUT))
    assert place(found) == "checkout pay"
    assert "in checkout pay, between attempts of POST /charges; " in sentence_of(found)
    first = found.traits[0]
    assert (first.kind, first.service, first.name, first.claimed) == ("retried", "checkout", "POST /charges", True)
    assert found.attributes[0].text == f"service.version={shop.NEW_CHECKOUT}"


def test_slow_checkouts_while_the_new_version_comes(checkouts: Told) -> None:
    """Nobody says what the groups are about."""
    found = checkouts.split(
        slower_than(600), lambda spans: during(shop.ROLLOUT)(spans) and not has("cloud.region", "us-east-1")(spans)
    )
    assert "retries of checkout POST /charges" in sentence_of(found)


def test_one_region_that_waits_for_a_lock(checkouts: Told) -> None:
    found = checkouts.split(slower_than(1_000), during(shop.LOCKED))
    assert place(found) == "inventory UPDATE stock"
    assert f"cloud.region={shop.LOCKED_REGION}" in sentence_of(found)
    assert found.attributes[0].text == f"cloud.region={shop.LOCKED_REGION}"


def test_big_carts_whose_prices_are_asked_one_by_one(checkouts: Told) -> None:
    found = checkouts.split(lambda spans: sum(span.name == "SELECT prices" for span in spans) > 1)
    assert place(found) == "cart SELECT prices"
    assert "in cart SELECT prices, called 18 times instead of once" in sentence_of(found)
    best = found.attributes[0]
    assert (best.key, best.op, best.claimed) == ("app.cart.size", ">=", True)


def test_cache_that_went_away() -> None:
    found = Told(product.__name__).split(during(shop.CACHE_AWAY))
    assert place(found) in ("catalog SELECT reviews", "catalog SELECT products")
    assert "the exception catalog *net.OpError" in sentence_of(found)
    assert found.attributes[0].text == "app.cache.hit=false"


def test_shop_with_nothing_wrong_is_claimed_to_be_just_that() -> None:
    """`python -m bench compare` counts more of them."""
    vocabulary = Vocabulary()
    profiles = healthy_shop(vocabulary, every=5)
    false = [claims_of_split(profiles, vocabulary, share=share, seed=n) for n in range(10) for share in (0.5, 0.1)]
    assert sum(map(bool, false)) <= 2
