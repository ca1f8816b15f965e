"""Usual ranges in the waterfall: from healthy traces of the same root operation, wherever they are stored."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.test import Client

from tests.core.drawing import a_span, span_id
from tests.pages.conftest import Store
from tests.pages.test_list import text_of
from traces import queries
from traces.core.span import Span, Status
from traces.queries import healthy

pytestmark = pytest.mark.django_db


def a_trace(length: int, *more: Span) -> list[Span]:
    return [a_span("root", length=100), a_span("x", "root", 1, length), *more]


@pytest.fixture
def slow(store: Store) -> str:
    """The path of a slow one among forty others, which have a cache that it lacks; failed ones don't count."""
    for length in range(1, 41):
        store(a_trace(length, a_span("cache", "x", 1)))
        store(a_trace(5_000, a_span("failed", "root", status=Status.ERROR)))
    return f"/traces/{store(a_trace(90, a_span('new', 'root', 5)))}"


def cells(html: str) -> list[str]:
    found = re.findall(r'<span role="gridcell" class="usually.*?</span>', html)
    return [" ".join(unescape(re.sub(r"<[^>]*>", " ", cell)).split()) for cell in found]


def test_each_row_says_what_is_usual_and_where_it_is_outside(client: Client, slow: str) -> None:
    html = client.get(f"{slow}?usual=1").content.decode()
    assert cells(html) == ["100 ms", "▲▲ 10–30 ms", "+ in none of 40"]
    assert 'aria-label="much longer than usual"' in html
    assert "much longer than usual; p95 38 ms; in 40 of 40 others" in html
    text = text_of(client, f"{slow}?usual=1")
    assert "a sample of 40 others of this root operation" in text
    assert "Usually there, but not here: cache cache (in 40 of 40)" in text
    assert f"span={span_id('x').hex()}" in html


def test_it_is_one_click_and_stays_while_scrolling(client: Client, slow: str) -> None:
    html = client.get(slow).content.decode()
    assert cells(html) == []
    assert re.search(r'<a id="usual" href="\?[^"]*usual=1"', html)
    part = client.get(f"{slow}?usual=1&from=0", headers={"HX-Request": "true", "HX-Target": "rows",
                      "HX-Current-URL": f"http://testserver{slow}?usual=1"}).content.decode()  # fmt: skip
    assert len(cells(part)) == 3


def test_too_few_others_are_said(client: Client, store: Store) -> None:
    store(a_trace(3))
    path = f"/traces/{store(a_trace(4))}?usual=1"
    assert "1 other of its root operation without an error" in text_of(client, path)
    assert "below 20 nothing is claimed" in text_of(client, path)


def test_what_could_not_be_read_in_time_is_said(client: Client, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(healthy, "_peers", lambda query, params: None)
    assert "took too long" in text_of(client, f"/traces/{store(a_trace(4))}?usual=1")
    assert "took too long" in text_of(client, f"/traces/{store(a_trace(4))}/compare")


def test_sample_is_stable_and_bounded() -> None:
    peers = [queries.Peer(bytes([n]) * 16, n, n, 10) for n in range(250)]
    found = healthy.sampled(peers)
    assert len(found) == healthy.MOST_PEERS
    assert found == healthy.sampled(peers[::-1])
    # One more trace exchanges no more than one.
    assert len(set(found) - set(healthy.sampled([*peers, queries.Peer(b"\xff" * 16, 0, 0, 10)]))) <= 1
    assert len(healthy.sampled(peers, most_spans=55)) == 5
    # It has nothing to do with durations: both halves of them are in it.
    assert 70 < sum(peer.duration_ns < 125 for peer in found) < 130


def test_rare_operation_is_found_beyond_the_latest_traces(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = [store(a_trace(3)) for _ in range(3)]
    monkeypatch.setattr(healthy, "WALKED", 0)
    found = queries.healthy_peers(bytes.fromhex(ids[0]))
    assert found is not None
    assert {peer.trace_id.hex() for peer in found} == set(ids[1:])


def test_trace_without_a_root_has_no_peers(client: Client, store: Store) -> None:
    assert queries.healthy_peers(bytes.fromhex(store([a_span("x", "gone")]))) is None
