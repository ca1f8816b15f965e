"""A download says on the page how far it has come, and can be stopped there."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import complaints_of, store
from tests.core.drawing import a_span
from traces import queries
from traces.api import download
from traces.search import Search

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Download, Page

# Longer than anything here takes.
PATIENCE_S = 60
# Of so many, where the page knows that by then.
HAS_BEGUN = re.compile(r"^2 (of .*)?traces · ")


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A tab that fails the test where a script fails."""
    with browser.new_context(viewport={"width": 1280, "height": 600}) as context:
        page = context.new_page()
        complaints = complaints_of(page)
        yield page
        assert complaints == []


@pytest.fixture
def batch(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Semaphore]:
    """A download's batches have two traces; each but the first waits for this to be released."""
    allowed, search = threading.Semaphore(0), queries.search_traces

    def waiting(wanted: Search, **box: int) -> queries.Listing:
        if wanted.after:
            allowed.acquire(timeout=PATIENCE_S)
        return search(wanted, **box)

    monkeypatch.setattr(queries, "search_traces", waiting)
    monkeypatch.setattr(download, "PAGE", 2)
    yield allowed
    allowed.release(100)


def store_many(number: int, *, length: int = 1) -> list[str]:
    """Newest first; names of some length, which nothing compresses to less than half of it."""
    return [store([a_span(f"a{token_hex(length // 2)}", start=-10_000 * n)]) for n in range(number)]


def begin(page: Page, kind: str) -> Download:
    with page.expect_download() as begun:
        page.get_by_role("link", name=kind, exact=True).click()
    return begun.value


def lines_of(file: Download) -> list[str]:
    return Path(file.path()).read_text().splitlines()


def wait_for_count(page: Page) -> None:
    page.locator("#total input").wait_for(state="attached")


def test_downloads_say_how_far_they_have_come(address: str, page: Page, batch: threading.Semaphore) -> None:
    ids = store_many(5)
    page.goto(f"{address}/?last=24h")
    wait_for_count(page)
    first = begin(page, "jsonl")
    assert re.fullmatch(r"traces-[0-9T-]+\.jsonl", first.suggested_filename)
    lines = page.get_by_role("dialog", name="Download as jsonl")
    lines.get_by_text(re.compile(r"2 of 5 traces · \d+ bytes · \d+ s")).wait_for()
    assert lines.locator("progress").get_attribute("value") == "2"
    begin(page, "csv")
    cells = page.get_by_role("dialog", name="Download as csv")
    cells.get_by_text("2 of 5 traces").wait_for()
    # Another search doesn't take them away.
    page.get_by_label("Attributes or trace id").fill("name=a")
    page.keyboard.press("Enter")
    page.wait_for_url("**name*a**")
    batch.release(20)
    lines.get_by_text("done: 5 traces").wait_for()
    cells.get_by_text("done: 5 traces").wait_for()
    assert page.locator("#said").inner_text().startswith("Download: done: 5 traces")
    assert [json.loads(line)["trace_id"] for line in lines_of(first)] == ids
    assert not lines.get_by_role("button", name="stop").is_visible()
    lines.get_by_role("button", name="hide").click()
    assert not lines.is_visible()
    assert cells.is_visible()


def test_a_download_is_stopped_where_it_is(address: str, page: Page, batch: threading.Semaphore) -> None:
    store_many(9)
    page.goto(f"{address}/?last=24h")
    file = begin(page, "csv")
    page.get_by_text(HAS_BEGUN).wait_for()
    page.get_by_role("button", name="stop").click()
    page.get_by_text("stopping…").wait_for()
    batch.release()
    page.locator(".how-far").get_by_text("stopped after 4 traces").wait_for()
    *rows, last = lines_of(file)
    assert (len(rows), last.startswith("# cut: the reader stopped it")) == (5, True)


def test_a_download_that_the_browser_gives_up_is_given_up(address: str, page: Page, batch: threading.Semaphore) -> None:
    store_many(40, length=20_000)
    page.goto(f"{address}/?last=24h")
    file = begin(page, "jsonl")
    page.get_by_text(HAS_BEGUN).wait_for()
    file.cancel()
    batch.release(20)
    page.locator(".how-far").get_by_text(re.compile("broke off after .* traces: the reader went away")).wait_for()


def test_without_a_script_the_file_alone_comes(address: str, browser: Browser) -> None:
    ids = store_many(3)
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{address}/?last=24h")
        assert [json.loads(line)["trace_id"] for line in lines_of(begin(page, "jsonl"))] == ids
