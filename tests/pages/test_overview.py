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
from traces.core.timescale import MINUTE, SECOND

pytestmark = pytest.mark.django_db


def a_trace(number: int, milliseconds: int, *, before: int = 0, **fields: object) -> list[Span]:
    """One span, so long, so many minutes before the others."""
    return [a_span(f"n{number}", start=number - before * 60_000, length=milliseconds, **fields)]  # type: ignore[arg-type]


def overview(client: Client, query: str = "?") -> str:
    answer = client.get(f"/{query}&total=1", headers={"HX-Request": "true", "HX-Target": "overview"})
    assert answer.status_code == 200
    return answer.content.decode()


def links(html: str, pattern: str) -> list[str]:
    return [unescape(href) for href in re.findall(pattern, html)]


def test_percentiles_and_errors_lead_to_the_traces_behind_them(client: Client, store: Store) -> None:
    ids = [store(a_trace(n, n, status=Status.ERROR if n == 20 else Status.UNSET)) for n in range(1, 21)]
    text = text_of(client, "/?total=1")
    for said in ("p50 10 ms", "p95 19 ms", "p99 20 ms", "with an error 5 %"):
        assert said in text
    half, slowest, _, failed = links(overview(client), r'<dd><a href="([^"]+)"')
    assert found(client, half) == ids[:8:-1]
    assert found(client, slowest) == ids[:17:-1]
    assert found(client, failed) == ids[19:]


def test_bar_leads_to_its_traces_and_says_how_many(client: Client, store: Store) -> None:
    old = store(a_trace(1, 5, before=30, status=Status.ERROR))
    new = [store(a_trace(n, 5)) for n in range(2)]
    html = overview(client)
    first, last = links(html, r'<a href="([^"]+)" tabindex')
    assert (found(client, first), found(client, last)) == ([old], new[::-1])
    assert [title.split(": ")[1] for title in re.findall("<title>([^<]+)</title></a>", html)] == [
        "1 trace, 1 with an error",
        "2 traces",
    ]
    assert "at most 2 in 1 min 5" in html


def test_squares_count_traces_of_like_duration(client: Client, store: Store) -> None:
    for n, length in enumerate((10, 11, 900)):
        store(a_trace(n, length, status=Status.ERROR if n == 2 else Status.UNSET))
    html = overview(client)
    titles = re.findall(r'<rect class="l\d" [^>]*><title>([^<]+)</title>', html)
    assert [title.split(", ", 1)[1] for title in titles] == [
        "10 ms to 12 ms: 2 traces",
        "800 ms to 1 s: 1 trace, 1 with an error",
    ]
    assert html.count('class="failed" x=') == 1


def test_thirds_of_the_time_hold_each_trace_once(client: Client, store: Store) -> None:
    ids = [store(a_trace(n, 5, before=before)) for n, before in enumerate((55, 30, 1))]
    thirds = links(overview(client), r'<a href="([^"]+)">(?:first|middle|last third)</a>')
    assert [found(client, third) for third in thirds] == [[id] for id in ids]


def test_conditions_stay_where_the_overview_narrows(client: Client, store: Store) -> None:
    store(a_trace(1, 5, service="checkout", attributes={"a": 1}))
    store(a_trace(2, 50, service="billing"))
    html = overview(client, "?service=checkout&q=a%3D1&min_duration=1ms&limit=7")
    (bar,) = links(html, r'<a href="([^"]+)" tabindex')
    assert bar.startswith("?service=checkout&q=a%3D1&min_duration=1ms&limit=7&start=")
    assert "p99</dt>" in html
    assert 'data-rows="5ms:&lt;6ms"' in html


def test_row_of_what_is_asked_for_begins_where_the_question_does(client: Client, store: Store) -> None:
    store(a_trace(1, 29))
    assert 'data-rows="28ms:&lt;30ms"' in overview(client, "?min_duration=28ms")


def test_sampled_traces_are_weighted_and_the_page_says_so(client: Client, store: Store) -> None:
    store(a_trace(1, 10))
    store(a_trace(2, 90, trace_state="ot=th:8", status=Status.ERROR))
    text = text_of(client, "/?total=1")
    for said in (
        "2 traces, standing for about 3",
        "weighted, for some were sampled",
        "p50 90 ms",
        "with an error 66.7 %",
    ):
        assert said in text


def test_number_above_the_list_says_what_sampled_traces_stand_for(
    client: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(3):
        store(a_trace(n, 10, before=9 - n, trace_state="ot=th:ff8"))
    assert "3 traces, standing for about 1,536 " in text_of(client, "/")
    assert "standing for" not in text_of(client, "/?limit=1")
    assert "3 traces, standing for about 1,536 " in text_of(client, "/?limit=1&total=1")
    everything = queries.matches
    monkeypatch.setattr(queries, "matches", lambda search: everything(search, most=2))
    assert "2+ traces, standing for at least about 1,024 " in text_of(client, "/?total=1&limit=1")


def test_number_of_traces_that_were_not_sampled_stands_for_itself(client: Client, store: Store) -> None:
    store(a_trace(1, 10, trace_state="ot=th:0"))
    for query in ("/", "/?total=1"):
        assert "1 trace" in text_of(client, query)
        assert "standing for" not in text_of(client, query)


def test_what_there_was_no_time_for_is_said(client: Client, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(3):
        store(a_trace(n, 5, before=40 - n))
    everything = queries.matches
    monkeypatch.setattr(queries, "matches", lambda search: everything(search, most=2))
    text = text_of(client, "/?total=1&limit=1")
    assert "2+ traces" in text
    assert "Of the newest 2 alone, since " in text
    monkeypatch.setattr(queries, "matches", lambda search: queries.Matches([], False))
    assert "Not known: looking through the traces takes too long" in text_of(client, "/?total=1")


def test_all_time_is_drawn_as_far_as_there_are_traces(client: Client, store: Store, zero_ns: int) -> None:
    for n in (0, 10):
        store([a_span("x", start=n * 60_000, length=5)])
    times = re.findall(r'data-times="([^"]+)"', overview(client, "?last=all"))[0].split()
    assert (int(times[0]), int(times[-1])) == (zero_ns, zero_ns + 10 * MINUTE + 1)
    assert int(times[1]) - int(times[0]) < 20 * SECOND


def test_senseless_question_gets_no_overview(client: Client) -> None:
    answer = client.get("/?last=soon&total=1", headers={"HX-Request": "true", "HX-Target": "overview"})
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "query", ["?start=5&end=5", "?start=5", "?end=5", "?last=all", "?start=0&end=9223372036854775807"]
)
def test_range_of_any_length_is_drawn(client: Client, store: Store, query: str) -> None:
    store(a_trace(1, 0))
    assert "<figure" in overview(client, query)
