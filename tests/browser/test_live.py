"""A live list: new traces come by themselves, marked, and not under the eyes of who reads further down."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import complaints_of, store
from tests.core.drawing import a_span

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A tab that fails the test where a script fails."""
    with browser.new_context(viewport={"width": 1280, "height": 300}) as context:
        page = context.new_page()
        complaints = complaints_of(page)
        yield page
        assert complaints == []


def ids(page: Page) -> list[str]:
    found = page.locator("#results tbody tr").evaluate_all("rows => rows.map((row) => row.dataset.traceId)")
    return list(found)


def test_new_traces_come_by_themselves_until_it_is_paused(address: str, page: Page) -> None:
    for _ in range(12):
        store([a_span("first")])
    page.goto(address)
    page.get_by_role("link", name="live", exact=True).click()
    page.wait_for_url("**/?live=1")
    second = store([a_span("second", start=5)])
    page.locator(f"[data-trace-id='{second}'].new").wait_for()
    assert ids(page)[0] == second
    assert page.url.endswith("/?live=1")
    page.mouse.wheel(0, 250)
    page.wait_for_function("() => document.getElementById('results').getBoundingClientRect().top < 0")
    page.get_by_text("waiting while you read").wait_for()
    before = page.evaluate("scrollY")
    third = store([a_span("third", start=10)])
    # The next time it would have asked.
    page.evaluate("() => document.getElementById('live').removeAttribute('data-waits')")
    page.locator("#live[data-waits]").wait_for()
    assert third not in ids(page)
    assert page.evaluate("scrollY") == before
    page.mouse.wheel(0, -1_000)
    page.locator(f"[data-trace-id='{third}']").wait_for()
    page.get_by_role("link", name="pause").click()
    page.wait_for_url(re.compile(r"/\??$"))
    assert page.locator("#live-next").count() == 0


def test_hidden_tab_asks_for_nothing(address: str, page: Page) -> None:
    store([a_span("first")])
    asked: list[str] = []
    page.add_init_script("Object.defineProperty(document, 'hidden', { get: () => true })")
    page.clock.install()
    page.goto(f"{address}/?live=1")
    page.on("request", lambda request: asked.append(request.url))
    page.clock.run_for(10_000)
    assert [url for url in asked if "live=1" in url] == []
