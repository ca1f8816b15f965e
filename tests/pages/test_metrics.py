from __future__ import annotations

import re
from html import unescape
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client

from tests.core.drawing import a_span
from tests.pages.conftest import Store
from tests.pages.test_list import found, text_of
from traces import queries
from traces.core.span import Status
from traces.core.timescale import SECOND
from traces.core.values import from_python
from traces.queries import metrics

pytestmark = pytest.mark.django_db


def a_checkout(store: Store, milliseconds: int, *, before: int = 0, fails: bool = False, **fields: Any) -> str:
    """A checkout so many minutes ago, that waits for a payment."""
    status = Status.ERROR if fails else Status.UNSET
    start = -before * 60_000
    return store(
        [
            a_span("checkout", start=start, length=milliseconds, **fields),
            a_span("payment", "checkout", start, milliseconds // 2, status=status, **fields),
        ]
    )


def chart(client: Client, query: str, more: str = "") -> str:
    """What comes after the page that has the query."""
    headers = {"HX-Request": "true", "HX-Target": "metrics"}
    answer = client.get(f"/?q={quote(query)}&total=1{more}", headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


def words(html: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub("<[^>]+>", " ", html)))


def legend(html: str) -> dict[str, str]:
    """Of each series its address."""
    entries = re.findall(r'<li>.*?(?:<a href="([^"]+)"[^>]*>([^<]+)</a>|<span>([^<]+)</span>)', html)
    return {unescape(linked or plain): unescape(href) for href, linked, plain in entries}


def test_chart_is_asked_for_after_the_list(client: Client, store: Store) -> None:
    a_checkout(store, 10)
    html = client.get(f"/?q={quote('{} | rate()')}").content.decode()
    assert html.index('id="metrics"') < html.index('id="overview"')
    assert html.count('hx-target="#metrics"') == 1
    assert 'id="metrics"' not in client.get("/?q=status%3Derror").content.decode()
    assert 'id="metrics"' not in client.get("/").content.decode()


def test_page_with_everything_has_the_chart(client: Client, store: Store) -> None:
    a_checkout(store, 10)
    text = text_of(client, f"/?q={quote('{} | rate() by (service)')}&total=1")
    assert "Spans a second by service; each point is 1 min" in text


def test_line_and_legend_for_each_value(client: Client, store: Store) -> None:
    for before in range(3):
        a_checkout(store, 10, before=before)
    html = chart(client, "{} | count_over_time() by (service)")
    assert list(legend(html)) == ["checkout", "payment"]
    assert len(re.findall('<path class="line c', html)) == 2
    titles = re.findall("<title>([^<]+)</title>", html)
    assert [title.split("\n")[1:] for title in titles if "nothing" not in title] == [["checkout: 1", "payment: 1"]] * 3


def test_cut_end_says_how_much_of_it_there_is(client: Client, store: Store, zero_ns: int) -> None:
    store([a_span("checkout", start=-100_000, length=1)])
    start_ns = (zero_ns // SECOND // 10 - 15) * 10 * SECOND
    html = chart(client, "{} | rate()", f"&start={start_ns}&end={start_ns + 131_200_000_000}")
    *whole, last = re.findall("<title>([^\n<]+)", html)
    assert last.endswith("(1.2 s of it)")
    assert not [title for title in whole if "of it" in title]


def test_entry_narrows_to_its_spans(client: Client, store: Store) -> None:
    fine, failed = a_checkout(store, 10), a_checkout(store, 10, fails=True)
    (address,) = [href for text, href in legend(chart(client, "{} | rate() by (status)")).items() if text == "error"]
    assert address == f"?q={quote('{status=error} | rate() by(status)', safe='')}".replace("%20", "+")
    assert sorted(found(client, "?")) == sorted([failed, fine])
    assert found(client, address) == [failed]
    assert legend(chart(client, "{status=error} | rate() by (status)")) == {"error": ""}


def test_entry_narrows_what_takes_a_structure_too(client: Client, store: Store) -> None:
    store([a_span("a"), a_span("b", "a", attributes={"k": "x"})])
    wanted = store([a_span("a"), a_span("b", "a", attributes={"k": "y"})])
    entries = legend(chart(client, "{service=a} > {} | count_over_time() by (k)"))
    assert list(entries) == ["x", "y"]
    assert found(client, entries["y"]) == [wanted]


def test_other_conditions_stay_where_an_entry_narrows(client: Client, store: Store) -> None:
    a_checkout(store, 10)
    entries = legend(chart(client, "{} | rate() by (service)", "&min_duration=5ms&limit=7&last=6h"))
    assert entries["payment"].startswith("?min_duration=5ms&q=%7Bservice%3Dpayment%7D")
    assert entries["payment"].endswith("&limit=7&last=6h")


def test_facet_narrows_the_traces_that_are_measured(client: Client, store: Store) -> None:
    a_checkout(store, 10, attributes={"user.id": "a"})
    a_checkout(store, 10, attributes={"user.id": "b"})
    html = chart(client, "({} | count_over_time()) user.id=a")
    assert 'spans"> 2' in html or "all 2 spans" in words(html)


def test_table_says_all_numbers(client: Client, store: Store) -> None:
    for length in (10, 20, 900):
        a_checkout(store, length)
    query = "{service=checkout} | quantile_over_time(duration, 0.5, 1)"
    assert "<table>" not in chart(client, query)
    html = chart(client, query, "&table=1")
    assert re.findall('<th scope="col"[^>]*>([^<]+)</th>', html) == ["Time", "p50", "p100"]
    filled = [row for row in re.findall('<td class="num">([^<]*)</td>', html) if row]
    assert filled == ["20 ms", "900 ms"]
    assert 'aria-expanded="true"' in html


def test_histogram_is_squares_upwards(client: Client, store: Store) -> None:
    for length in (1, 1, 1, 500):
        store([a_span("a", length=length)])
    html = chart(client, "{} | histogram_over_time(duration)")
    (title,) = [title for title in re.findall("<title>([^<]+)</title>", html) if "nothing" not in title]
    assert title.split("\n")[1:] == ["268 ms to 537 ms: 1", "524 µs to 1.05 ms: 3"]
    assert "spans in a square: 1 3" in words(html)
    assert 'class="cells l' in html


def test_histogram_by_service_is_one_map_and_a_click_for_each(client: Client, store: Store) -> None:
    a_checkout(store, 10)
    html = chart(client, "{} | histogram_over_time(duration) by (service)")
    assert list(legend(html)) == ["checkout", "payment"]
    assert "all of these together; each alone by a click" in words(html)


@pytest.mark.parametrize("numbers", [(5e-324, 1.0, 1e300), (-1.5, 0), (0, 1, 10**20), (1e-300,), (0.25, "8", True)])
def test_numbers_of_any_size_are_drawn(client: Client, store: Store, numbers: tuple[object, ...]) -> None:
    for number in numbers:
        store([a_span("a", attributes={"n": from_python(number)})])
    for function in ("histogram_over_time(n)", "quantile_over_time(n, 0, 0.5, 1)"):
        html = chart(client, f"{{}} | {function}", "&table=1")
        assert "nan" not in html
        assert len(html) < 100_000


def test_quantile_of_zero_is_said(client: Client, store: Store) -> None:
    store([a_span("a", attributes={"n": 0})])
    assert "p50: 0" in chart(client, "{} | quantile_over_time(n, 0.5)")


def test_nothing_to_compute_with_is_said(client: Client, store: Store) -> None:
    a_checkout(store, 10)
    assert "None of the 2 spans found has a number in cart.size." in words(
        chart(client, "{} | quantile_over_time(cart.size, 0.5)")
    )
    store([a_span("a", attributes={"cart.size": 3})])
    assert "2 spans without a number in cart.size" in words(chart(client, "{} | histogram_over_time(cart.size)"))


def test_sampled_traces_are_weighted_and_the_page_says_so(client: Client, store: Store) -> None:
    store([a_span("a", trace_state="ot=th:8")])
    text = words(chart(client, "{} | count_over_time()"))
    assert "weighted: spans of sampled traces, standing for about 2" in text


def test_what_there_was_no_time_for_is_said(client: Client, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for before in range(3):
        store([a_span("a", start=-before * 60_000)])
    monkeypatch.setattr(metrics, "metric_spans", lambda search: queries.metric_spans(search, most=2))
    text = words(chart(client, "{} | quantile_over_time(duration, 1)"))
    assert re.search(r"Of 2 spans of traces since [\d: -]+ alone: there was no time for all", text)
    monkeypatch.setattr(metrics, "metric_spans", lambda search: queries.metric_spans(search, timeout_ms=0))
    assert "Not known: looking through the spans takes too long" in words(chart(client, "{} | rate()"))


def test_values_are_hostile_text(client: Client, store: Store) -> None:
    for value in ("<b>x</b>", "a\x00b", "v" * 2_000, "", [1, 2]):
        store([a_span("a", attributes={"k": from_python(value)})])
    html = chart(client, "{} | rate() by (k)")
    assert "<b>x" not in html
    assert "(empty)" in html
    entries = legend(html)
    assert entries["[1, 2]"] == entries["a\\u0000b"] == entries["v" * 59 + "…"] == ""
    assert len(found(client, entries["<b>x</b>"])) == 1


def test_more_values_than_lines_are_one_line(client: Client, store: Store) -> None:
    for n in range(25):
        store([a_span("a", attributes={"k": f"v{n}"})])
    html = chart(client, "{} | rate() by (k)")
    assert legend(html)["5 others"] == ""
    assert "and 9 more" in html


@pytest.mark.parametrize("more", ["&start=5&end=5", "&start=5", "&last=all", "&start=0&end=9223372036854775807"])
@pytest.mark.parametrize("query", ["{} | rate()", "{} | histogram_over_time(duration)", "{}|quantile_over_time(n,0.5)"])
def test_range_of_any_length_is_drawn(client: Client, store: Store, more: str, query: str) -> None:
    store([a_span("a", attributes={"n": -3.5})])
    assert "<figure" in chart(client, query, more)


def test_senseless_question_gets_no_chart(client: Client) -> None:
    answer = client.get("/?q=%7B%7D%7Crate(1)&total=1", headers={"HX-Request": "true", "HX-Target": "metrics"})
    assert answer.status_code == 400
