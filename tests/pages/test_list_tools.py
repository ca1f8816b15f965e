"""What can be done with a whole list: columns, saved searches, live, download; and conditions turned to "not"."""

from __future__ import annotations

import re
import time
from html import unescape

import pytest
from django.test import Client

from tests.core.drawing import a_span
from tests.pages.conftest import Store
from tests.pages.test_list import found, fragment, text_of
from traces.core.values import text_value
from traces.store import saved_searches

pytestmark = pytest.mark.django_db


def link(html: str, pattern: str) -> str:
    match = re.search(pattern, html)
    assert match is not None, pattern
    return unescape(match[1])


def test_columns_show_values_that_narrow_the_search(client: Client, store: Store) -> None:
    one = store([a_span("root", attributes={"user.id": "u 1"}), a_span("leaf", "root", attributes={"n": 7})])
    store([a_span("root", attributes={"user.id": "u2"})])
    html = client.get("/?cols=user.id,n").content.decode()
    assert "user.id × n ×" in text_of(client, "/?cols=user.id,n")
    narrowed = link(html, r'<a href="([^"]*)">u 1</a>')
    assert found(client, narrowed) == [one]
    assert "cols=user.id%2Cn" in narrowed
    assert link(html, r'href="([^"]*)" aria-label="Remove the column user.id"') == "?cols=n"
    assert link(html, r'href="([^"]*)" aria-label="Without u 1"').endswith("q=-user.id%3D%22u+1%22")
    assert "cols=user.id%2Cn" in link(html, r'id="by-duration" href="([^"]*)"')


def test_form_for_one_more_column_leads_to_the_list_with_it(client: Client, store: Store) -> None:
    store([a_span("root")])
    html = client.get("/?cols=a&sort=duration").content.decode()
    assert '<input type="hidden" name="cols" value="a">' in html
    assert client.get("/?cols=a&sort=duration&col=b").headers["Location"] == "/?sort=duration&cols=a%2Cb"
    assert client.get("/?col=b").headers["Location"] == "/?cols=b"


def test_too_many_columns_are_refused_in_words(client: Client, store: Store) -> None:
    store([a_span("root")])
    assert "cols has more than 8 columns" in text_of(client, f"/?cols={','.join('abcdefghi')}", status=400)


def test_keys_for_columns_come_from_what_is_stored(client: Client, store: Store) -> None:
    store([a_span("root", attributes={"shop.key": 1})])
    assert 'value="shop.key"' in fragment(client, "", "column-names").content.decode()


def test_hostile_values_in_columns_are_text(client: Client, store: Store) -> None:
    store([a_span("root", attributes={"x": '"><script>alert(1)</script>', "y": text_value("\x00")})])
    assert "<script>alert" not in client.get("/?cols=x,y,%3Cb%3E").content.decode()


def test_each_chip_can_be_turned_to_not_and_back(client: Client, store: Store) -> None:
    store([a_span("root")])
    html = client.get("/?service=a+b&q=user.id%3D42+x%3D1&last=6h&cols=a").content.decode()
    turned = [unescape(url) for url in re.findall(r'<a href="([^"]*)">no span has it</a>', html)]
    assert turned == [
        "?q=user.id%3D42+x%3D1+-service%3D%22a+b%22&last=6h&cols=a",
        "?service=a+b&q=x%3D1+-user.id%3D42&last=6h&cols=a",
        "?service=a+b&q=user.id%3D42+-x%3D1&last=6h&cols=a",
    ]
    html = client.get("/?q=-x%3D1").content.decode()
    assert link(html, r'<a href="([^"]*)">some span has it</a>') == "?q=x%3D1"


def test_search_is_saved_under_a_name_for_everybody_and_removed(client: Client, store: Store) -> None:
    store([a_span("root")])
    html = client.get("/?status=error&last=24h&cols=a").content.decode()
    query = link(html, r'name="query" value="([^"]*)"')
    saved = client.post("/saved", {"name": "Slow & broken", "query": query})
    assert saved.headers["Location"] == "/?status=error&last=24h&cols=a"
    assert "Slow & broken" in text_of(Client(), "/")
    assert link(client.get("/").content.decode(), r'<a href="([^"]*)">Slow') == "?saved=Slow+%26+broken"
    assert client.get("/?saved=Slow+%26+broken").headers["Location"] == "/?status=error&last=24h&cols=a"
    client.post("/saved", {"name": "Slow & broken", "query": "sort=duration"})
    assert client.get("/?saved=Slow+%26+broken").headers["Location"] == "/?sort=duration"
    assert client.post("/saved/remove", {"name": "Slow & broken", "query": ""}).headers["Location"] == "/"
    assert "No search is saved here as Slow & broken" in text_of(client, "/?saved=Slow+%26+broken", status=404)


