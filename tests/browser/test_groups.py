"""Two groups compared in a browser: what explains the durations comes by itself, with a script and without."""

from __future__ import annotations

import time
from secrets import token_bytes
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import complaints_of
from tests.core.drawing import a_span
from traces.core.timescale import SECOND
from traces.store import Writer

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.fixture
def shop(address: str) -> str:
    zero_ns, spans = time.time_ns() - 60 * SECOND, []
    for number in range(50):
        slow, trace_id = number % 2, token_bytes(16)
        root = a_span("GET /", length=50 + 50 * slow + number % 3, attributes={"tier": "free" if slow else "plus"})
        for span in (root, a_span("SELECT", "GET /", 2, 40 + 50 * slow)):
            spans.append(span._replace(trace_id=trace_id, start_ns=span.start_ns + zero_ns))
    Writer().write(spans)
    return address


def test_from_the_form_to_the_cause(shop: str, reader: Page) -> None:
    reader.goto(f"{shop}/compare")
    reader.get_by_label("A, for example what is healthy").fill("tier=plus")
    reader.get_by_label("B, for example what is slow").fill("tier=free")
    reader.locator("form.groups button").click()
    reader.locator("h2", has_text="What is different about them").wait_for()
    assert "in SELECT SELECT" in reader.locator(".sentence").inner_text()
    assert reader.locator("progress").count() == 0
    line = reader.locator("tr", has_text="tier=free").first
    assert "100 %" in line.inner_text()
    line.get_by_role("link", name="A", exact=True).click()
    reader.locator("text=Too few traces to tell anything").wait_for()
    assert reader.get_by_label("A, for example what is healthy").input_value() == "tier=plus tier=free"


def test_one_click_from_a_search(shop: str, page: Page) -> None:
    complaints = complaints_of(page)
    page.goto(f"{shop}/?operation=GET+/")
    page.get_by_role("link", name="the slowest tenth with the rest").click()
    page.locator("h2", has_text="Examples").wait_for()
    assert "at least" in page.locator(".sides").inner_text()
    page.get_by_role("link", name="swap the sides").click()
    page.locator("h2", has_text="Examples").wait_for()
    assert page.locator(".sides p").first.inner_text().strip().startswith("A GET / at least")
    assert complaints == []
