from __future__ import annotations

import re
from html import unescape

import pytest
from django.test import Client

from tests.core.drawing import a_span, span_id
from tests.pages.conftest import Store
from tests.pages.test_trace import HTMX, rows, shown
from traces.core.palette import colour_class
from traces.core.span import Kind, Resource, Status
from traces.core.values import int_value, key_text, text_value

pytestmark = pytest.mark.django_db
ORIGIN = Resource({"service.name": "shop", "region": "eu"})
SHOP = [
    a_span("root", length=20, kind=Kind.SERVER, attributes={"user.id": 42, "region": "us"}, resource=ORIGIN),
    a_span("call", "root", 2, 9, kind=Kind.CLIENT, attributes={"user.id": "ann"}, resource=ORIGIN),
    a_span("fail", "root", 12, 2, status=Status.ERROR),
]


def cells(html: str) -> list[list[str]]:
    """The texts of the extra columns, row by row."""
    found = [re.findall(r'class="cell"[^>]*>([^<]*)</span>', row) for row in html.split('<div role="row"')[1:]]
    return [[unescape(text) for text in row] for row in found]


def colours(html: str) -> list[str]:
    return [classes.split()[2] for classes in re.findall(r'<div role="row"[^>]* class="([^"]*)"', html)]


def legend(html: str) -> str:
    found = re.search(r'<ul id="colours".*?</ul>', html)
    return " ".join(re.sub("<[^>]*>", " ", found[0]).split()) if found else ""


def test_columns_show_the_spans_attribute_and_otherwise_its_resources(client: Client, store: Store) -> None:
    html = shown(client, f"/traces/{store(SHOP)}?cols=user.id,region,nowhere")
    assert rows(html) == ["root", "call", "fail"]
    assert cells(html) == [["42", "us", ""], ["ann", "eu", ""], ["", "", ""]]
    assert 'title="user.id: ann"' in html
    assert 'aria-label="Take away the column region"' in html
    assert 'href="?v=' in html
    assert re.search(r'href="[^"]*cols=user.id,nowhere"', html)


def test_columns_are_read_for_rows_that_are_scrolled_to(client: Client, store: Store) -> None:
    path = f"/traces/{store(SHOP)}"
    headers = HTMX | {"HX-Target": "rows", "HX-Current-URL": f"http://testserver{path}?cols=user.id&colour=user.id"}
    html = client.get(f"{path}?row=0", headers=headers).content.decode()
    assert cells(html) == [["42"], ["ann"], [""]]
    assert 'hx-swap-oob="true"' in html
    assert legend(html) == "42 1 ann 1 absent 1 in the 3 rows drawn here"


def test_hostile_and_long_values_are_cut_with_the_whole_in_the_title(client: Client, store: Store) -> None:
    hostile = '"><script>alert(1)</script>'
    spans = [a_span("a", attributes={"k": hostile, "nul": text_value("\x00"), "big": "é" * 5_000, "list": [1, "x"]})]
    spans.append(a_span("b", "a", attributes={"k": int_value(2**70), "map": {"deep": ["y" * 3_000]}}))
    html = shown(client, f"/traces/{store(spans)}?cols=k,nul,big,list,map")
    assert "<script>alert" not in html
    assert cells(html)[0] == [hostile, "\\u0000", "é" * 80, '[1, "x"]', ""]
    assert cells(html)[1][:2] == [str(2**70), ""]
    assert cells(html)[1][4].startswith('{"deep": ["yyy')
    assert f'title="big: {"é" * 1_000}…"' in html


def test_key_that_no_address_can_hold_is_no_column(client: Client, store: Store) -> None:
    keys = [key_text(key) for key in ("\ud800", "a,b", "k" * 101, "\x00")]
    html = shown(client, f"/traces/{store([a_span('a', attributes=dict.fromkeys(keys, 1))])}?span={span_id('a').hex()}")
    assert html.count("As a column of the waterfall") == 0


def test_wild_keys_do_no_harm(client: Client, store: Store) -> None:
    path = f"/traces/{store(SHOP)}"
    answer = client.get(path, {"cols": "\x00,',%s,%(x)s,\"><b>," + "long" * 500, "colour": "\x00'"})
    assert answer.status_code == 200
    assert '"><b>' not in answer.content.decode()
    many = shown(client, f"{path}?cols={','.join('abcdefghij')}")
    assert "with-6" in many
    assert "add column" not in many


def test_rows_are_coloured_by_kind_error_or_value_and_say_it(client: Client, store: Store) -> None:
    path = f"/traces/{store(SHOP)}"
    by_kind = shown(client, f"{path}?colour=kind")
    assert (colours(by_kind), legend(by_kind)) == (["c7", "c3", "c11"], "client server internal")
    by_error = shown(client, f"{path}?colour=error")
    assert (colours(by_error), legend(by_error)) == (["plain", "plain", "failed"], "error 1 no error 2")
    by_value = shown(client, f"{path}?colour=user.id")
    assert colours(by_value) == [colour_class("42"), colour_class("ann"), "plain"]
    assert by_value.count("user.id: 42") == 1
    assert "user.id: absent" in by_value
    assert legend(shown(client, path)) == ""


def test_stand_in_keeps_its_colour(client: Client, store: Store) -> None:
    html = shown(client, f"/traces/{store([a_span('orphan', 'gone')])}?colour=kind")
    assert colours(html) == ["missing", "c11"]


def test_attribute_of_the_panel_becomes_a_column_of_the_page_as_it_is_by_now(client: Client, store: Store) -> None:
    path = f"/traces/{store(SHOP)}"
    panel = shown(client, f"{path}?span={span_id('call').hex()}")
    link = re.search(r'hx-get="([^"]*column=user.id)"', panel)
    assert link
    headers = HTMX | {"HX-Target": "waterfall", "HX-Current-URL": f"http://testserver{path}?t0=5&cols=region&squeeze=1"}
    answer = client.get(path + unescape(link[1]), headers=headers)
    assert answer.headers["HX-Push-Url"] == f"{path}?t0=5&t1=20000000&squeeze=1&cols=region,user.id"
    without_script = client.get(f"{path}?cols=region&column=user.id")
    assert without_script.headers["Location"] == f"{path}?cols=region,user.id"
