from __future__ import annotations

import json
import re
from html import unescape

import pytest
from django.test import Client
from pytest_django import Settings

from tests.core.drawing import TRACE_ID, a_span, span_id, spans_of
from tests.pages.conftest import Store
from tests.pages.test_list import text_of
from tests.pages.test_trace import HTMX, shown
from traces import queries
from traces.core.span import Event, Kind, Link, Resource, Span, Status
from traces.core.timescale import MILLISECOND
from traces.store import Writer
from traces.wire import plain_json

pytestmark = pytest.mark.django_db
CHECKOUT = spans_of("""
    checkout      |==================|
      auth        |==|
      payment          |=============|
""")
STACK = "Error: gone\n    at charge (/app/pay.js:1:1)\n    at handle (/app/node_modules/x.js:1:1)"


def panel(client: Client, store: Store, *spans: Span) -> str:
    """The panel of the last span."""
    path = f"/traces/{store(spans)}?span={spans[-1].span_id.hex()}"
    return shown(client, path, **HTMX, **{"HX-Target": "panel"})


def words(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())


def event(zero_ns: int, at_ms: float, name: str = "e", **attributes: object) -> Event:
    return Event(zero_ns + int(at_ms * MILLISECOND), name, attributes)


def test_start_is_told_from_the_start_of_the_trace(client: Client, store: Store) -> None:
    assert "Start +5 ms · 20" in words(panel(client, store, *CHECKOUT))


def test_parent_is_named_and_opens_in_the_same_view_of_the_trace(client: Client, store: Store) -> None:
    trace_id, child, parent = store(CHECKOUT), span_id("auth").hex(), span_id("checkout").hex()
    html = shown(client, f"/traces/{trace_id}?from=2&zoom=7&span={child}", **HTMX, **{"HX-Target": "panel"})
    href = re.search(r'Parent</dt><dd><a href="([^"]*)">checkout checkout</a>', html)
    assert href
    assert unescape(href[1]) == f"/traces/{trace_id}?zoom=7&span={parent}"


def test_parent_that_is_not_here_is_said(client: Client, store: Store) -> None:
    gone = span_id("gone").hex()
    assert f"Parent {gone} isn't here" in words(panel(client, store, a_span("orphan", "gone")))


def test_children_are_counted(client: Client, store: Store) -> None:
    auth, payment, checkout = CHECKOUT[1], CHECKOUT[2], CHECKOUT[0]
    assert "Children 2" in words(panel(client, store, auth, payment, checkout))


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"status": Status.ERROR, "status_message": "deadline exceeded"}, "! timeout : deadline exceeded"),
        ({"status": Status.ERROR, "attributes": {"http.response.status_code": 504}}, "! timeout"),
        ({"status": Status.ERROR, "status_message": "declined"}, "! error : declined"),
        ({"status": Status.OK}, "status ok"),
        ({"kind": Kind.CLIENT}, "client · status unset"),
        ({"kind": Kind.UNSPECIFIED}, "kind unspecified · status unset"),
        ({"kind": 9}, "kind 9 · status unset"),
    ],
)
def test_kind_and_outcome_are_said(client: Client, store: Store, fields: dict[str, object], said: str) -> None:
    assert said in words(panel(client, store, a_span("x")._replace(**fields)))  # type: ignore[arg-type]


def test_events_are_marked_on_the_spans_duration_and_lead_to_their_entries(
    client: Client, store: Store, zero_ns: int
) -> None:
    events = (event(zero_ns, 0, "first"), event(zero_ns, 5, "half"), event(zero_ns, 12, "late"), event(zero_ns, -1))
    html = panel(client, store, a_span("x", length=10, events=events))
    marks = re.findall(r'<a href="#([^"]*)"[^>]*><title>([^<]*)</title><rect class="hit" x="([^"]*)"', html)
    assert [(text, x) for _, text, x in marks] == [
        ("first +0 ns, and 1 more here", "0%"),
        ("half +5 ms", "50%"),
        ("late +12 ms", "100%"),
    ]
    assert all(f'id="{anchor}"' in html for anchor, _, _ in marks)


def test_event_of_a_span_without_duration_has_a_mark(client: Client, store: Store, zero_ns: int) -> None:
    html = panel(client, store, a_span("x", length=0, events=(event(zero_ns, 0),)))
    assert 'x="0%"' in html


def test_many_events_are_counted_and_all_are_on_the_spans_own_page(client: Client, store: Store, zero_ns: int) -> None:
    span = a_span("x", length=1_000, events=tuple(event(zero_ns, n) for n in range(1_000)))
    span = span._replace(links=(Link(TRACE_ID, span_id("y")),) * 150)
    html = panel(client, store, span)
    assert html.count('id="event-1-') == 100
    assert html.count("<rect") <= 2 * 201
    assert "All 1,000 events" in html
    assert "All 150 links" in html
    own = re.search(r'<a href="([^"]*)">All 1,000 events', html)
    assert own
    page = shown(client, own[1])
    assert page.count('id="event-1-') == 1_000
    assert "All 1,000" not in page
    anchors = set(re.findall(r'<a href="[^"#]*#(event[^"]*)"', page))
    assert anchors
    assert all(f'id="{anchor}"' in page for anchor in anchors)


