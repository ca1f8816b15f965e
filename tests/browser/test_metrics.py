"""A query that ends in a metric is drawn above what it finds: by a script, and by links alone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.browser.conftest import store
from tests.browser.test_overview import page
from tests.core.drawing import a_span
from traces.core.span import Status

if TYPE_CHECKING:
    from playwright.sync_api import Page

__all__ = ["page"]
QUERY = "{} | rate() by (service)"


def store_some() -> list[str]:
    return [
        store(
            [
                a_span("checkout", start=-60_000 * minutes, length=50),
                a_span("payment", "checkout", -60_000 * minutes, 20, status=Status.ERROR),
            ]
        )
        for minutes in (30, 3)
    ] + [store([a_span("cart", start=-1_000, length=5)])]


def entries(page: Page) -> list[str]:
    return page.locator("#metrics li > :not(svg, .count)").all_inner_texts()


def test_chart_arrives_moves_nothing_and_its_legend_narrows(address: str, page: Page) -> None:
    store_some()
    held = []
    page.route("**/*total=1*", lambda route: held.append(route))
    page.goto(f"{address}/", wait_until="load")
    page.get_by_label("Attributes or trace id").fill(QUERY)
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.querySelectorAll('.late.htmx-request').length === 3")
    before = page.locator(".results").bounding_box()
    for route in held:
        route.continue_()
    page.unroute("**/*total=1*")
    page.locator("#metrics figure").wait_for()
    page.locator("#overview figure").first.wait_for()
    page.locator("#facets .facet").first.wait_for()
    assert page.locator(".results").bounding_box() == before
    assert entries(page) == ["checkout", "payment", "cart"]
    page.locator("#metrics").get_by_role("link", name="payment", exact=True).click()
    page.wait_for_url(re.compile(r"q=%7Bservice%3Dpayment%7D"))
    page.locator("#metrics figure").wait_for()
    assert page.locator("[data-trace-id]").count() == 2


def test_table_opens_and_closes_by_keyboard(address: str, page: Page) -> None:
    store_some()
    page.goto(f"{address}/?q=%7B%7D%7Crate()by(service)")
    link = page.locator("#as-table")
    link.focus()
    before = page.url
    page.keyboard.press("Enter")
    page.locator(".numbers-table").wait_for()
    assert page.get_by_role("columnheader", name="payment").is_visible()
    assert page.url == before
    link.focus()
    page.keyboard.press("Enter")
    page.locator(".numbers-table").wait_for(state="detached")


def test_chart_and_table_are_links_without_javascript(address: str, reader: Page) -> None:
    store_some()
    reader.goto(f"{address}/?total=1&q=%7B%7D%7Chistogram_over_time(duration)by(service)")
    assert entries(reader) == ["checkout", "payment", "cart"]
    assert reader.locator("#metrics .cells").count() > 0
    reader.get_by_role("link", name="as a table").click()
    reader.locator(".numbers-table").wait_for()


def test_chart_is_no_wider_than_the_window(address: str, page: Page) -> None:
    for n in range(24):
        store([a_span("a", start=-n * 100_000, attributes={"k": f"{n}" * 90, "n": 10**n})])
    for width in (800, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        for query in ("rate()by(k)", "histogram_over_time(n)by(k)", "quantile_over_time(n,0.5)"):
            page.goto(f"{address}/?q=%7B%7D%7C{query}")
            page.locator("#metrics figure").wait_for()
            assert page.evaluate("document.documentElement.scrollWidth") <= width
