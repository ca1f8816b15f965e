"""A list that takes long goes on by itself under the reader's eyes, and stops when told to."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import complaints_of, store
from tests.core.drawing import a_span
from tests.hasty import hasty
from traces import queries
from traces.search import Search

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

# Longer than anything here takes.
PATIENCE_S = 30


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A tab that fails the test where a script fails."""
    with browser.new_context(viewport={"width": 1280, "height": 600}) as context:
        page = context.new_page()
        complaints = complaints_of(page)
        yield page
        assert complaints == []


@pytest.fixture
def look(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Semaphore]:
    """Each look but a page's first waits for this to be released, and has time for four traces."""
    allowed = threading.Semaphore(0)

    def waiting(search: Search) -> queries.Listing:
        if search.after:
            allowed.acquire(timeout=PATIENCE_S)
        return hasty(search)

    monkeypatch.setattr(queries, "search_traces", waiting)
    yield allowed
    allowed.release(100)


def listed(page: Page) -> list[str]:
    found = page.locator("#results tbody tr").evaluate_all("rows => rows.map((row) => row.dataset.traceId)")
    return list(found)


def wait_for(page: Page, id: str) -> None:
    page.locator(f"[data-trace-id='{id}']").wait_for()


def store_many(number: int) -> list[str]:
    """Newest first; each slower than the one before."""
    return [store([a_span("a", start=-10_000 * n, length=10 + n, status_message="x")]) for n in range(number)]


def test_rows_come_by_themselves_until_it_is_stopped(address: str, page: Page, look: threading.Semaphore) -> None:
    ids = store_many(15)
    page.goto(f"{address}/?q=status_message~x&last=all")
    wait_for(page, ids[3])
    url = page.url
    page.locator("#results input").first.check()
    page.locator("#results .what a").first.focus()
    look.release()
    wait_for(page, ids[7])
    assert listed(page) == ids[:8]
    # What one has done to the rows before stays.
    assert page.locator("#results input:checked").count() == 1
    for _ in range(5):
        page.keyboard.press("j")
    assert page.evaluate("document.activeElement.closest('tr').dataset.traceId") == ids[5]
    widths = page.locator("#results .share rect").evaluate_all("bars => bars.map((bar) => bar.getAttribute('width'))")
    assert [round(float(width.rstrip("%"))) for width in widths] == [round(100 * (10 + n) / 17) for n in range(8)]
    # The next look is under way, and what it finds isn't wanted any more.
    page.locator("#further.htmx-request").wait_for()
    page.keyboard.press("Escape")
    page.get_by_text("Stopped. Searched back to").wait_for()
    look.release()
    assert listed(page) == ids[:8]
    page.get_by_role("link", name="continue").click()
    for _ in range(2):
        look.release()
    page.get_by_text("Searched everything").wait_for()
    assert listed(page) == ids
    assert page.locator("#total").inner_text() == "15 traces"
    assert page.url == url
    page.locator("#results .what a").first.click()
    page.wait_for_url("**/traces/**")
    page.go_back()
    wait_for(page, ids[0])
    assert page.url == url


def test_another_search_ends_it(address: str, page: Page, look: threading.Semaphore) -> None:
    ids = store_many(9)
    page.goto(f"{address}/?q=status_message~x&last=all")
    page.locator("#further.htmx-request").wait_for()
    page.get_by_label("Attributes or trace id").fill("status_message~y")
    page.keyboard.press("Enter")
    page.wait_for_url("**status_message~y**")
    assert listed(page) == []
    look.release(10)
    page.get_by_text("Searched everything").wait_for()
    assert listed(page) == []
    assert ids


def test_hidden_tab_asks_for_nothing_until_it_is_seen(address: str, page: Page, look: threading.Semaphore) -> None:
    ids = store_many(5)
    look.release(10)
    page.add_init_script("Object.defineProperty(document, 'hidden', { get: () => !window.seen })")
    page.goto(f"{address}/?q=status_message~x&last=all")
    page.wait_for_load_state("networkidle")
    assert listed(page) == ids[:4]
    page.evaluate("window.seen = true; document.dispatchEvent(new Event('visibilitychange'))")
    page.get_by_text("Searched everything").wait_for()
    assert listed(page) == ids
