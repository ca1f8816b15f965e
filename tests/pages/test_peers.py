"""How a span and a trace compare with others like them: the page, and the words that are put into panel and head."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import unescape

import pytest
from django.test import Client

from tests.core.drawing import a_span, span_id
from tests.pages.conftest import Store
from tests.pages.test_list import text_of
from traces import queries
from traces.core.span import Kind, Span

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
X = span_id("x").hex()


def words(client: Client, path: str) -> str:
    """What htmx puts into the page."""
    answer = client.get(path, headers=HTMX)
    assert answer.status_code == 200
    assert "HX-Request" in answer.headers["Vary"]
    html = answer.content.decode()
    assert "<html" not in html
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())


def store_others(store: Store, count: int = 40) -> None:
    for length in range(1, count + 1):
        store([a_span("x", length=length)])


def test_span_is_ranked_among_others_of_its_operation(client: Client, store: Store) -> None:
    store_others(store)
    trace_id = store([a_span("page", length=900), a_span("x", "page", length=39)])
    said = "slower than 95 % of the 40 latest like it (p50 20 ms, p95 38 ms)"
    assert words(client, f"/traces/{trace_id}/spans/{X}/peers") == said
    text = text_of(client, f"/traces/{trace_id}/spans/{X}/peers")
    assert f"39 ms: {said}." in text
    assert "service, name and kind" in text


def test_trace_is_compared_with_what_is_usual_and_leads_to_the_rank(client: Client, store: Store) -> None:
    store_others(store)
    path = f"/traces/{store([a_span('x', length=82)])}"
    assert words(client, f"{path}/peers") == "4.1 × the usual 20 ms"
    assert f'href="{path}/peers"' in client.get(f"{path}/peers", headers=HTMX).content.decode()
    assert client.get(f"{path}/peers").headers["Location"] == f"{path}/spans/{X}/peers"


def test_root_is_compared_where_others_came_with_its_id(client: Client, store: Store) -> None:
    store_others(store)
    trace_id = store([a_span("x", length=200), a_span("x", "y", start=-1, length=5, kind=Kind.CLIENT)])
    assert words(client, f"/traces/{trace_id}/peers") == "10 × the usual 20 ms"
    location = client.get(f"/traces/{trace_id}/peers").headers["Location"]
    assert location.endswith("/peers?n=2")
    assert "200 ms: slower" in text_of(client, location)


def test_too_few_others_are_said(client: Client, store: Store) -> None:
    store_others(store, 3)
    path = f"/traces/{store([a_span('x', length=9)])}"
    assert words(client, f"{path}/peers") == "too few to compare with: 3 others like it"
    assert words(client, f"{path}/spans/{X}/peers") == "too few to compare with: 3 others like it"


def test_each_of_several_spans_with_one_id_is_compared(client: Client, store: Store) -> None:
    store_others(store)
    trace_id = store([a_span("x", length=39), a_span("x", start=1, length=2, service="other")])
    path = f"/traces/{trace_id}/spans/{X}/peers"
    panel = client.get(f"/traces/{trace_id}?span={X}").content.decode()
    assert re.findall(rf'<a href="({path}[^"]*)" hx-get="([^"]*)" hx-trigger="load"', panel) == [
        (path, path),
        (f"{path}?n=2", f"{path}?n=2"),
    ]
    assert words(client, path).startswith("slower than 95 %")
    assert words(client, f"{path}?n=2") == "too few to compare with: no others like it"
    for nonsense in ("0", "-1", "999", "x", "٣"):
        assert words(client, f"{path}?n={nonsense}")


def test_page_and_panel_never_wait_for_it(client: Client, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(span: Span, *, now_ns: int) -> list[int]:
        raise AssertionError

    monkeypatch.setattr(queries, "peers_of", forbidden)
    path = f"/traces/{store([a_span('x')])}"
    html = client.get(f"{path}?span={X}").content.decode()
    assert re.search(rf'<a href="{path}/peers" hx-get="{path}/peers" hx-trigger="load"', html)
    assert re.search(rf'<a href="{path}/spans/{X}/peers" hx-get="{path}/spans/{X}/peers" hx-trigger="load"', html)
    # Without JavaScript it's a link, on the span's own page too.
    assert f'<a href="{path}/spans/{X}/peers"' in client.get(f"{path}/spans/{X}").content.decode()


def test_trace_without_root_is_not_compared(client: Client, store: Store) -> None:
    trace_id = store([a_span("x", "gone")])
    assert "/peers" not in client.get(f"/traces/{trace_id}").content.decode()
    assert client.get(f"/traces/{trace_id}/peers").status_code == 404


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (None, "not known: looking took too long"),
        (ZeroDivisionError(), "not known: something went wrong while looking"),
    ],
)
def test_what_is_not_known_is_said_and_leaves_the_page_alone(
    client: Client,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    failure: Exception | None,
    said: str,
) -> None:
    def answer(span: Span, *, now_ns: int) -> Sequence[int] | None:
        if failure:
            raise failure
        return None

    monkeypatch.setattr(queries, "peers_of", answer)
    path = f"/traces/{store([a_span('x')])}"
    assert words(client, f"{path}/peers") == said
    assert words(client, f"{path}/spans/{X}/peers") == said


@pytest.mark.parametrize(
    "path", ["/traces/nonsense/peers", f"/traces/{'ab' * 16}/peers", f"/traces/{'ab' * 16}/spans/{'1' * 16}/peers",
             "/traces/nonsense/spans/1/peers"]
)  # fmt: skip
def test_what_is_not_here_says_so(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404
    assert words(client, path) == "not known: it isn't here any more"
