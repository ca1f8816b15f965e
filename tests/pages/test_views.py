from __future__ import annotations

import re
from html import unescape

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from tests.core.drawing import a_span, span_id, spans_of
from tests.pages.conftest import Store
from tests.pages.test_list import text_of
from tests.spans import like_python
from traces import queries
from traces.core.span import Event, Kind, Resource, Status
from traces.pages.view import OPTIONS, OTHERS, view_of
from traces.pages.views import statistics
from traces.wire import otlp_json

pytestmark = pytest.mark.django_db
CHECKOUT = spans_of("""
    checkout      |==================|
      auth        |==|
      payment          |=============|
""")
CHECKOUT[2] = CHECKOUT[2]._replace(kind=Kind.CLIENT, status=Status.ERROR)
HTMX = {"HX-Request": "true"}
LONG = [a_span("root", length=250), *(a_span(str(n), "root", n, service="many", name="step") for n in range(1, 251))]
UGLY = [
    a_span("x" * 8, name="n" * 1_000, service="s" * 200, length=3),
    a_span("orphan", "gone", 1, name="<b>\x00\ud800", service="a&b"),
    a_span("a", "b", 2, 0, name=""),
    a_span("b", "a", 3, 0, kind=77),
]


def shown(client: Client, path: str, **headers: str) -> str:
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


def ids(html: str) -> list[str]:
    """Of the spans that are shown, in their order."""
    return [bytes.fromhex(id).decode().strip("_") for id in re.findall(r'data-span-id="([0-9a-f]{16})"', html)]


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize("spans", [CHECKOUT[:1], UGLY, LONG], ids=["one", "ugly", "long"])
def test_each_view_shows_any_trace(client: Client, store: Store, name: str, spans: list[object]) -> None:
    path = f"/traces/{store(spans)}?view={name}"  # type: ignore[arg-type]
    html = shown(client, path)
    assert f'aria-current="page">{name}</a>' in html
    assert "waterfall.js" not in html
    assert 'id="rows" data-first' not in html
    assert "\x00" not in html
    assert "<b>\\" not in html


@pytest.mark.parametrize("name", OTHERS)
def test_panel_is_open_beside_each_view(client: Client, store: Store, name: str) -> None:
    path = f"/traces/{store(CHECKOUT)}?view={name}&span={span_id('auth').hex()}"
    html = shown(client, path)
    assert f'data-open-span="{span_id("auth").hex()}"' in html
    assert f'href="/traces/{path[8:40]}?view={name}"' in html  # closes it


def test_views_keep_the_zoom_and_the_open_span(client: Client, store: Store) -> None:
    span = span_id("auth").hex()
    html = shown(client, f"/traces/{store(CHECKOUT)}?t0=1000000&t1=5000000&span={span}&view=table&sort=self")
    for name in ("flame", "statistics", "graph", "events"):
        assert f'href="?t0=1000000&amp;t1=5000000&amp;span={span}&amp;view={name}"' in html
    assert f'href="?t0=1000000&amp;t1=5000000&amp;span={span}">waterfall</a>' in html


def test_panel_opened_by_htmx_keeps_the_view_and_its_options(client: Client, store: Store) -> None:
    path = f"/traces/{store(CHECKOUT)}"
    current = f"http://testserver{path}?view=table&sort=-self&page=2"
    span = span_id("auth").hex()
    answer = client.get(f"{path}?span={span}", headers=HTMX | {"HX-Target": "panel", "HX-Current-URL": current})
    assert answer.headers["HX-Push-Url"] == f"{path}?span={span}&view=table&sort=-self&page=2"


def test_sorting_by_htmx_keeps_the_panel_that_was_opened_meanwhile(client: Client, store: Store) -> None:
    path, span = f"/traces/{store(CHECKOUT)}", span_id("auth").hex()
    current = f"http://testserver{path}?view=table&span={span}&page=2"
    headers = HTMX | {"HX-Target": "view", "HX-Current-URL": current}
    answer = client.get(f"{path}?view=table&sort=duration", headers=headers)
    assert answer.content.decode().startswith('<section id="view"')
    assert answer.headers["HX-Push-Url"] == f"{path}?span={span}&view=table&sort=duration"


