"""Where the time went, on the trace's page: the sentence, the critical path on the bars, corrected clocks."""

from __future__ import annotations

import os
import re

import pytest
from django.test import Client

from tests.core.drawing import a_span, span_id, spans_of
from tests.pages.conftest import Store
from tests.pages.test_list import text_of
from tests.pages.test_trace import HTMX, shown
from traces import kept_analyses
from traces.core.span import Kind, Resource, Span
from traces.pages import analyses, layouts, trace

pytestmark = pytest.mark.django_db
CHECKOUT = spans_of("""
    checkout      |==================|
      auth        |==|
      payment          |=============|
""")


def row(html: str, name: str) -> str:
    found = re.search(
        rf'<div role="row"[^>]*data-span-id="{span_id(name).hex()}".*?</svg></span></div>', html, re.DOTALL
    )
    assert found
    return found[0]


def skewed() -> list[Span]:
    """The server's clock is 500 ms ahead."""
    shop, bank = (Resource({"service.name": name, "service.instance.id": name}, 0, "") for name in ("shop", "bank"))
    return [
        a_span("root", service="shop", kind=Kind.SERVER, length=100, resource=shop),
        a_span("call", "root", service="shop", kind=Kind.CLIENT, start=10, length=80, resource=shop),
        a_span("answer", "call", service="bank", kind=Kind.SERVER, start=520, length=60, resource=bank),
    ]


def test_sentence_says_where_the_time_went_and_the_bars_show_it(client: Client, store: Store) -> None:
    path = f"/traces/{store(CHECKOUT)}"
    html = shown(client, path)
    assert re.search(r"<summary>19 ms: .*payment.*</summary>", html)
    assert 'class="path"' in row(html, "payment")
    assert "critical path" in text_of(client, path)


def test_critical_path_can_be_left_out_and_the_address_says_so(client: Client, store: Store) -> None:
    html = shown(client, f"/traces/{store(CHECKOUT)}?path=0")
    assert 'class="path"' not in html
    assert re.search(r'id="path" href="\?v=[^"]*"', html)
    assert "&amp;path=0" in html


def test_collapsed_row_has_the_path_of_what_it_hides(client: Client, store: Store) -> None:
    trace_id = store(CHECKOUT)
    open_path = re.search(r'class="path".*?d="([^"]+)"', row(shown(client, f"/traces/{trace_id}"), "checkout"))
    shut_path = re.search(r'class="path".*?d="([^"]+)"', row(shown(client, f"/traces/{trace_id}?depth=1"), "checkout"))
    assert open_path
    assert shut_path
    assert shut_path[1] == "M0 21h1000"
    assert open_path[1] != shut_path[1]


def test_clock_that_seems_wrong_is_corrected_with_the_recorded_place_beside(client: Client, store: Store) -> None:
    path = f"/traces/{store(skewed())}"
    answer = row(shown(client, path), "answer")
    assert 'class="ghost"' in answer
    assert "clock corrected by -500 ms" in answer.replace("\u2212", "-")
    said = text_of(client, f"{path}/findings")
    assert "The clock of bank (bank) seems to run 500 ms ahead of that of shop (shop)" in said


def test_clocks_can_be_shown_as_recorded(client: Client, store: Store) -> None:
    html = shown(client, f"/traces/{store(skewed())}?skew=0")
    assert 'class="ghost"' not in html
    assert "☐ clocks corrected" in html


def test_rows_of_a_large_trace_do_not_wait_for_the_analysis(
    client: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(analyses, "AT_ONCE", 2)
    path = f"/traces/{store(CHECKOUT)}"
    html = shown(client, path)
    assert 'hx-trigger="load, click"' in html
    assert 'class="path"' not in html
    part = shown(client, f"{path}?analysis=1", **HTMX, **{"HX-Target": "analysis", "HX-Current-URL": path})
    assert part.startswith('<details class="account">')
    assert 'class="path"' in shown(client, path)


def test_analysis_can_be_asked_for_without_a_script(
    client: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(analyses, "AT_ONCE", 2)
    html = shown(client, f"/traces/{store(CHECKOUT)}?analysis=1")
    assert '<details class="account">' in html
    assert 'class="path"' in html


def test_huge_trace_is_analysed_only_for_who_asks(
    client: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(analyses, "AT_ONCE", 2)
    monkeypatch.setattr(trace, "UNASKED", 2)
    html = shown(client, f"/traces/{store(CHECKOUT)}")
    assert "Takes some seconds" in html
    assert 'hx-trigger="load, click"' not in html
    assert '<details class="account">' in shown(client, f"/traces/{store(CHECKOUT)}?analysis=1")


def test_only_so_many_analyses_are_kept(client: Client, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_analyses, "MOST_SPANS", 7)
    for _ in range(4):
        shown(client, f"/traces/{store(CHECKOUT)}")
    assert sum(len(one.trace) for one in kept_analyses._kept.values()) <= 7


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="counts open files as Linux lists them")
def test_analyses_of_many_small_traces_keep_few_files_open(
    client: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_analyses, "MOST_TRACES", 2)
    monkeypatch.setattr(layouts, "MOST_OPEN", 1)
    kept_analyses._kept.clear()
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(12):
        path = f"/traces/{store(CHECKOUT)}"
        shown(client, path)
        kept_analyses._kept.popitem()  # as in another process, which maps the file
        shown(client, path)
    assert len(os.listdir("/proc/self/fd")) - before <= 4


def test_step_in_a_span_that_is_not_here_leads_nowhere(client: Client, store: Store) -> None:
    html = shown(client, f"/traces/{store([a_span('a', 'gone', 0, length=10), a_span('b', 'gone', 50, length=10)])}")
    assert "<span>a span that isn't here</span>" in html.replace("&#x27;", "'")
    assert f"span={span_id('gone').hex()}" not in html
