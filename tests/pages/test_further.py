"""A list that takes long goes on by itself: what each look finds comes onto the page, in order, until it is full."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import pytest
from django.test import Client

from tests.core.drawing import a_span
from tests.hasty import hasty
from tests.pages.conftest import Store
from traces import queries
from traces.pages import further
from traces.search import Search

pytestmark = pytest.mark.django_db
SLOW = "?q=status_message~x"


@pytest.fixture
def stops(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each look has time for four traces."""
    monkeypatch.setattr(queries, "search_traces", hasty)


def html_of(client: Client, address: str, target: str = "") -> str:
    """The page, or what htmx gets for a part of it."""
    headers = {"HX-Request": "true", "HX-Target": target} if target else {}
    answer = client.get(f"/{address}", headers=headers)
    assert answer.status_code == 200
    assert "HX-Push-Url" not in answer.headers
    return answer.content.decode()


def said(html: str) -> str:
    note = html.partition('<div id="further">')[2].partition("</p>")[0]
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", note)).split())


def ids(html: str) -> list[str]:
    return re.findall(r'data-trace-id="([0-9a-f]{32})"', html)


def link(html: str, id: str) -> str:
    found = re.search(rf'<a id="{id}"[^>]* href="([^"]+)"', html)
    return unescape(found[1]) if found else ""


def goes_on(html: str) -> bool:
    return 'hx-trigger="load, ' in html.partition('<div id="further">')[2]


def looks(client: Client, address: str) -> list[str]:
    """The page, and what comes onto it until it goes on no more."""
    parts = [html_of(client, address)]
    while goes_on(parts[-1]):
        parts.append(html_of(client, link(parts[-1], "next"), "further"))
        assert len(parts) < 20
    return parts


def store_many(store: Store, *, every: int = 3, number: int = 12) -> list[str]:
    """The ids of each third trace, a span of which has an x in its message, newest first."""
    stored = []
    for n in range(number):
        message = "x" if n % every == 2 else "y"
        spans = [a_span("a", start=-n, length=1 + n), a_span("b", "a", start=-n, status_message=message)]
        stored.append(store(spans))
    return [id for n, id in enumerate(stored) if n % every == 2]


@pytest.mark.usefixtures("stops")
def test_list_that_takes_too_long_goes_on_until_all_is_searched(client: Client, store: Store) -> None:
    expected = store_many(store)
    parts = looks(client, SLOW)
    assert len(parts) > 2
    assert [id for part in parts for id in ids(part)] == expected
    assert said(parts[0]).startswith("Searched back to 20")
    assert said(parts[0]).endswith("8 spans looked through · 1 found · continue · stop searching…")
    assert said(parts[-1]) == "Searched everything · 24 spans looked through · 4 found"
    assert '<span id="total" hx-swap-oob="true"><input type="hidden" name="of" value="4">4 traces</span>' in parts[-1]
    assert link(parts[-1], "next") == ""


@pytest.mark.usefixtures("stops")
def test_what_sampled_traces_stand_for_is_added_up_from_look_to_look(client: Client, store: Store) -> None:
    for n in range(9):
        store([a_span("a", start=-n, status_message="x", trace_state="ot=th:4" if n % 2 else "")])
    parts = looks(client, SLOW)
    assert len(parts) > 2
    assert ">9 traces, standing for about 10</span>" in parts[-1]


@pytest.mark.usefixtures("stops")
def test_it_ends_where_the_page_is_full_and_leads_to_the_next(client: Client, store: Store) -> None:
    expected = store_many(store, number=15)
    parts = looks(client, f"{SLOW}&limit=3")
    assert [id for part in parts for id in ids(part)] == expected[:3]
    assert ">next page</a>" in parts[-1]
    assert "3 found" in said(parts[-1])
    following = link(parts[-1], "next")
    assert "so_far" not in following
    rest = looks(client, following)
    assert [id for part in rest for id in ids(part)] == expected[3:]
    assert len(rest) > 1
    assert all(">first page</a>" in part for part in rest)
    assert 'id="total"' not in rest[-1]


@pytest.mark.usefixtures("stops")
def test_without_a_script_continue_is_the_next_page(client: Client, store: Store) -> None:
    expected, address, found = store_many(store), SLOW, list[str]()
    while address:
        html = html_of(client, address)
        found, address = found + ids(html), link(html, "next")
        assert '<form class="filters"' in html
        assert "so_far" not in re.sub(r'<div id="further">.*?</p>', "", html, flags=re.DOTALL)
    assert found == expected


