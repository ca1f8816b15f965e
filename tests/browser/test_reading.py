"""How a reader goes: find a trace by its user, open it and a span, go back. With JavaScript and without."""

from __future__ import annotations

from secrets import token_hex
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import CHECKOUT, store
from tests.core.drawing import a_span, span_id

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


def test_trace_is_found_by_its_user_and_read(address: str, reader: Page) -> None:
    user = token_hex(4)
    payment = CHECKOUT[2]._replace(attributes={"user.id": user, "card": "visa"})
    wanted, other = store([*CHECKOUT[:2], payment]), store([a_span("other")])
    reader.goto(address)
    assert reader.locator(f"[data-trace-id='{wanted}'], [data-trace-id='{other}']").count() == 2
    reader.get_by_label("Attributes or trace id").fill(f"user.id={user}")
    reader.get_by_role("button", name="Search").click()
    reader.wait_for_url(f"**/?q=user.id%3D{user}")
    reader.locator("[data-trace-id] a").click()
    reader.wait_for_url(f"**/traces/{wanted}")
    assert reader.locator("[data-span-id]").count() == 3
    reader.locator(f"[data-span-id='{span_id('payment').hex()}'] a").click()
    reader.get_by_text("visa").wait_for()
    assert f"span={span_id('payment').hex()}" in reader.url
    assert reader.locator("[aria-current=true][data-span-id]").count() == 1
    reader.go_back()
    reader.get_by_text("visa").wait_for(state="detached")
    assert reader.locator("[data-span-id]").count() == 3
    reader.go_back()
    assert reader.locator("[data-trace-id]").count() == 1


def test_answer_that_failed_is_shown_as_the_page_it_is(address: str, page: Page) -> None:
    page.goto(f"{address}/traces/{store(CHECKOUT)}")
    body = "<body><main><h1>The database doesn't answer</h1></main></body>"
    page.route("**/traces/*", lambda route: route.fulfill(status=503, content_type="text/html", body=body))
    page.locator("[data-span-id] a").first.click()
    page.get_by_role("heading", name="The database doesn't answer").wait_for()
    assert page.locator("#panel").count() == 0


@pytest.mark.parametrize("width", [800, 1440])
def test_nothing_sticks_out_of_the_window(address: str, browser: Browser, width: int) -> None:
    long = store([a_span("x", name="n" * 1_000, service="s" * 1_000, attributes={"k" * 300: "v" * 5_000})])
    deep = store([a_span("0"), *(a_span(str(n), str(n - 1), start=n) for n in range(1, 300))])
    with browser.new_context(viewport={"width": width, "height": 900}) as context:
        page = context.new_page()
        for path in ("/", f"/traces/{long}?span={span_id('x').hex()}", f"/traces/{deep}?from=200"):
            page.goto(f"{address}{path}")
            assert page.evaluate("document.documentElement.scrollWidth") <= width