def test_table_has_a_hundred_rows_a_page_and_links_to_the_others(client: Client, store: Store) -> None:
    path = f"/traces/{store(LONG)}"
    first = shown(client, f"{path}?view=table")
    assert ids(first) == ["root", *(str(n) for n in range(1, 100))]
    assert "Spans 1 to 100 of 251" in first
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following
    assert ids(shown(client, path + following[1].replace("&amp;", "&")))[0] == "100"
    assert ids(shown(client, f"{path}?view=table&page=99")) == [str(n) for n in range(200, 251)]


def test_table_is_sorted_and_narrowed_by_its_address(client: Client, store: Store) -> None:
    path = f"/traces/{store(CHECKOUT)}?view=table"
    assert ids(shown(client, f"{path}&sort=self")) == ["payment", "auth", "checkout"]
    assert ids(shown(client, f"{path}&sort=-self")) == ["checkout", "auth", "payment"]
    assert ids(shown(client, f"{path}&kind=client")) == ["payment"]
    assert ids(shown(client, f"{path}&status=error&service=payment&operation=payment")) == ["payment"]
    assert ids(shown(client, f"{path}&t0=4000000&t1=4500000")) == ["checkout"]
    html = shown(client, f"{path}&service=nobody")
    assert ids(html) == []
    assert "service = nobody" in html
    assert "No span is meant" in html


def test_statistics_lead_to_the_table_of_their_spans(client: Client, store: Store) -> None:
    path = f"/traces/{store(LONG)}"
    text = text_of(client, f"{path}?view=statistics")
    assert "2 groups of 251 spans" in text
    html = shown(client, f"{path}?view=statistics&by=service&sort=spans")
    assert html.index("<b>many</b>") < html.rindex("<b>root</b>")
    assert 'href="?view=table&amp;service=many"' in html
    assert "Spans 1 to 100 of 250" in shown(client, f"{path}?view=table&service=many")


def grouped(client: Client, path: str) -> list[str]:
    """Each group's line in words."""
    rows = re.findall(r"<tr class=.*?</tr>", shown(client, path), re.DOTALL)
    return [" ".join(re.sub(r"<[^>]*>", " ", unescape(row)).split()) for row in rows]


def test_statistics_say_the_share_of_the_critical_path(client: Client, store: Store) -> None:
    path = f"/traces/{store(CHECKOUT)}?view=statistics&by=service"
    shares = {line.split()[0]: line.split()[-2] for line in grouped(client, path)}
    assert shares == {"payment": "73.7", "auth": "15.8", "checkout": "10.5"}
    assert [line.split()[0] for line in grouped(client, f"{path}&sort=critical+path")] == list(shares)


def test_statistics_by_an_attribute_lead_to_the_spans_with_each_value(client: Client, store: Store) -> None:
    spans = [
        CHECKOUT[0]._replace(attributes={"http.route": '/a "b"\\'}, resource=Resource({"region": "eu"})),
        CHECKOUT[1]._replace(attributes={"http.route": 7}, resource=Resource({"region": "eu"})),
        CHECKOUT[2],
    ]
    path = f"/traces/{store(spans)}"
    lines = grouped(client, f"{path}?view=statistics&by=http.route&sort=spans")
    assert sorted(line.split(" 1 ")[0] for line in lines) == ["(none)", '/a "b"\\', "7"]
    html = shown(client, f"{path}?view=statistics&by=http.route")
    hrefs = [unescape(href) for href in re.findall(r'<td class="op"><a href="([^"]*)"', html)]
    assert [ids(shown(client, path + href)) for href in sorted(hrefs)] == [["checkout"], ["checkout", "auth"]]
    assert 'name="by" value="http.route"' in html
    assert '<input type="hidden" name="view" value="statistics">' in html
    assert [line.split()[:2] for line in grouped(client, f"{path}?view=statistics&by=region&sort=spans")] == [
        ["eu", "2"],
        ["(none)", "1"],
    ]


def test_statistics_of_hostile_keys_are_refused_nothing(client: Client, store: Store) -> None:
    path = f"/traces/{store(CHECKOUT)}?view=statistics&by="
    for key in ("%00", "'; drop table span; --", "<b>", "%25s", "x" * 3_000, "name"):
        assert [line.split()[:2] for line in grouped(client, path + key)] == [["(none)", "3"]]


