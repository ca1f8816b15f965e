"""Which rows are shown: repeats as one, short spans and services hidden; and the way to the next wait."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from tests.core.drawing import a_span, calls_of, span_id
from tests.pages.conftest import Store
from tests.pages.test_list import text_of
from tests.pages.test_trace import HTMX, rows, shown
from traces.core.span import Span, Status

pytestmark = pytest.mark.django_db
SHOP = calls_of("""
    root  shop  server    GET     |==================================|
      s1  cart  client    SELECT  |==|
      s2  cart  client    SELECT      |==|
      s3  cart  client    SELECT!         |==|
      own cart  client    SELECT             |======|
        db  db    server    SELECT            |====|
      s4  cart  client    SELECT                     |==|
      s5  cart  client    SELECT                         |==|
      end shop  internal  render                                    |=|
""")
EVERY = ["root", "s1", "s2", "s3", "own", "db", "s4", "s5", "end"]
FOLDED = ["root", "s1", "own", "db", "end"]


def hex_of(name: str) -> str:
    return span_id(name).hex()


def led_to(client: Client, path: str) -> str:
    """Where a command leads, as a page of its own would be opened."""
    url = client.get(path).headers["Location"]
    return str(url.partition("#")[0])


def row(html: str, name: str) -> str:
    found = re.search(rf'<div role="row"[^>]*data-span-id="{hex_of(name)}".*?</div>', html, re.DOTALL)
    assert found
    return found[0]


def test_repeats_are_one_row_that_says_what_it_stands_for(client: Client, store: Store) -> None:
    path = f"/traces/{store(SHOP)}"
    html = shown(client, path)
    assert rows(html) == FOLDED
    folded = row(html, "s1")
    assert 'aria-expanded="false"' in folded
    assert "×5" in folded
    assert "sum 15 ms, p50 3 ms, max 3 ms, 1 with an error" in folded
    assert re.findall(r"M(\d+) 21h", folded.partition("</svg>")[0]) == ["0", "111", "222", "528", "639"]
    assert 'aria-rowcount="5"' in html


def test_zoom_between_the_repeats_shows_none_of_them(client: Client, store: Store) -> None:
    folded = row(shown(client, f"/traces/{store(SHOP)}?t0=12000000&t1=18000000"), "s1")
    assert "<rect" not in folded
    assert 'class="strip"' not in folded


def test_row_of_repeats_unfolds_and_any_of_its_rows_folds_it_again(client: Client, store: Store) -> None:
    path = f"/traces/{store(SHOP)}"
    url = led_to(client, f"{path}?toggle={hex_of('s1')}")
    assert url == f"{path}?apart={hex_of('s1')}&at=1"
    html = shown(client, url)
    assert rows(html) == EVERY
    assert 'aria-expanded="true"' in row(html, "s1")
    assert [name for name in EVERY if "data-repeat" in row(html, name)] == ["s1", "s2", "s3", "s4", "s5"]
    assert led_to(client, f"{path}?apart={hex_of('s1')}&toggle={hex_of('s4')}") == f"{path}?at=1"


def test_folding_leads_back_to_the_row_from_far_below(client: Client, store: Store) -> None:
    spans = [a_span("root", length=2_000)]
    spans += [a_span(f"g{n:03}", "root", n, service="s", name="x") for n in range(400)]
    spans += [a_span(f"o{n:03}", "root", 500 + n) for n in range(400)]
    path, headers = f"/traces/{store(spans)}", HTMX | {"HX-Target": "waterfall"}
    current = {"HX-Current-URL": f"http://testserver{path}?apart={hex_of('g000')}"}
    html = shown(client, f"{path}?apart={hex_of('g000')}&toggle={hex_of('g390')}&top=390", **headers, **current)
    assert rows(html)[:2] == ["root", "g000"]
    assert "autofocus" in row(html, "g000")


@pytest.mark.parametrize(
    ("query", "name"),
    [("error=0", "s3"), ("find=SELECT&match=6", "s4"), ("at=2", "s2"), (f"span={hex_of('s5')}", "s5")],
)
def test_whoever_is_brought_to_one_of_them_sees_it(client: Client, store: Store, query: str, name: str) -> None:
    answer = client.get(f"/traces/{store(SHOP)}?{query}", follow=True)
    html = answer.content.decode()
    assert rows(html) == EVERY
    assert "autofocus" in row(html, name)


def test_all_are_single_rows_where_that_was_switched(client: Client, store: Store) -> None:
    path = f"/traces/{store(SHOP)}"
    assert rows(shown(client, f"{path}?repeat=0")) == EVERY
    assert "☑ repeats folded" in text_of(client, path)
    assert "☐ repeats folded" in text_of(client, f"{path}?repeat=0")
    assert "repeats folded" not in text_of(client, f"/traces/{store(SHOP[:3])}").replace("repeats folded: on, off", "")


def test_folded_row_is_marked_where_a_match_is_inside_and_matches_alone_are_single(
    client: Client, store: Store
) -> None:
    path = f"/traces/{store([*SHOP[:7], SHOP[7]._replace(attributes={'user.id': '42'}), SHOP[8]])}"
    assert " match" in row(shown(client, f"{path}?find=user.id%3D42"), "s1")
    assert " match" not in row(shown(client, f"{path}?find=render"), "s1")
    assert rows(shown(client, f"{path}?find=user.id%3D42&only=1")) == ["root", "s5"]


def test_repeats_fold_inside_a_subtree_and_with_levels(client: Client, store: Store) -> None:
    path = f"/traces/{store([a_span('top', length=40), *(one._replace(parent_span_id=one.parent_span_id or span_id('top')) for one in SHOP)])}"  # noqa: E501
    assert rows(shown(client, f"{path}?root={hex_of('root')}")) == FOLDED
    assert rows(shown(client, f"{path}?depth=2")) == ["top", "root"]


def test_short_spans_are_hidden_and_said_and_errors_stay(client: Client, store: Store) -> None:
    path = f"/traces/{store(SHOP)}"
    html = shown(client, f"{path}?min=4ms&repeat=0")
    assert rows(html) == ["root", "s3", "own", "db"]
    assert "5 spans shorter than 4 ms hidden show all" in text_of(client, f"{path}?min=4ms&repeat=0")
    assert rows(shown(client, f"{path}?min=4ms")) == ["root", "s1", "own", "db"]
    assert "hidden" not in text_of(client, path)


def test_service_is_hidden_by_its_entry_in_the_legend_and_what_it_called_stays(client: Client, store: Store) -> None:
    path = f"/traces/{store(SHOP)}"
    html = shown(client, path)
    url = re.search(r'<a id="service-\d" href="(\?hide=cart)" title="Hide the spans of cart">', html)
    assert url
    html = shown(client, f"{path}?hide=cart")
    assert rows(html) == ["root", "db", "end"]
    assert 'aria-level="3"' in row(html, "db")
    assert "6 spans of cart hidden" in text_of(client, f"{path}?hide=cart")
    assert re.search(r'href="\?" title="Show the spans of cart">', html)


def test_both_filters_say_what_each_of_them_hides(client: Client, store: Store) -> None:
    text = text_of(client, f"/traces/{store(SHOP)}?hide=cart,db&min=3ms")
    assert "1 span shorter than 3 ms hidden show 7 spans of cart, db hidden show show all" in text


def test_service_with_a_comma_in_its_name_can_be_hidden(client: Client, store: Store) -> None:
    path = f"/traces/{store([SHOP[0], a_span('x', 'root', service='a,b %')])}"
    url = re.search(r'href="([^"]+)" title="Hide the spans of a,b %"', shown(client, path))
    assert url
    assert rows(shown(client, path + url[1])) == ["root"]


def test_command_takes_away_as_much_of_a_filter_as_hides_what_it_leads_to(client: Client, store: Store) -> None:
    path = f"/traces/{store(SHOP)}"
    assert led_to(client, f"{path}?hide=cart,db&min=2ms&error=0") == f"{path}?apart={hex_of('s1')}&min=2ms&hide=db&at=3"
    assert led_to(client, f"{path}?min=20ms&find=render&match=0") == f"{path}?find=render&at=8"


def test_open_span_doesnt_bring_back_what_is_hidden(client: Client, store: Store) -> None:
    html = shown(client, f"/traces/{store(SHOP)}?hide=cart&span={hex_of('s2')}")
    assert rows(html) == ["root", "db", "end"]
    assert f'data-open-span="{hex_of("s2")}"' in html


def test_where_all_is_hidden_the_page_says_how_to_see_it(client: Client, store: Store) -> None:
    path = f"/traces/{store(SHOP)}?hide=shop,cart,db"
    assert rows(shown(client, path)) == []
    assert "9 spans of cart, db, shop hidden show all" in text_of(client, path)


def test_htmx_gets_the_legend_beside_the_waterfall(client: Client, store: Store) -> None:
    path = f"/traces/{store(SHOP)}"
    headers = HTMX | {"HX-Target": "waterfall", "HX-Current-URL": f"http://testserver{path}?t0=9"}
    answer = client.get(f"{path}?hide=cart", headers=headers)
    legend = re.search(r'<ul id="legend"[^>]*hx-swap-oob="true">.*?</ul>', answer.content.decode(), re.DOTALL)
    assert legend
    assert "Show the spans of cart" in legend[0]
    assert answer.headers["HX-Push-Url"] == f"{path}?hide=cart"


def test_other_views_hide_nothing_and_offer_nothing_to_hide(client: Client, store: Store) -> None:
    html = shown(client, f"/traces/{store(SHOP)}?hide=cart&view=table")
    assert "the spans of cart" not in html


WAITING: list[Span] = calls_of("""
    root  shop  internal  POST  |======================================================================|
      a   shop  internal  try   |====|
      b   shop  internal  try                  |====|
      c   shop  internal  try                                                  |===================|
