"""Links in both directions, as the panel and the trace's header say them."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.test import Client

from tests.core.drawing import TRACE_ID, a_span, span_id
from tests.pages.conftest import Store
from tests.pages.test_panel import panel, words
from tests.pages.test_trace import HTMX, shown
from traces.core.span import Link, Span

pytestmark = pytest.mark.django_db
ELSEWHERE = bytes(range(16))


def opened(client: Client, trace_id: str, span: str) -> str:
    return shown(client, f"/traces/{trace_id}?span={span_id(span).hex()}", **HTMX, **{"HX-Target": "panel"})


def linking(trace_id: str, label: str, *targets: str, **fields: object) -> Span:
    links = tuple(Link(bytes.fromhex(trace_id), span_id(target)) for target in targets)
    return a_span(label, links=links, **fields)  # type: ignore[arg-type]


def section(html: str, title: str) -> str:
    """From a heading of the panel to the next."""
    return re.split("<h3>", html.split(f"<h3>{title} ")[1])[0]


def test_links_name_their_trace_once_and_its_spans_below(client: Client, store: Store) -> None:
    there = store([a_span("shop", name="GET /cart"), a_span("db", "shop")])
    links = linking(there, "x", "shop", "db", "gone").links
    html = panel(client, store, a_span("x", links=(links[0], Link(ELSEWHERE, span_id("x")), *links[1:])))
    assert html.count(f"<code>{there}</code>") == 1
    reasons = "What isn't here wasn't sent here, was left out by sampling, or has been removed."
    assert words(section(html, "Links")).startswith(
        f"4 shop GET /cart 1 ms trace {there} span {span_id('shop').hex()} span {span_id('db').hex()}"
        f" span {span_id('gone').hex()} isn't here A trace that isn't here"
        f" trace {ELSEWHERE.hex()} span {span_id('x').hex()} {reasons}"
    )
    assert f'href="/traces/{there}?span={span_id("db").hex()}"' in html


def test_link_to_a_trace_as_a_whole_leads_there(client: Client, store: Store) -> None:
    there = store([a_span("shop")])
    html = panel(client, store, a_span("x", links=(Link(bytes.fromhex(there), bytes(8)),)))
    assert f'href="/traces/{there}"' in html
    assert "0" * 16 not in section(html, "Links")


def test_first_ten_of_many_links_are_open_and_the_rest_unfolds(client: Client, store: Store) -> None:
    links = tuple(Link(bytes([1 + n % 3]) * 16, n.to_bytes(8)) for n in range(1, 101))
    html = section(panel(client, store, a_span("x", links=links)), "Links")
    shown_first, folded = html.split('<details class="fold"><summary>90 more</summary>')
    ids = re.findall(r"span=([0-9a-f]{16})\"><code>", shown_first), re.findall(r"span=([0-9a-f]{16})\"><code>", folded)
    assert [len(found) for found in ids] == [10, 90]
    assert len({*ids[0], *ids[1]}) == 100
    # Those of one trace stand together.
    assert len(re.findall("A trace that isn't here", unescape(shown_first))) == 1
    assert len(re.findall("A trace that isn't here", unescape(folded))) == 3


def test_span_says_who_links_to_it(client: Client, store: Store) -> None:
    there = store([a_span("order"), a_span("ship", "order")])
    consumer = store(
        [linking(there, "consumer", "order", name="process <b>"), linking(there, "again", "order", start=9)]
    )
    store([linking(there, "other", "order", start=2), linking(there, "b", "ship")])
    html = opened(client, there, "order")
    said = words(section(html, "Linked from"))
    assert said.startswith("3 spans of 2 traces again again 20")
    assert re.search(r"other other 20\d\d-.* consumer process <b> 20\d\d-", said)
    assert f'href="/traces/{consumer}?span={span_id("consumer").hex()}"' in html
    assert "Linked from" not in opened(client, consumer, "consumer")
    assert "2 spans" not in section(opened(client, there, "ship"), "Linked from")


def test_link_from_the_same_trace_says_so(client: Client, store: Store) -> None:
    from traces.store import Writer

    Writer().write([a_span("a"), a_span("b", links=(Link(TRACE_ID, span_id("a")),))])
    assert "b b of this trace" in words(opened(client, TRACE_ID.hex(), "a"))
    assert "Linked from" not in words(shown(client, f"/traces/{TRACE_ID.hex()}"))


def test_trace_says_which_others_link_to_it_and_to_which_span(client: Client, store: Store) -> None:
    there = store([a_span("order"), a_span("ship", "order")])
    assert "Linked from" not in words(shown(client, f"/traces/{there}"))
    consumer = store([linking(there, "consumer", "ship"), linking(there, "second", "order", "ship")])
    html = shown(client, f"/traces/{there}")
    assert "Linked from 2 spans of 1 trace" in words(html)
    assert f"to its span {span_id('ship').hex()}" in words(html)
    assert f'href="/traces/{consumer}?span={span_id("consumer").hex()}"' in html
    assert "Linked from" in words(shown(client, f"/traces/{there}?view=table"))


def test_of_many_that_link_here_ten_are_open_fifty_unfold_and_the_rest_is_counted(client: Client, store: Store) -> None:
    there = store([a_span("order")])
    store([linking(there, f"s{n}", "order", start=n) for n in range(60)])
    html = section(opened(client, there, "order"), "Linked from")
    first, folded = html.split('<details class="fold"><summary>40 more</summary>')
    assert (first.count("<li>"), folded.count("<li>")) == (10, 40)
    assert "s59 s59" in words(first)
    assert "and 10 more" in words(folded)


def test_link_that_comes_before_what_it_leads_to_is_known_there(client: Client, store: Store) -> None:
    from traces.store import Writer

    trace_id = store([a_span("early", links=(Link(ELSEWHERE, span_id("late")),))])
    assert "A trace that isn't here" in unescape(opened(client, trace_id, "early"))
    Writer().write([a_span("late", trace_id=ELSEWHERE)])
    assert "A trace that isn't here" not in unescape(opened(client, trace_id, "early"))
    assert "1 span of 1 trace" in words(opened(client, ELSEWHERE.hex(), "late"))
