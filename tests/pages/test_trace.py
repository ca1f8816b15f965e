from __future__ import annotations

import re

import pytest
from django.test import Client

from tests.core.drawing import a_span, span_id, spans_of
from tests.pages.conftest import Store
from tests.pages.test_list import text_of
from traces import queries
from traces.core.columns import columns_of
from traces.core.layout import WINDOW_ROWS
from traces.core.span import Event, Link, Resource, Scope, Status
from traces.store import Writer

pytestmark = pytest.mark.django_db
CHECKOUT = spans_of("""
    checkout      |==================|
      auth        |==|
      payment          |=============|
""")
HTMX = {"HX-Request": "true"}
LONG = [a_span(str(number), start=number) for number in range(450)]


def rows(html: str) -> list[str]:
    """The names of the spans in the waterfall, from top to bottom."""
    ids = re.findall(r'<div role="row"[^>]*data-span-id="([0-9a-f]{16})"', html)
    return [bytes.fromhex(id).decode().strip("_") for id in ids]


def shown(client: Client, path: str, **headers: str) -> str:
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


def test_waterfall_shows_every_span_under_its_parent(client: Client, store: Store) -> None:
    html = shown(client, f"/traces/{store(CHECKOUT)}")
    assert rows(html) == ["checkout", "auth", "payment"]
    assert '<rect x="26.316%"' in html
    assert html.count("aria-expanded") == 1


def test_header_says_what_the_trace_is(client: Client, store: Store) -> None:
    spans = [*CHECKOUT[:2], CHECKOUT[2]._replace(status=Status.ERROR, duration_ns=30_000_000)]
    text = text_of(client, f"/traces/{store(spans)}")
    assert "Duration 19 ms Extent 35 ms Start" in text
    assert "Spans 3 Levels 2 Errors ! 1" in text


def test_orphans_stand_under_their_missing_parent_and_a_note_says_so(client: Client, store: Store) -> None:
    spans = [*CHECKOUT, a_span("orphan", "gone", 3)]
    path = f"/traces/{store(spans)}"
    assert rows(shown(client, path)) == ["checkout", "auth", "payment", "gone", "orphan"]
    assert "1 span names a parent that isn't here" in text_of(client, path)


def test_trace_without_its_root_says_so(client: Client, store: Store) -> None:
    text = text_of(client, f"/traces/{store(CHECKOUT[1:])}")
    assert "root not here yet" in text
    assert "Its root span hasn't arrived." in text


@pytest.mark.parametrize("left", [1, 0])
def test_trace_that_lost_spans_to_the_retention_says_so(
    client: Client, store: Store, monkeypatch: pytest.MonkeyPatch, left: int
) -> None:
    trace_id = store(CHECKOUT)
    stamp = queries.trace_columns(bytes.fromhex(trace_id))[0]
    monkeypatch.setattr(queries, "trace_columns", lambda trace_id: (stamp, columns_of(CHECKOUT[:left])))
    assert f"{3 - left} spans are gone" in text_of(client, f"/traces/{trace_id}")


def test_cycle_is_shown_and_said(client: Client, store: Store) -> None:
    path = f"/traces/{store([a_span('a', 'b'), a_span('b', 'a', 1)])}"
    assert rows(shown(client, path)) == ["a", "b"]
    assert "led round in a circle" in text_of(client, path)


def test_long_trace_is_shown_in_windows_that_link_to_each_other(client: Client, store: Store) -> None:
    path = f"/traces/{store(LONG)}"
    first = shown(client, path)
    assert rows(first) == [str(number) for number in range(WINDOW_ROWS)]
    assert re.search(rf'rel="next" href="\?v=[0-9a-f-]+&amp;from={WINDOW_ROWS}"', first)
    assert rows(shown(client, f"{path}?from=200")) == [str(number) for number in range(200, 200 + WINDOW_ROWS)]
    assert rows(shown(client, f"{path}?from=99999"))[-1] == "449"
    assert rows(shown(client, f"{path}?from=-1")) == rows(first)


def test_window_is_one_with_the_open_span(client: Client, store: Store) -> None:
    path = f"/traces/{store(LONG)}"
    html = shown(client, f"{path}?span={span_id('250').hex()}")
    assert "250" in rows(html)
    assert html.count('aria-current="true"') == 1


