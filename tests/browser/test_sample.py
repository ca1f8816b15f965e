"""The sample's note: opened, confirmed, gone. With JavaScript and without."""

from __future__ import annotations

from collections.abc import Iterator
from secrets import token_bytes
from typing import TYPE_CHECKING

import pytest

from tests.spans import a_span
from traces import queries
from traces.core.sample import ID_PREFIX, KEY, NAME
from traces.core.span import Resource
from traces.store import Writer

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SAMPLE_ID, USERS_ID = ID_PREFIX + bytes(10), token_bytes(16)


@pytest.fixture(params=[True, False], ids=["with JavaScript", "without JavaScript"])
def reader(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    with browser.new_context(java_script_enabled=request.param) as context:
        yield context.new_page()


def test_sample_is_removed_from_a_trace_of_it_and_the_users_stay(address: str, reader: Page) -> None:
    queries.forget()
    Writer().write([a_span(SAMPLE_ID, resource=Resource({KEY: NAME}, 0, "")), a_span(USERS_ID)])
    reader.goto(f"{address}/traces/{SAMPLE_ID.hex()}")
    note = reader.locator(".sample")
    assert "A sample trace" in note.inner_text()
    remove = note.get_by_role("button", name="Remove")
    assert not remove.is_visible()
    note.locator("summary").click()
    remove.click()
    reader.wait_for_url(f"{address}/")
    assert reader.locator(".sample").count() == 0
    reader.goto(f"{address}/?last=all")
    assert reader.locator(f"[data-trace-id='{USERS_ID.hex()}']").count() == 1
    assert reader.locator(f"[data-trace-id='{SAMPLE_ID.hex()}']").count() == 0
    queries.forget()
