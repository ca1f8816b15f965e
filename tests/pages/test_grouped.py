from __future__ import annotations

import re
from html import unescape

import pytest
from django.test import Client

from tests.core.drawing import a_span
from tests.pages.conftest import Store
from tests.pages.test_facets import a_trace, facets
from tests.pages.test_list import found, text_of
from traces import queries
from traces.core.span import Status
from traces.pages import grouped as groups_module

pytestmark = pytest.mark.django_db


def groups(client: Client, query: str) -> dict[str, tuple[str, list[str]]]:
    """Each value -> the address of its traces and its numbers, in the order of the page."""
    html = client.get(f"/{query}").content.decode()
    body = html[html.index('<table class="groups">') :].split("<tbody>")[1].split("</tbody>")[0]
    rows = {}
    for row in body.split("</tr>")[:-1]:
        href = re.search(r'href="([^"]*)"', row)
        first, *cells = [unescape(re.sub(r"<[^>]*>", "", cell)) for cell in re.findall(r"<td[^>]*>(.*?)</td>", row)]
        rows[first.removesuffix(" not")] = (unescape(href[1]) if href else "", cells)
    return rows


def test_groups_are_those_without_a_value_that_is_turned_to_not(client: Client, store: Store) -> None:
    for user in ("gold", "free"):
        store(a_trace(user))
    html = client.get("/?group=user.id&order=p95").content.decode()
    (without,) = (unescape(url) for url in re.findall(r'href="([^"]*)" aria-label="Without gold"', html))
    assert without == "?q=-user.id%3Dgold&group=user.id&order=p95"
    assert list(groups(client, without)) == ["free"]


def test_row_has_the_numbers_of_its_value_and_leads_to_its_traces(client: Client, store: Store) -> None:
    gold = [
        store(a_trace("gold", start=n, length=10 * n, status=Status.ERROR if n == 2 else Status.UNSET)) for n in (1, 2)
    ]
    store(a_trace("free", length=7))
    store([a_span("nobody", length=3)])
    rows = groups(client, "?group=user.id&last=6h")
    assert rows["gold"][1] == ["2", "50 %", "10 ms", "20 ms", "20 ms", "30 ms"]
    assert rows["free"][1] == ["1", "0 %", "7 ms", "7 ms", "7 ms", "7 ms"]
    assert rows["(none)"] == ("", ["1", "0 %", "3 ms", "3 ms", "3 ms", "3 ms"])
    assert rows["gold"][0] == "?q=user.id%3Dgold&last=6h"
    assert found(client, rows["gold"][0]) == gold[::-1]


def test_page_says_what_is_grouped_of_how_many_and_leads_back(client: Client, store: Store) -> None:
    ids = [store(a_trace(n, start=n)) for n in range(3)]
    text = text_of(client, "/?group=user.id")
    assert "Grouped by user.id : 3 values in all 3 traces." in text
    html = client.get("/?group=user.id&order=max").content.decode()
    back = re.search(r'href="([^"]*)">back to the list', html)
    assert back is not None
    assert found(client, back[1]) == ids[::-1]
    assert found(client, "?group=user.id") == []


@pytest.mark.parametrize(
    ("order", "first"), [("traces", "many"), ("p95", "slow"), ("errors", "failed"), ("nonsense", "many")]
)
def test_rows_are_in_the_order_asked_for(client: Client, store: Store, order: str, first: str) -> None:
    for user in ("many", "many", "many", "slow", "failed"):
        length, status = 90 if user == "slow" else 5, Status.ERROR if user == "failed" else Status.UNSET
        store(a_trace(user, length=length, status=status))
    assert next(iter(groups(client, f"?group=user.id&order={order}"))) == first


def test_grouping_stays_where_the_search_changes(client: Client, store: Store) -> None:
    store(a_trace("gold", service="shop"))
    store(a_trace("free", service="mail"))
    assert 'href="?service=shop&amp;group=user.id&amp;order=p95"' in facets(client, "?group=user.id&order=p95")
    assert list(groups(client, "?group=user.id&service=shop")) == ["gold"]
    assert '<input type="hidden" name="group" value="user.id">' in client.get("/?group=user.id").content.decode()


def test_each_facet_offers_to_group_by_it(client: Client, store: Store) -> None:
    store(a_trace("gold"))
    html = facets(client, "?status=unset")
    assert 'href="?status=unset&amp;group=user.id"' in html
    assert 'href="?status=unset&amp;group=service"' in html
    assert "group=status" not in html


def test_many_values_are_cut_and_counted(client: Client, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(groups_module, "SHOWN", 2)
    for n in range(5):
        store(a_trace(n))
    assert list(groups(client, "?group=user.id")) == ["0", "1"]
    assert "3 more values" in text_of(client, "/?group=user.id")


def test_what_there_was_no_time_for_is_said(client: Client, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(3):
        store(a_trace(n))
    everything = queries.grouped
    monkeypatch.setattr(queries, "grouped", lambda search, key: everything(search, key, most=2))
    assert "2 values in the newest 2 traces, there was no time for more" in text_of(client, "/?group=user.id")
    monkeypatch.setattr(queries, "grouped", lambda search, key: queries.Grouped([], False))
    assert "not known: looking takes too long" in text_of(client, "/?group=user.id")


def test_grouping_by_what_nobody_has_is_one_row(client: Client, store: Store) -> None:
    store(a_trace(1))
    for key in ("nothing", "%25s", "%27", "a%20b", "%00"):
        assert list(groups(client, f"?group={key}")) == ["(none)"]
