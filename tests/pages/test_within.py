"""Find inside a trace, by address."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from tests.core.drawing import a_span, span_id
from tests.pages.conftest import Store
from tests.pages.test_list import text_of
from tests.pages.test_trace import rows, shown
from traces import queries
from traces.core.meaning import Condition

pytestmark = pytest.mark.django_db
SHOP = [
    a_span("root", service="shop"),
    a_span("cart", "root", start=1),
    a_span("price", "cart", start=2, attributes={"sku": "A-1"}),
    a_span("pay", "root", start=5, service="bank"),
    a_span("charge", "pay", start=6, service="bank"),
]


def matches(html: str) -> list[str]:
    ids = re.findall(r'<div role="row"[^>]*class="[^"]* match"[^>]*data-span-id="([0-9a-f]{16})"', html)
    return [bytes.fromhex(id).decode().strip("_") for id in ids]


def test_matches_are_marked_and_counted(client: Client, store: Store) -> None:
    path = f"/traces/{store(SHOP)}?find=bank"
    assert matches(shown(client, path)) == ["pay", "charge"]
    assert len(rows(shown(client, path))) == 5
    assert "2 matches" in text_of(client, path)


def test_only_matches_hides_the_rest_but_not_what_is_above_and_says_how_many(client: Client, store: Store) -> None:
    path = f"/traces/{store(SHOP)}?find=sku%3DA-1&only=1"
    assert rows(shown(client, path)) == ["root", "cart", "price"]
    assert "2 rows hidden" in text_of(client, path)
    assert 'class="caret"' not in shown(client, path)


def test_nothing_found_hides_nothing(client: Client, store: Store) -> None:
    path = f"/traces/{store(SHOP)}?find=nowhere&only=1"
    assert len(rows(shown(client, path))) == 5
    assert "0 matches" in text_of(client, path)
    assert "hidden" not in text_of(client, path)


def test_going_to_a_match_opens_what_hides_it_and_keeps_what_is_looked_for(client: Client, store: Store) -> None:
    trace_id = store(SHOP)
    url = client.get(f"/traces/{trace_id}?find=charge&depth=1&match=0").headers["Location"]
    assert url.endswith("find=charge&at=4#r4")
    html = shown(client, url.partition("#")[0])
    assert "charge" in rows(html)
    assert re.search(r'id="next-match" href="[^"]*&amp;match=5"', html)


def test_links_go_to_the_next_and_the_previous(client: Client, store: Store) -> None:
    trace_id = store(SHOP)
    html = shown(client, f"/traces/{trace_id}?find=bank&span={span_id('pay').hex()}")
    assert "1 of 2 matches" in re.sub(r"<[^>]+>", "", html)
    assert re.search(r'id="next-match" href="[^"]*&amp;match=4"', html)
    assert re.search(r'id="prior-match" href="[^"]*&amp;prior=3"', html)


def test_error_outside_of_the_matches_is_shown_with_all_rows(client: Client, store: Store) -> None:
    trace_id = store(SHOP)
    html = shown(client, f"/traces/{trace_id}?find=price&only=1&span={span_id('charge').hex()}")
    assert len(rows(html)) == 5


def test_what_is_typed_is_never_markup(client: Client, store: Store) -> None:
    html = shown(client, f"/traces/{store(SHOP)}?find=%22%3E%3Cscript%3E%00")
    assert "<script>" not in html.replace("<script src", "")


def test_looking_is_done_once_for_all_windows(client: Client, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    trace_id, looked = store(SHOP), list[bytes]()

    def look(trace_id: bytes, find: Condition | None) -> queries.Matching:
        looked.append(trace_id)
        return found(trace_id, find)

    found = queries.matching_spans
    monkeypatch.setattr(queries, "matching_spans", look)
    for _ in range(2):
        shown(client, f"/traces/{trace_id}")
    for _ in range(3):
        shown(client, f"/traces/{trace_id}?find=bank")
    assert looked == [bytes.fromhex(trace_id)]


def test_subtree_is_shown_alone_with_the_way_back(client: Client, store: Store) -> None:
    trace_id = store(SHOP)
    html = shown(client, f"/traces/{trace_id}?root={span_id('cart').hex()}")
    assert rows(html) == ["cart", "price"]
    assert re.findall(r'aria-level="(\d)"', html) == ["1", "2"]
    crumbs = re.search(r'<p class="crumbs".*?</p>', html)
    assert crumbs
    assert re.sub(r"<[^>]+>", "", crumbs[0]) == "whole trace › shop root › cart cart"


def test_going_into_a_subtree_zooms_to_it(client: Client, store: Store) -> None:
    trace_id, pay = store(SHOP), span_id("pay").hex()
    url = client.get(f"/traces/{trace_id}?depth=1&into={pay}").headers["Location"]
    assert f"root={pay}" in url
    assert "t0=" in url
    assert rows(shown(client, url.partition("#")[0])) == ["pay"]


def test_what_lies_outside_of_the_subtree_is_shown_with_all_rows(client: Client, store: Store) -> None:
    path = f"/traces/{store(SHOP)}?root={span_id('cart').hex()}"
    assert len(rows(shown(client, f"{path}&span={span_id('charge').hex()}"))) == 5
    assert len(rows(shown(client, f"{path[:-16]}{'0' * 15}9"))) == 5


def test_matches_in_a_subtree_hide_the_rest_of_it(client: Client, store: Store) -> None:
    path = f"/traces/{store(SHOP)}?root={span_id('cart').hex()}&find=price&only=1"
    assert rows(shown(client, path)) == ["cart", "price"]
    assert "0 rows hidden" in text_of(client, path)


def test_looking_that_took_too_long_is_tried_again(
    client: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"/traces/{store(SHOP)}?find=bank"
    with monkeypatch.context() as slow:
        slow.setattr(queries, "matching_spans", lambda *asked: queries.Matching([], complete=False))
        shown(client, path)
        assert "looking took too long" in text_of(client, path)
    assert "2 matches" in text_of(client, path)