def test_statistics_say_where_they_cannot_be_made(
    client: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"/traces/{store(CHECKOUT)}?view=statistics&by=http.route"
    with monkeypatch.context() as patch:
        patch.setattr(statistics, "MOST_READ", 2)
        assert "This trace has 3, more than the 2 up to which that is done." in text_of(client, path)
    with monkeypatch.context() as patch:
        patch.setattr(queries, "attribute_values", lambda *_: None)
        assert "took too long and was stopped" in text_of(client, path)
    monkeypatch.setattr(statistics, "UNASKED", 2)
    monkeypatch.setattr(statistics, "analysis_at_hand", lambda _: None)
    text = text_of(client, path)
    assert "Their share of the critical path is not shown" in text
    assert "critical path p95" not in text


def test_flame_graph_zooms_into_a_subtree_and_leads_back(client: Client, store: Store) -> None:
    deep = [*CHECKOUT, a_span("charge", "payment", 6, 4)]
    path = f"/traces/{store(deep)}"
    whole = shown(client, f"{path}?view=flame")
    assert ids(whole) == ["checkout", "auth", "payment", "charge"]
    payment = span_id("payment").hex()
    assert f'href="?span={payment}&amp;view=flame&amp;focus={payment}"' in whole
    html = shown(client, f"{path}?view=flame&focus={payment}")
    assert ids(html) == ["payment", "charge"]
    assert '<a href="?view=flame">whole trace</a>' in html
    assert '<svg x="0%" y="0" width="100%"' in html
    assert ids(shown(client, f"{path}?view=flame&by=operation&focus={payment}")) == ["payment", "charge"]
    assert ids(shown(client, f"{path}?view=flame&focus=nonsense")) == ids(whole)


def test_graph_says_who_called_whom(client: Client, store: Store) -> None:
    text = text_of(client, f"/traces/{store(CHECKOUT)}?view=graph")
    assert "checkout auth 1 3 ms checkout payment 1 ! 1 14 ms" in " ".join(text.split())


def test_events_are_listed_with_their_spans(client: Client, store: Store, zero_ns: int) -> None:
    def event(name: str, at: int, **attributes: str) -> Event:
        return Event(zero_ns + at, name, attributes)

    failed = event("exception", 2_000_000, **{"exception.type": "Refused", "exception.message": "declined"})
    many = tuple(event(f"event {n}", 3_000_000 + n) for n in range(150))
    spans = [CHECKOUT[0]._replace(events=many), CHECKOUT[1]._replace(events=(failed,))]
    path = f"/traces/{store(spans)}?view=events"
    html = shown(client, path)
    assert ids(html) == ["auth", *99 * ["checkout"]]
    assert "<b>Refused</b>: declined" in html
    following = re.search(r'rel="next" href="([^"]+)"', html)
    assert following
    rest = shown(client, path.partition("?")[0] + following[1].replace("&amp;", "&"))
    assert len(ids(rest)) == 51
    assert "event 149" in rest
    assert "no events" in text_of(client, f"/traces/{store(CHECKOUT)}?view=events")


def test_download_is_a_file_named_after_the_trace(client: Client, store: Store) -> None:
    resource = Resource({"service.name": "checkout", "host.name": "a"})
    trace_id = store([span._replace(service="checkout", resource=resource) for span in CHECKOUT])
    answer = client.get(f"/traces/{trace_id}.otlp.json")
    body = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{trace_id}.otlp.json"'
    stored = [like_python(span) for span in queries.stream_spans(bytes.fromhex(trace_id))]
    assert [like_python(span) for span in otlp_json.decode(body).spans] == stored
    assert len(stored) == 3
    assert client.get(f"/traces/{32 * 'a'}.otlp.json").status_code == 404


@given(st.sampled_from(OTHERS), st.dictionaries(st.sampled_from(OPTIONS), st.text(max_size=20)))
def test_address_of_a_view_leads_to_the_same_view(name: str, options: dict[str, str]) -> None:
    view = view_of({"view": name} | options, 1_000)
    assert dict(view.options) == {option: text for option, text in options.items() if text}
    assert view.name == name
    assert view_of(options | {"view": "nonsense"}, 1_000).query() == ""