""")


def test_next_wait_leads_to_the_longest_and_on_to_the_others(client: Client, store: Store) -> None:
    path = f"/traces/{store(WAITING)}"
    url = led_to(client, f"{path}?gap=0")
    assert parse_qs(urlsplit(url).query) == {"t0": ["6500000"], "t1": ["60500000"], "at": ["0"]}
    assert "next wait 1 of 2, 27 ms" in text_of(client, url)
    second = led_to(client, f"{path}?gap=1")
    assert "next wait 2 of 2, 10 ms" in text_of(client, second)
    assert re.search(r'id="next-gap" href="[^"]*gap=0"', shown(client, second))
    assert "next wait 2" in text_of(client, path)


def test_trace_that_never_waits_offers_no_next_wait(client: Client, store: Store) -> None:
    path = f"/traces/{store(SHOP)}"
    assert "next wait 0" not in text_of(client, path)
    assert 'id="next-gap"' not in shown(client, path)
    assert client.get(f"{path}?gap=7", follow=True).status_code == 200


def test_way_to_the_waits_follows_with_the_analysis(client: Client, store: Store) -> None:
    path = f"/traces/{store([*WAITING, a_span('failed', 'root', status=Status.ERROR)])}"
    html = shown(client, f"{path}?analysis=1", **HTMX, **{"HX-Target": "analysis"})
    assert re.search(r'<span id="gaps"[^>]*hx-swap-oob="true"><a id="next-gap"', html)