def test_htmx_gets_the_rows_alone_and_the_page_keeps_its_state(client: Client, store: Store) -> None:
    path = f"/traces/{store(LONG)}"
    current = f"http://testserver{path}?t0=5000000&span={span_id('3').hex()}#r7"
    answer = client.get(f"{path}?row=200", headers=HTMX | {"HX-Target": "rows", "HX-Current-URL": current})
    html = answer.content.decode()
    assert html.startswith('<div id="rows"')
    assert rows(html)[0] == "200"
    assert answer.headers["HX-Replace-Url"] == f"{path}?t0=5000000&t1=450000000&from=200&span={span_id('3').hex()}"
    assert {"HX-Request", "HX-Target", "HX-Current-URL"} <= set(answer.headers["Vary"].split(", "))


def test_collapsed_rows_say_what_they_hide_and_every_state_has_an_address(client: Client, store: Store) -> None:
    deep = [*CHECKOUT, a_span("charge", "payment", 6, status=Status.ERROR)]
    path = f"/traces/{store(deep)}"
    html = shown(client, f"{path}?depth=2")
    assert rows(html) == ["checkout", "auth", "payment"]
    assert "1 row hidden, 1 error among them" in html
    assert 'aria-expanded="false"' in html
    assert rows(shown(client, f"{path}?depth=2&open={span_id('payment').hex()}")) == rows(shown(client, path))
    assert rows(shown(client, f"{path}?shut={span_id('checkout').hex()}")) == ["checkout"]


def test_commands_in_an_address_lead_to_the_state_they_make(client: Client, store: Store) -> None:
    deep = [*CHECKOUT, a_span("charge", "payment", 6, status=Status.ERROR)]
    path, payment = f"/traces/{store(deep)}", span_id("payment").hex()
    assert client.get(f"{path}?toggle={payment}").headers["Location"] == f"{path}?shut={payment}&at=2#r2"
    assert client.get(f"{path}?shut={payment}&toggle={payment}").headers["Location"] == f"{path}?at=2#r2"
    assert client.get(f"{path}?depth=2&error=0").headers["Location"] == f"{path}?depth=2&open={payment}&at=3#r3"
    fitted = client.get(f"{path}?fit={payment}").headers["Location"]
    assert fitted == f"{path}?t0=4300000&t1=19000000"


def test_htmx_gets_the_whole_waterfall_and_the_new_address(client: Client, store: Store) -> None:
    path = f"/traces/{store(CHECKOUT)}"
    current = f"http://testserver{path}?depth=1&t0=5000000&span={span_id('auth').hex()}"
    headers = HTMX | {"HX-Target": "waterfall", "HX-Current-URL": current}
    answer = client.get(f"{path}?depth=2&top=0", headers=headers)
    assert answer.content.startswith(b'<section id="waterfall"')
    assert answer.headers["HX-Push-Url"] == f"{path}?depth=2&span={span_id('auth').hex()}"


def test_zoom_cuts_bars_and_says_what_is_in_view(client: Client, store: Store) -> None:
    html = shown(client, f"/traces/{store(CHECKOUT)}?t0=4000000&t1=10000000")
    assert html.count('href="#cut-left"') == 2
    assert html.count('href="#cut-right"') == 2
    assert "4 ms to 10 ms, 6 ms" in html


def test_errors_timeouts_and_events_are_told_apart_in_the_rows(client: Client, store: Store, zero_ns: int) -> None:
    events = tuple(Event(zero_ns + n * 100_000, "tick") for n in range(30))
    late = Event(0, "exception", {"exception.type": "TimeoutError"})
    spans = [
        a_span("a", length=10, events=events),
        a_span("b", "a", status=Status.ERROR, status_message="refused"),
        a_span("c", "a", 1, status=Status.ERROR, attributes={"rpc.grpc.status_code": 4}),
        a_span("d", "a", 2, status=Status.ERROR, events=(late,)),
    ]
    html = shown(client, f"/traces/{store(spans)}")
    assert re.findall(r'class="mark (\w+)"', html) == ["error", "timeout", "timeout"]
    assert "30 events" in html
    assert len(re.findall(r"M\d+ 1v7", html)) == 20


