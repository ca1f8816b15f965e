"""The query bar by keyboard: completion, and the last queries of this browser."""

from __future__ import annotations

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
    with browser.new_context() as context:
        page = context.new_page()
        complaints = complaints_of(page)
        yield page
        assert complaints == []


def test_condition_is_completed_by_keyboard_and_offered_again(address: str, page: Page) -> None:
    wanted = store([a_span("root", attributes={"user.id": "u 42"})])
    store([a_span("root", attributes={"user.name": "x"})])
    page.goto(address)
    box = page.locator("#q")
    box.fill("user.i")  # at once: an answer to half of it would be followed by another, and the choice be lost
    options = page.locator("#completions > *")
    page.get_by_role("option", name="user.id string").wait_for()
    page.keyboard.press("ArrowDown")
    assert box.get_attribute("aria-activedescendant") == options.first.get_attribute("id")
    page.keyboard.press("Enter")
    page.get_by_role("option", name="user.id= is").wait_for()
    page.keyboard.press("Tab")
    page.get_by_role("option", name="u 42").wait_for()
    page.keyboard.press("Escape")
    assert options.count() == 0
    page.keyboard.type("u")
    page.get_by_role("option", name="u 42").wait_for()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    assert box.input_value() == 'user.id="u 42" '
    assert box.get_attribute("aria-expanded") == "false"
    page.keyboard.press("Enter")
    page.wait_for_url("**/?q=user.id**")
    assert page.locator("[data-trace-id]").get_attribute("data-trace-id") == wanted
    page.goto(address)
    page.locator("#q").click()
    page.get_by_role("option", name='user.id="u 42"').click()
    assert page.locator("#q").input_value() == 'user.id="u 42"'
    assert page.locator("#q").evaluate("box => box === document.activeElement")


def test_completion_that_fails_leaves_the_page_alone(address: str, browser: Browser) -> None:
    store([a_span("root")])
    page = browser.new_page()
    page.goto(address)
    page.route("**/complete*", lambda route: route.fulfill(status=503, body="no"))
    with page.expect_response("**/complete*"):
        page.locator("#q").press_sequentially("a")
    page.locator("#q").press("Tab")
    assert page.locator("[data-trace-id]").count() == 1
    page.close()
