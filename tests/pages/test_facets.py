from __future__ import annotations

import re
from html import unescape

import pytest
from django.test import Client

from tests.core.drawing import a_span
from tests.pages.conftest import Store
from tests.pages.test_list import found, text_of
from traces import queries
from traces.core.span import Span, Status

pytestmark = pytest.mark.django_db


def facets(client: Client, query: str = "?") -> str:
    answer = client.get(f"/{query}&total=1", headers={"HX-Request": "true", "HX-Target": "facets"})
    assert answer.status_code == 200
    return answer.content.decode()


def values(html: str) -> dict[str, tuple[str, str]]:
    """Text -> its count and address."""
    rows = re.findall(r'<li[^>]*><a href="([^"]*)"[^>]*>([^<]*)</a><span class="count">([^<]*)</span>', html)
    return {unescape(text): (count, unescape(href)) for href, text, count in rows}


def a_trace(user: object, *, service: str = "shop", **fields: object) -> list[Span]:
    return [a_span("root", service=service, attributes={"user.id": user}, **fields)]  # type: ignore[arg-type]


def test_value_narrows_and_is_taken_out_again(client: Client, store: Store) -> None:
    mine = store(a_trace("u 1"))
    store(a_trace("u2"))
    assert values(facets(client))["u 1"][0] == "1"
    narrowed = values(facets(client))["u 1"][1]
    assert found(client, narrowed) == [mine]
    html = facets(client, narrowed)
    assert 'aria-label="Take out u 1"' in html
    assert len(found(client, values(html)["u 1"][1])) == 2


def test_value_can_be_turned_to_not(client: Client, store: Store) -> None:
    store(a_trace("u 1"))
    other = store(a_trace("u2"))
    html = facets(client, "?limit=7")
    (without,) = (unescape(url) for url in re.findall(r'href="([^"]*)" aria-label="Without u 1"', html))
    assert without == "?q=-user.id%3D%22u+1%22&limit=7"
    assert found(client, without) == [other]
    assert 'aria-label="Without u2"' not in facets(client, values(html)["u2"][1])


def test_services_and_errors_go_into_their_fields_and_further_ones_hold_on_any_span(
    client: Client, store: Store
) -> None:
    both = store([a_span("a", service="shop"), a_span("b", "a", service="pay", status=Status.ERROR)])
    store(a_trace(1))
    service = values(facets(client))["shop"][1]
    assert service == "?service=shop"
    error = values(facets(client, service))["error"][1]
    assert error == "?service=shop&q=status%3Derror"
    assert found(client, error) == [both]
    assert values(facets(client, error))["error"][1] == "?service=shop"
    assert values(facets(client, "?status=error"))["error"][1] == "?"


def test_number_and_its_text_are_one_value(client: Client, store: Store) -> None:
    ids = {store(a_trace(42)), store(a_trace("42"))}
    count, shown = values(facets(client))["42"]
    assert (count, set(found(client, shown))) == ("2", ids)


def test_old_name_is_shown_where_the_new_one_is_not_in_use(client: Client, store: Store) -> None:
    store([a_span("a", attributes={"http.status_code": 404})])
    assert values(facets(client))["404"] == ("1", "?q=http.status_code%3D404")


def test_most_frequent_come_first_eight_at_once(client: Client, store: Store) -> None:
    for n in range(12):
        for _ in range(1 + (n == 7)):
            store(a_trace(f"u{n:02}"))
    html = facets(client)
    shown, more = html[html.index("<b>user id<") :].split("<details>")[:2]
    assert list(values(shown)) == ["u07", *(f"u{n:02}" for n in range(7))]
    assert list(values(more)) == [f"u{n:02}" for n in (8, 9, 10, 11)]
    assert "4 more" in more


def test_added_attribute_stays_and_can_be_taken_away(client: Client, store: Store) -> None:
    store([a_span("a", attributes={"app.plan": "gold"})])
    html = facets(client, "?facets=app.plan,nothing&status=unset")
    count, shown = values(html)["gold"]
    assert (count, shown) == ("1", "?status=unset&q=app.plan%3Dgold&facets=app.plan%2Cnothing")
    assert "None of these traces has it" in html
    assert 'href="?status=unset&amp;facets=nothing" aria-label="Remove app.plan"' in html
    form = client.get("/?facets=app.plan").content.decode()
    assert '<input type="hidden" name="facets" value="app.plan">' in form


def test_addresses_lead_to_the_present_whatever_moment_was_counted(client: Client, store: Store) -> None:
    store(a_trace("gold"))
    page = client.get("/?last=6h&facets=user.id").content.decode()
    counted = re.search(r'href="([^"]+total=1)" hx-get="[^"]+" hx-trigger="load" hx-target="#facets"', page)
    assert counted is not None
    html = facets(client, unescape(counted[1]))
    assert "start=" not in html
    assert '<input type="hidden" name="last" value="6h">' in html


def test_value_that_no_search_finds_is_no_link(client: Client, store: Store) -> None:
    store(a_trace(["a", "b"]))
    store(a_trace("x" * 600))
    assert {"a", "[", "x"}.isdisjoint(
        {text[:1] for text in values(facets(client)[-3_000:])} - {"root", "shop", "unset"}
    )


def test_hostile_values_are_only_text(client: Client, store: Store) -> None:
    store(a_trace('"><script>alert(1)</script>', service="<b>"))
    html = facets(client)
    assert "<script" not in html
    assert "<b>&lt;" not in html
    assert "&lt;b&gt;" in html


def test_how_many_traces_were_looked_at_is_said(client: Client, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(3):
        store(a_trace(n))
    assert "Of all 3 traces" in text_of(client, "/?total=1")
    everything = queries.value_counts
    monkeypatch.setattr(queries, "value_counts", lambda search, keys: everything(search, keys, most=2))
    assert "Of the newest 2 traces" in facets(client)


def test_list_does_not_wait_for_its_facets(client: Client, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store(a_trace(1))
    monkeypatch.setattr(queries, "value_counts", lambda *_: pytest.fail("counted"))
    assert "count their values" in text_of(client, "/")


def test_sampled_traces_count_as_many_times_as_they_stand_for_and_it_says_so(client: Client, store: Store) -> None:
    store(a_trace("often"))
    assert "weighted" not in facets(client)
    store(a_trace("rare", trace_state="ot=th:c"))
    assert [values(facets(client))[user][0] for user in ("often", "rare", "shop")] == ["1", "4", "5"]
    assert list(values(facets(client))).index("rare") < list(values(facets(client))).index("often")
    assert "Of all 2 traces; weighted, for some were sampled" in facets(client)