def test_rows_stay_as_they_were_drawn_while_spans_arrive(client: Client, store: Store, zero_ns: int) -> None:
    trace_id = store(LONG)
    path = f"/traces/{trace_id}"
    stamp = re.search(r'data-stamp="([0-9a-f-]+)"', shown(client, path))
    assert stamp
    more = [a_span(f"new{number}", start=number) for number in range(14)]
    late = [span._replace(trace_id=bytes.fromhex(trace_id), start_ns=span.start_ns + zero_ns) for span in more]
    Writer().write(late)
    headers = HTMX | {"HX-Target": "rows", "HX-Current-URL": f"http://testserver{path}"}
    html = shown(client, f"{path}?v={stamp[1]}&row=100", **headers)
    assert rows(html) == [str(number) for number in range(100, 100 + WINDOW_ROWS)]
    assert "14 new spans" in html
    assert 'hx-swap-oob="true"' in html
    assert "14 new spans" in shown(client, f"{path}?v={stamp[1]}", **HTMX, **{"HX-Target": "news"})
    fresh = shown(client, path)
    assert "new spans" not in fresh
    assert "new0" in rows(fresh)


def test_rows_of_a_drawing_that_is_gone_are_not_mixed_with_others(client: Client, store: Store) -> None:
    path = f"/traces/{store(LONG)}"
    headers = HTMX | {"HX-Target": "rows", "HX-Current-URL": f"http://testserver{path}"}
    html = shown(client, f"{path}?v=1-9-00000000&row=100", **headers)
    assert rows(html) == []
    assert "Draw the trace anew" in html
    page = shown(client, f"{path}?v=1-9-00000000&from=100")
    assert rows(page)[0] == "100"
    assert "no longer kept" in page


@pytest.mark.parametrize(
    "query", ["from=9&depth=x&t0=-1&row=z", "toggle=zz&fit=1&error=", "v=%00&open=,&span=%ff&top=9e9"]
)
def test_nonsense_in_an_address_is_no_failure(client: Client, store: Store, query: str) -> None:
    path = f"/traces/{store(CHECKOUT)}"
    for target in ("rows", "waterfall", "panel", "news", "elsewhere"):
        assert client.get(f"{path}?{query}", headers=HTMX | {"HX-Target": target}, follow=True).status_code == 200
    assert len(rows(client.get(f"{path}?{query}", follow=True).content.decode())) == 3


def test_htmx_gets_the_panel_alone(client: Client, store: Store) -> None:
    path = f"/traces/{store(CHECKOUT)}?span={span_id('auth').hex()}"
    html = shown(client, path, **HTMX, **{"HX-Target": "panel"})
    assert "data-open-span" in html
    assert "<html" not in html
    assert rows(html) == []


def test_history_restore_gets_the_page(client: Client, store: Store) -> None:
    headers = HTMX | {"HX-Target": "panel", "HX-History-Restore-Request": "true"}
    assert "<html" in shown(client, f"/traces/{store(CHECKOUT)}", **headers)


def test_closing_the_panel_leaves_it_empty(client: Client, store: Store) -> None:
    path = f"/traces/{store(CHECKOUT)}"
    current = f"http://testserver{path}?from=2&span={span_id('auth').hex()}"
    answer = client.get(path, headers=HTMX | {"HX-Target": "panel", "HX-Current-URL": current})
    # What is swapped in beside it is taken out before; a line end would be left.
    assert re.fullmatch(rb'<nav id="views"[^>]* hx-swap-oob="true">.*</nav>', answer.content)
    assert answer.headers["HX-Push-Url"] == f"{path}?from=2"
    assert re.search("<aside [^>]*></aside>", shown(client, f"/traces/{store(CHECKOUT)}"))