@pytest.mark.usefixtures("stops")
def test_somebody_stops_it_and_goes_on(client: Client, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = store_many(store)
    first = html_of(client, SLOW)
    with monkeypatch.context() as patch:
        patch.delattr(queries, "search_traces")
        stopped = html_of(client, link(first, "stop"), "further")
    assert said(stopped).startswith("Stopped. Searched back to 20")
    assert said(stopped).endswith("8 spans looked through · 1 found · continue")
    assert not goes_on(stopped)
    assert ids(first) + ids(html_of(client, link(stopped, "next"), "further")) == expected[:2]


@pytest.mark.usefixtures("stops")
def test_it_pauses_while_others_go_on(client: Client, store: Store) -> None:
    expected = store_many(store)
    first = html_of(client, SLOW)
    with further.looks, further.looks:
        paused = html_of(client, link(first, "next"), "further")
    assert said(paused).startswith("Others are searching too. Searched back to 20")
    assert 'hx-trigger="load delay:1s, ' in paused
    assert ids(paused) == []
    assert ids(first) + ids(html_of(client, link(paused, "next"), "further")) == expected[:2]


@pytest.mark.usefixtures("stops")
def test_bars_of_all_looks_are_on_one_scale(client: Client, store: Store) -> None:
    store_many(store)
    for html in looks(client, SLOW)[1:]:
        assert html.count('<th id="scale" class="scale" hx-swap-oob="true"') == bool(ids(html))
    first, second = looks(client, SLOW)[:2]
    # 3 ms, then 6 ms; sorted by duration, the first is the longest.
    assert 'data-shrinks="0.500000000"' in second
    assert 'width="100%"' in first
    assert 'width="100%"' in second
    assert not any("data-shrinks" in html for html in looks(client, f"{SLOW}&sort=duration"))


@pytest.mark.usefixtures("stops")
def test_at_the_end_of_nothing_it_says_what_to_change(client: Client, store: Store) -> None:
    store_many(store, number=10)
    last = looks(client, "?q=status_message~zz&status=unset")[-1]
    assert said(last) == "Searched everything · 20 spans looked through · nothing found"
    assert "In this time range, each condition alone finds:" in last


@pytest.mark.usefixtures("stops")
def test_live_list_does_not_go_on_by_itself(client: Client, store: Store) -> None:
    store_many(store)
    html = html_of(client, f"{SLOW}&live=1")
    assert not goes_on(html)
    assert said(html).endswith("1 found · continue")
    assert "live=1" in link(html, "next")


@pytest.mark.parametrize(
    ("sort", "says"),
    [
        ("start", "Searched back to 20"),
        ("duration", "Looked through all over 2 ms"),
        ("spans", "Looked through all with over 1 spans"),
        ("errors", "Looked through all with over 0 errors"),
    ],
)
def test_how_far_it_came_is_said_in_the_words_of_its_order(
    client: Client, store: Store, monkeypatch: pytest.MonkeyPatch, sort: str, says: str
) -> None:
    store([a_span("a", length=2)])
    store([a_span("b", start=-1)])
    stop_after_one(monkeypatch)
    assert said(html_of(client, f"?sort={sort}")).startswith(says)


def test_list_that_gets_nowhere_waits(client: Client, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store([a_span("a")])

    def stuck(search: Search) -> queries.Listing:
        after = search.after or f"{queries.NOTHING_SEEN}.{'f' * 32}"
        return queries.Listing([], after, search, int(after.partition(".")[0]))

    monkeypatch.setattr(queries, "search_traces", stuck)
    first = html_of(client, "")
    assert said(first).startswith("The next traces take too long to look at. Nothing looked at yet")
    assert not goes_on(first)
    assert not goes_on(html_of(client, "?after=5." + "a" * 32, "further"))


def test_an_address_that_says_nonsense_of_before_starts_anew(client: Client, store: Store) -> None:
    id = store([a_span("a")])
    for so_far in ("1.2.3", "-1.0.0.0.0.0", "1.1.1.1.1", "9" * 30):
        html = html_of(client, f"?so_far={so_far}", "further")
        assert ids(html) == [id]
        assert said(html) == "Searched everything · 1 span looked through · 1 found"


def test_what_takes_long_to_count_is_said_to_be_at_least(
    client: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    store([a_span("a")])
    store([a_span("b", start=-1)])
    stop_after_one(monkeypatch)
    monkeypatch.setattr(queries, "looked_through", lambda listing: None)
    first = html_of(client, "")
    assert "spans looked through" not in said(first)
    monkeypatch.undo()
    last = html_of(client, link(first, "next"), "further")
    assert said(last) == "Searched everything · 1+ span looked through · 2 found"


def stop_after_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first look ends with one trace."""
    search_traces = queries.search_traces

    def stopping(search: Search) -> queries.Listing:
        if search.after:
            return search_traces(search)
        listing = search_traces(replace(search, limit=1))
        return listing._replace(search=search, stopped_at=int((listing.next or "").partition(".")[0]))

    monkeypatch.setattr(queries, "search_traces", stopping)