def test_exception_comes_first_with_its_type_message_and_causes(client: Client, store: Store, zero_ns: int) -> None:
    stack = "com.acme.Failed: no\n\tat com.acme.Pay.charge(Pay.java:8)\nCaused by: java.io.IOException: reset"
    said = {"exception.type": "com.acme.Failed", "exception.message": "no <b>card</b>", "exception.stacktrace": stack}
    text = words(
        panel(client, store, a_span("x", attributes={"k": 1}, events=(event(zero_ns, 1, "exception", **said),)))
    )
    assert "! com.acme.Failed +1 ms no <b>card</b> caused by java.io.IOException: reset exception.stacktrace" in text
    assert text.index("Events 1") < text.index("Attributes 1")
    assert "exception.type" not in text


def test_frames_of_libraries_are_told_from_the_programs_own(client: Client, store: Store, zero_ns: int) -> None:
    failed = event(zero_ns, 1, "exception", **{"exception.stacktrace": STACK})
    html = panel(client, store, a_span("x", events=(failed,)))
    assert re.search(r'<span class="library" data-lines="1 line"><span>    at handle', html)
    assert re.search(r'<span class="own"[^>]*><span>Error: gone\n    at charge', html)


def test_exception_that_says_next_to_nothing_is_shown(client: Client, store: Store, zero_ns: int) -> None:
    events = (event(zero_ns, 1, "exception"), event(zero_ns, 1, "exception", **{"exception.stacktrace": 7}))
    assert words(panel(client, store, a_span("x", events=events))).count("! exception +1 ms") == 2


def test_links_name_the_trace_they_lead_to_and_say_where_it_is_not_here(client: Client, store: Store) -> None:
    there = bytes.fromhex(store([a_span("shop", name="GET /cart")]))
    links = (Link(there, span_id("shop")), Link(bytes(range(16)), span_id("x")))
    html = panel(client, store, a_span("x", links=links))
    assert "shop GET /cart 1 ms" in words(html)
    assert f'href="/traces/{there.hex()}?span={span_id("shop").hex()}"' in html
    assert words(html).count("A trace that isn't here") == 1


def test_link_within_the_trace_says_so(client: Client, db: None, zero_ns: int) -> None:
    spans = [a_span("a", start_ns=zero_ns), a_span("b", start_ns=zero_ns, links=(Link(TRACE_ID, span_id("a")),))]
    Writer().write(spans)
    path = f"/traces/{TRACE_ID.hex()}/spans/{spans[1].span_id.hex()}"
    assert f"Span {span_id('a').hex()} of this trace" in text_of(client, path)
    queries.forget()


def test_values_of_span_and_resource_can_be_searched_for(client: Client, store: Store) -> None:
    span = a_span("x", attributes={"user.id": "42"}, resource=Resource({"region": "eu"}))
    html = panel(client, store, span)
    searches = [unescape(href) for href in re.findall(r'<a href="(/\?[^"]*)" aria-label="Traces with', html)]
    assert searches == ["/?last=all&q=user.id%3D42", "/?last=all&q=region%3Deu"]
    for address in searches:
        assert "1 trace" in text_of(client, address)


def test_json_of_a_span_can_be_posted_again(client: Client, store: Store) -> None:
    span = a_span("x", attributes={"user.id": "42", "html": "<b>"}, resource=Resource({"region": "eu"}))
    trace_id = store([span])
    path = f"/traces/{trace_id}/spans/{span.span_id.hex()}/json"
    answer = client.get(path)
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.content.startswith(b'{\n  "trace_id"')
    (decoded,) = plain_json.decode(answer.content).spans
    assert (decoded.span_id, decoded.attributes) == (span.span_id, span.attributes)
    fragment = client.get(path, headers=HTMX).content.decode()
    assert "&lt;b&gt;" in fragment
    assert "<b>" not in fragment


def test_json_of_spans_that_share_an_id_is_a_list(client: Client, store: Store) -> None:
    trace_id = store([a_span("x", service="front"), a_span("x", start=1, service="back")])
    found = json.loads(client.get(f"/traces/{trace_id}/spans/{span_id('x').hex()}/json").content)
    assert [span["service"] for span in found] == ["front", "back"]


@pytest.mark.parametrize("path", ["/traces/xyz/spans/1/json", f"/traces/{'1' * 32}/spans/{'2' * 16}/json"])
def test_json_of_what_is_not_here_is_not_found(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404


def test_own_page_is_titled_by_the_span(client: Client, store: Store) -> None:
    html = shown(client, f"/traces/{store(CHECKOUT)}/spans/{span_id('auth').hex()}")
    assert "<title>auth auth · span · Tracing UI</title>" in html


def test_missing_trace_says_whether_it_can_be_too_old(client: Client, settings: Settings) -> None:
    path = "/traces/7c0e4d1f9a3b4c5d8e6f00112233aabb"
    assert "Not for its age: no retention is set here." in text_of(client, path, status=404)
    settings.RETENTION_S = 30 * 86_400
    assert "The retention of this server is 30 d" in text_of(client, path, status=404)


def test_of_many_spans_with_one_id_the_earliest_are_shown_and_the_rest_announced(client: Client, store: Store) -> None:
    twins = [a_span("a", start=start)._replace(name=f"twin-{start}-") for start in range(30)]
    html = client.get(f"/traces/{store(twins)}/spans/{span_id('a').hex()}").content.decode()
    assert [start for start in range(30) if f"twin-{start}-" in html] == list(range(10))
    assert "More spans came with this id: these are the 10 earliest." in html