def test_a_later_page_is_saved_as_its_search_of_the_present(client: Client, store: Store) -> None:
    for number in range(3):
        store([a_span(f"n{number}", start=number)])
    following = link(client.get("/?limit=1").content.decode(), r'rel="next" href="([^"]+)"')
    query = link(client.get(f"/{following}").content.decode(), r'name="query" value="([^"]*)"')
    assert query == "limit=1&last=1h"


@pytest.mark.parametrize(
    ("name", "query", "why"),
    [("", "", "A name has"), ("x" * 101, "", "name has"), ("a\nb", "", "name has"), ("a", f"q={'x' * 5_000}", "long")],
)  # fmt: skip
def test_what_cannot_be_saved_is_said(client: Client, name: str, query: str, why: str) -> None:
    answer = client.post("/saved", {"name": name, "query": query})
    assert answer.status_code == 400
    assert why in answer.content.decode()


def test_saving_never_leads_elsewhere_and_has_an_end(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = client.post("/saved", {"name": "a", "query": "//evil.example/\r\nX: y&a=b"})
    assert answer.headers["Location"] == "/?a=b"
    monkeypatch.setattr(saved_searches, "SAVE", saved_searches.SAVE.replace("< 500", "< 1"))
    assert client.post("/saved", {"name": "b", "query": ""}).status_code == 400
    assert client.post("/saved", {"name": "a", "query": ""}).status_code == 302


def test_saving_needs_the_form_of_this_site() -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post("/saved", {"name": "a", "query": ""}).status_code == 403
    assert strict.post("/saved/remove", {"name": "a"}).status_code == 403
    assert strict.get("/saved").status_code == 405


def test_list_can_be_live_and_asks_for_what_is_newer(client: Client, store: Store) -> None:
    first = store([a_span("first")])
    html = client.get("/?status=unset&live=1").content.decode()
    assert 'hx-trigger="every 2s"' in html
    assert link(html, r'<a href="([^"]*)">pause') == "?status=unset"
    again = link(html, r'id="live-next" href="([^"]*)"')
    second = store([a_span("second", start=1)])
    answer = fragment(client, again, "results", **{"HX-Trigger": "live-next"})
    html = answer.content.decode()
    assert "HX-Push-Url" not in answer.headers
    assert re.findall(r'data-trace-id="(\w+)" class="\w+( new)?"', html) == [(second, " new"), (first, "")]
    assert 'id="live" hx-swap-oob="true"' in html
    assert "live=1" in link(client.get("/?status=unset").content.decode(), r'id="live" href="([^"]*)"')


def test_live_list_may_be_empty_at_first(client: Client, store: Store) -> None:
    store([a_span("first")])
    assert 'id="live-next"' in client.get("/?status=error&live=1").content.decode()
    assert 'id="results"' in client.get("/?status=error&live=1").content.decode()


def test_live_ends_by_itself(client: Client, store: Store) -> None:
    store([a_span("first")])
    began = int(time.time()) - 31 * 60
    html = client.get(f"/?live=1&since={began}").content.decode()
    assert "live ended after 30 min" in text_of(client, f"/?live=1&since={began}")
    assert "every 2s" not in html
    assert link(html, r'<a href="([^"]*)">go on') == "?live=1"


@pytest.mark.parametrize("state", ["since=x", "seen=a.b", "seen=9.", "since=9999999999999999999999", "seen=٣.٣"])
def test_senseless_state_of_a_live_list_is_as_none(client: Client, store: Store, state: str) -> None:
    store([a_span("first")])
    assert 'class="c' in client.get(f"/?live=1&{state}").content.decode()


def test_downloads_are_of_the_list_that_is_shown(client: Client, store: Store) -> None:
    one = store([a_span("one", attributes={"a": "x"})])
    store([a_span("two", attributes={"a": "y"})])
    html = client.get("/?q=a%3Dx&cols=a&limit=1").content.decode()
    address = link(html, r'href="(/download.jsonl[^"]*)"')
    assert "limit" not in address
    store([a_span("later", start=60_000, attributes={"a": "x"})])
    lines = b"".join(client.get(address).streaming_content).splitlines()  # type: ignore[attr-defined]
    assert [one in line.decode() for line in lines] == [False, True] or [one in line.decode() for line in lines] == [
        True
    ]


def test_back_from_removing_a_search_leads_no_further_than_a_browser_is_sent(client: Client, store: Store) -> None:
    client.post("/saved", {"name": "a", "query": "status=error"})
    assert client.post("/saved/remove", {"name": "a", "query": f"q={'é' * 6_000}"}).headers["Location"] == "/"
