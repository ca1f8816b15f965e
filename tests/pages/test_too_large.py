"""What a list stepped over is said on its page and on those after it, with a way to look at it."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.test import Client

from tests.core.drawing import a_span
from tests.pages.conftest import Store
from traces import queries
from traces.pages.too_large import MOST_SHOWN
from traces.queries import answering
from traces.queries.walking import START
from traces.search import Search

pytestmark = pytest.mark.django_db
_search_traces, _answer = queries.search_traces, answering._answer


def html_of(client: Client, address: str, target: str = "") -> str:
    headers = {"HX-Request": "true", "HX-Target": target} if target else {}
    answer = client.get(f"/{address}", headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


def said(html: str) -> str:
    (note,) = re.findall(r'<p class="note too-large">(.*?)</p>', html) or [""]
    return unescape(re.sub(r"<[^>]*>", "", note))


def total(html: str) -> str:
    (found,) = re.findall(r'<span id="total"[^>]*>(?:<input[^>]*>)?([^<]*)</span>', html)
    return str(found)


def following(html: str) -> str:
    found = re.search(r'<a id="next"[^>]* href="([^"]+)"', html)
    return unescape(found[1]) if found else ""


def step_over(monkeypatch: pytest.MonkeyPatch, *numbers: int, on_each: bool = False, stops: bool = False) -> list[str]:
    """The first page comes over these; or each over one of them."""
    ids = [bytes([number]) * 16 for number in numbers]
    left = list(ids)

    def search_traces(search: Search) -> queries.Listing:
        listing = _search_traces(search)
        if on_each:
            listing = listing._replace(too_large=tuple(left[:1]))
            del left[:1]
        elif not search.after:
            listing = listing._replace(too_large=tuple(ids))
        if stops and listing.next:
            listing = listing._replace(stopped_at=int(listing.next.partition(".")[0]), traces=listing.traces[:-1])
        return listing

    monkeypatch.setattr(queries, "search_traces", search_traces)
    return [id.hex() for id in ids]


def test_one_is_said_with_the_way_to_it(client: Client, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store([a_span("a")])
    (id,) = step_over(monkeypatch, 7)
    html = html_of(client, "")
    assert said(html) == f"1 trace was too large to decide here: {id[:16]}…. The search went on without it."
    assert f'href="/traces/{id}"' in html
    assert total(html) == "1+ traces"


def test_of_many_the_first_are_shown(client: Client, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store([a_span("a")])
    ids = step_over(monkeypatch, *range(1, 1_0))
    html = html_of(client, "")
    assert said(html).startswith("9 traces were too large to decide here: ")
    assert said(html).endswith("… and 6 more. The search went on without them.")
    assert re.findall(r'title="Trace (\w+)"', html) == ids[:MOST_SHOWN]


def test_where_nothing_else_is_found_it_is_said_too(
    client: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    store([a_span("a")])
    step_over(monkeypatch, 7)
    html = html_of(client, "?service=nobody")
    assert "No trace found" in html
    assert said(html).startswith("1 trace was too large to decide here")


def test_pages_that_follow_say_it_too_and_count_on(
    client: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(6):
        store([a_span("a", start=-n)])
    step_over(monkeypatch, 1, 2, on_each=True)
    first = html_of(client, "?limit=2")
    second = html_of(client, following(first))
    third = html_of(client, following(second))
    assert [said(html)[:8] for html in (first, second, third)] == ["1 trace ", "2 traces", "2 traces"]
    # Filters and other orders begin anew.
    addresses = set(re.findall(r'href="(\?[^"]*too_large=[^"]*)"', second))
    assert {unescape(one) for one in addresses} == {following(second), unescape(rest(second))}


def rest(html: str) -> str:
    found = re.search(r'<a id="total" href="([^"]+)"', html)
    return found[1] if found else ""


def test_page_that_goes_on_by_itself_keeps_saying_it(
    client: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(4):
        store([a_span("a", start=-n)])
    step_over(monkeypatch, 1, stops=True)
    html = html_of(client, "?limit=2")
    stop = re.search(r'<a id="stop"[^>]* href="([^"]+)"', html)
    assert stop
    stopped = html_of(client, unescape(stop[1]), "further")
    monkeypatch.undo()
    last = html_of(client, following(stopped), "further")
    assert {said(one)[:8] for one in (html, stopped, last)} == {"1 trace "}


def test_all_searched_is_at_least_what_was_found(client: Client, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store([a_span("a")])
    step_over(monkeypatch, 7)
    html = html_of(client, "?so_far=2.3.1.1.1.2000", "further")
    assert total(html) == "3+ traces"


def test_an_address_that_says_nonsense_of_them_is_not_believed(client: Client, store: Store) -> None:
    store([a_span("a")])
    for text in ("1", "1.x", "x.7", f"1.{'g' * 32}", f"1{'.' + 'a' * 32}".replace("1", "9" * 9)):
        assert said(html_of(client, f"?too_large={text}")) == ""


def test_what_is_said_of_all_that_match_is_said_to_be_without_them(
    client: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    store([a_span("a"), a_span("b", "a")])
    monkeypatch.setattr(answering, "_answer", lambda *asked: _answer(*asked)._replace(too_large=(START,)))
    html = html_of(client, "?total=1&group=service&q=%7B%7D+%3E+%7B%7D")
    assert "All without 1 trace too large to decide." in html
    assert "1 value in 1 traces, without 1 trace too large to decide" in html
    assert "Of one trace, without 1 trace too large to decide" in html
    measured = html_of(client, "?total=1&q=%7B%7D+%3E+%7B%7D+%7C+rate()")
    assert "Of 1 spans, without 1 trace too large to decide." in measured
