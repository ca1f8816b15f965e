"""Two traces against each other: the page, its parts for htmx, its text, and the ways that lead to it."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.test import Client

from tests.core.drawing import a_span, span_id, spans_of
from tests.pages.conftest import Store
from tests.pages.test_list import text_of
from traces.core.layout import WINDOW_ROWS
from traces.core.span import Span, Status
from traces.pages.diff import compared

pytestmark = pytest.mark.django_db
FAST = spans_of("""
    checkout      |==================|
      auth        |==|
      payment          |=====|
      ship                   |===|
""")
SLOW = spans_of("""
    checkout      |===============================|
      auth        |==|
      try              |======|
      payment                  |=============|
      ship                                   |===|
""")


def retried() -> list[Span]:
    spans = [span._replace(attributes={"user.id": "u_1", "region": "eu"}) for span in SLOW]
    return [*spans[:2], spans[2]._replace(service="payment", name="payment", status=Status.ERROR), *spans[3:]]


@pytest.fixture
def path(store: Store) -> str:
    fast = [span._replace(attributes={"user.id": "u_2", "region": "eu"}) for span in FAST]
    return f"/compare/{store(fast)}/{store(retried())}"


def rows_of(html: str) -> list[str]:
    """Their words."""
    found = re.findall(r'<div role="row".*?</div>', html, re.DOTALL)
    return [" ".join(unescape(re.sub(r"<[^>]*>", " ", row)).split()) for row in found]


def test_page_says_why_and_sets_both_side_by_side(client: Client, path: str) -> None:
    html = client.get(path).content.decode()
    text = text_of(client, path)
    assert "B took 13 ms longer (32 ms instead of 19 ms)" in text
    assert "called twice instead of once" in text
    assert "88.9 % of the spans matched · 1 only in B · 2 slower" in text
    assert rows_of(html) == [
        "checkout checkout ≠ 1 19 ms 32 ms slower +13 ms",
        "auth auth ≠ 1 3 ms 3 ms",
        "+ ! payment payment error only in B 7 ms only in B",
        "payment payment ≠ 1 6 ms 14 ms slower +8 ms",
        "ship ship ≠ 1 4 ms 4 ms",
    ]
    # Two bars where both have the span, A's above B's.
    assert [(row.count('class="a"'), row.count('class="b"')) for row in html.split('<div role="row"')[1:]] == [
        (1, 1), (1, 1), (0, 1), (1, 1), (1, 1),
    ]  # fmt: skip


def test_table_of_what_it_is_made_of_adds_up(client: Client, path: str) -> None:
    html = client.get(path).content.decode()
    exact = [
        int(ns.replace("−", "-").replace(",", "")) for ns in re.findall(r'class="num" title="([−\d,]+) ns"><b>', html)
    ]
    assert sum(exact[:-1]) == exact[-1] == 13_000_000


def test_only_differences_keeps_what_is_above_them(client: Client, path: str) -> None:
    rows = rows_of(client.get(f"{path}?only=1").content.decode())
    assert [row.split()[0] for row in rows] == ["checkout", "+", "payment"]
    assert "No row differs" in text_of(client, f"/compare/{path.split('/')[2]}/{path.split('/')[2]}?only=1")


def test_row_that_is_asked_for_is_shown_whether_it_differs_or_not(client: Client, path: str) -> None:
    same = f"/compare/{path.split('/')[2]}/{path.split('/')[2]}"
    for address in (f"{path}?only=1&span=b.{span_id('auth').hex()}", f"{same}?only=1&span=a.{span_id('auth').hex()}"):
        html = client.get(address).content.decode()
        assert re.search(r'aria-current="true"><span role="gridcell"', html)
        assert "☐ only differences" in html


def test_tolerance_is_in_the_address(client: Client, path: str) -> None:
    assert "2 slower" in text_of(client, path)
    assert "1 slower" in text_of(client, f"{path}?percent=50")
    assert "slower" not in text_of(client, f"{path}?least=1s").replace("slower or faster", "")
    assert 'name="least" value="500us"' in client.get(f"{path}?least=0.5ms").content.decode()


def test_swapping_the_sides_says_the_opposite(client: Client, path: str) -> None:
    html = client.get(path).content.decode()
    swapped = re.search(r'<a href="([^"]*)">swap sides', html)
    assert swapped is not None
    assert "B took 13 ms less (19 ms instead of 32 ms)" in text_of(client, unescape(swapped[1]))


def test_row_shows_both_spans_with_what_differs(client: Client, path: str) -> None:
    ref = f"b.{span_id('payment').hex()}"
    answer = client.get(f"{path}?span={ref}", headers={"HX-Request": "true", "HX-Target": "panel"})
    html = answer.content.decode()
    assert "<html" not in html
    assert answer.headers["HX-Push-Url"].endswith(f"span={ref}")
    differing = [re.sub(r"<[^>]*>", " ", row).split() for row in re.findall(r'<tr class="differs">.*?</tr>', html)]
    assert ["≠", "user.id", "u_2", "u_1"] in differing
    assert ["≠", "duration", "6", "ms", "14", "ms"] in differing
    assert not any("region" in row for row in differing)
    # Without a script the same is in the page.
    assert "u_2" in text_of(client, f"{path}?span={ref}")
    gone = client.get(path, headers={"HX-Request": "true", "HX-Target": "panel"})
    assert gone.content == b""


def test_span_of_one_side_alone_has_a_panel_too(client: Client, path: str) -> None:
    assert "only in B" in text_of(client, f"{path}?span=b.{span_id('try').hex()}")
    assert (
        client.get(f"{path}?span=a.ffffffffffffffff&from=99&t0=5&t1=2&percent=x&least=-&v=1-2-3.x").status_code == 200
    )


def test_ids_in_names_are_compared_as_one_operation(client: Client, store: Store) -> None:
    a = store([a_span("root", length=9), a_span("x", "root", service="s", name="GET /users/81923")])
    b = store([a_span("root", length=9), a_span("x", "root", service="s", name="GET /users/99999")])
    assert "100 % of the spans matched" in text_of(client, f"/compare/{a}/{b}")


def test_long_ones_are_drawn_a_window_at_a_time(client: Client, store: Store) -> None:
    spans = [a_span("root", length=900), *(a_span(f"{n:04}", "root", n, service="db") for n in range(350))]
    path = f"/compare/{store(spans)}/{store(spans[:300])}"
    html = client.get(path).content.decode()
    assert len(rows_of(html)) == WINDOW_ROWS
    assert f"Rows 1 to {WINDOW_ROWS} of 351" in unescape(html)
    headers = {"HX-Request": "true", "HX-Target": "rows"}
    stamp = re.search(r'data-stamp="([^"]*)"', html)
    assert stamp is not None
    part = client.get(f"{path}?row=200&v={stamp[1]}", headers=headers)
    assert f"Rows 201 to {200 + WINDOW_ROWS} of 351" in unescape(part.content.decode())
    assert part.headers["HX-Replace-Url"].endswith("from=200")
    part = client.get(f"{path}?at=200&v={stamp[1]}", headers=headers)
    assert 'id="r200"' in part.content.decode()
    assert client.get(path, headers={"HX-Request": "true", "HX-Target": "news"}).status_code == 204
    # Rows of other drawings are not mixed with those on the screen.
    assert "no longer kept" in client.get(f"{path}?row=200&v=1-2-00000000.x", headers=headers).content.decode()


def test_zoom_is_in_the_address(client: Client, path: str) -> None:
    html = client.get(f"{path}?t0=5000000&t1=20000000").content.decode()
    assert 'data-t0="5000000" data-t1="20000000"' in html
    assert "whole traces" in html


def test_text_says_the_same_for_a_terminal(client: Client, path: str) -> None:
    answer = client.get(f"{path}.txt?width=70")
    assert answer.headers["Content-Type"].startswith("text/plain")
    lines = answer.content.decode().splitlines()
    assert lines[0].startswith("B took 13 ms longer")
    assert "+   payment payment (error only in B)             7 ms  only in B" in "\n".join(
        re.sub(r" {5,}", " " * 13, line) for line in lines
    )
    assert client.get(f"{path}0.txt").status_code == 404


def test_what_is_not_here_says_so(client: Client, store: Store) -> None:
    here = store(FAST)
    assert client.get(f"/compare/{here}/{'ab' * 16}").status_code == 404
    assert client.get(f"/compare/nonsense/{here}").status_code == 404
    assert client.get(f"/compare/{here.upper()}/{here}?only=1").headers["Location"] == f"/compare/{here}/{here}?only=1"


def test_too_large_ones_are_refused_in_words(client: Client, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compared, "LARGEST", 4)
    answer = client.get(path)
    assert (answer.status_code, client.get(f"{path}.txt").status_code) == (422, 422)
    assert "B has 5 spans; up to 4 can be compared." in answer.content.decode()


def test_two_ticked_rows_lead_to_their_diff_the_faster_one_as_a(client: Client, path: str) -> None:
    _, _, fast, slow = path.split("/")
    html = client.get("/").content.decode()
    assert sorted(re.findall(r'name="tick" value="(\w+)"', html)) == sorted([fast, slow])
    for order in ((fast, slow), (slow, fast)):
        answer = client.get(f"/compare?tick={order[0]}&tick={order[1]}")
        assert answer.headers["Location"] == path
    assert "Tick two traces" in text_of(client, f"/compare?tick={fast}", status=400)
    assert "no longer stored" in text_of(client, f"/compare?tick={fast}&tick={'ab' * 16}", status=404)


def test_compare_page_takes_two_pasted_ids(client: Client, path: str) -> None:
    _, _, fast, slow = path.split("/")
    assert "Two traces" in text_of(client, "/compare")
    assert 'href="/compare"' in client.get("/").content.decode()
    answer = client.get("/compare", {"trace": [f"https://viewer/trace/{slow.upper()}", f" {fast} "]})
    assert answer.headers["Location"] == f"/compare/{slow}/{fast}"
    assert "no trace with such an id" in text_of(client, f"/compare?trace={fast}&trace={'ab' * 16}", status=404)
    one = client.get(f"/compare?trace={fast}")
    assert one.status_code == 200
    assert f'value="{fast}"' in one.content.decode()


def test_trace_is_compared_with_healthy_peers_of_its_root_operation(client: Client, store: Store) -> None:
    failed = a_span("x", length=1, status=Status.ERROR)
    others = {length: store([a_span("x", length=length)]) for length in (10, 20, 70)}
    bad, elsewhere = store([failed]), store([a_span("y"), a_span("x", "y")])
    trace_id = store([a_span("x", length=500), a_span("late", "x", 1, status=Status.ERROR)])
    assert f'href="/traces/{trace_id}/compare"' in client.get(f"/traces/{trace_id}").content.decode()
    html = client.get(f"/traces/{trace_id}/compare").content.decode()
    found = re.findall(r'href="/compare/(\w+)/(\w+)"', html)
    assert sorted(found) == sorted((other, trace_id) for other in others.values())
    assert found[0][0] == others[20]
    assert "the median one" in html
    assert bad not in html
    assert elsewhere not in html
    assert "No other trace" in text_of(client, f"/traces/{elsewhere}/compare")