def test_panel_shows_all_that_the_span_carries(client: Client, store: Store, zero_ns: int) -> None:
    span = a_span(
        "payment",
        length=9,
        status=Status.ERROR,
        status_message="card declined",
        attributes={"user.id": "42", "cart.items": 3, "url": "https://shop.example/"},
        events=(Event(zero_ns + 2_000_000, "cache.miss", {"key": "cart:42"}, 1),),
        links=(Link(bytes(range(16)), bytes(range(1, 9)), attributes={"why": "retry"}),),
        resource=Resource({"host.name": "ip-10-0-3-7"}, 4),
        scope=Scope("instrumentation.flask", "0.48"),
        trace_state="ot=th:8",
        flags=1,
        dropped_attributes=5,
        dropped_events=6,
        dropped_links=7,
        notes=("value of big cut",),
    )
    text = text_of(client, f"/traces/{store([span])}?span={span.span_id.hex()}")
    for words in [
        "internal · ! error : card declined",
        "value of big cut",
        "Scope instrumentation.flask 0.48",
        "Trace state ot=th:8",
        "Flags 0x01",
        "user.id 42",
        "cart.items 3",
        "The sender dropped 5 more.",
        "cache.miss +2 ms key cart:42",
        "The sender dropped 6 more.",
        "trace 000102030405060708090a0b0c0d0e0f span 0102030405060708",
        "why retry",
        "The sender dropped 7 more.",
        "host.name ip-10-0-3-7",
        "The sender dropped 4 more.",
    ]:
        assert words in text


def test_span_has_a_page_of_its_own(client: Client, store: Store) -> None:
    trace_id, id = store(CHECKOUT), span_id("auth").hex()
    html = shown(client, f"/traces/{trace_id}/spans/{id}")
    assert f'href="/traces/{trace_id}?span={id}"' in html
    assert "<html" not in shown(client, f"/traces/{trace_id}/spans/{id}", **HTMX)


def test_open_span_that_is_not_here_is_no_failure(client: Client, store: Store) -> None:
    assert "No span 0000000000000001 in this trace yet" in text_of(
        client, f"/traces/{store(CHECKOUT)}?span=0000000000000001"
    )


def test_both_spans_of_a_shared_id_are_shown_in_rows_and_panel(client: Client, store: Store) -> None:
    client_side = a_span("call", "root", 1, 8, kind=3, service="front")
    server_side = a_span("call", "root", 2, 6, kind=2, service="back")
    path = f"/traces/{store([a_span('root', length=10), client_side, server_side])}"
    html = shown(client, f"{path}?span={span_id('call').hex()}")
    assert rows(html) == ["root", "call", "call"]
    assert html.count("data-open-span") == 2


def test_hostile_text_stays_text(client: Client, store: Store) -> None:
    evil = '"><script>alert(1)</script>'
    span = a_span("x", name=evil, service=evil, attributes={evil: evil, "url": "javascript:alert(1)"})
    html = shown(client, f"/traces/{store([span])}?span={span.span_id.hex()}")
    assert "<script>alert" not in html
    assert 'href="javascript' not in html


def test_chain_of_5_000_is_shown(client: Client, store: Store) -> None:
    chain = [a_span("0"), *(a_span(str(n), str(n - 1), start=n) for n in range(1, 5_000))]
    assert " 5,000 " in text_of(client, f"/traces/{store(chain)}?from=4900")


def test_other_spellings_are_redirected_to_the_one(client: Client) -> None:
    answer = client.get("/traces/7C0E4D1F-9A3B-4C5D-8E6F-00112233AABB?from=200")
    assert answer.headers["Location"] == "/traces/7c0e4d1f9a3b4c5d8e6f00112233aabb?from=200"
    answer = client.get("/traces/7c0e4d1f9a3b4c5d8e6f00112233aabb/spans/00F067AA0BA902B7")
    assert answer.headers["Location"] == "/traces/7c0e4d1f9a3b4c5d8e6f00112233aabb/spans/00f067aa0ba902b7"


def test_unknown_trace_says_what_may_have_happened(client: Client) -> None:
    text = text_of(client, "/traces/7c0e4d1f9a3b4c5d8e6f00112233aabb", status=404)
    assert "It hasn't arrived yet." in text
    assert "retention" in text


@pytest.mark.parametrize("path", ["/traces/xyz", "/traces/xyz/spans/00f067aa0ba902b7"])
def test_what_is_no_id_is_told_apart(client: Client, path: str) -> None:
    assert "A trace id has 32 hexadecimal digits" in text_of(client, path, status=404)


def test_unknown_span_links_to_its_trace(client: Client, store: Store) -> None:
    trace_id = store(CHECKOUT)
    answer = client.get(f"/traces/{trace_id}/spans/00f067aa0ba902b7")
    assert answer.status_code == 404
    assert f'href="/traces/{trace_id}"' in answer.content.decode()


def test_unknown_page_has_a_way_on(client: Client) -> None:
    assert "Search the traces" in text_of(client, "/nothing/here", status=404)
