"""The doctor's findings beside the waterfall: asked for after the page, opened, followed to their spans."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.browser.conftest import CHECKOUT, store
from tests.core.drawing import a_span, span_id
from traces.core.span import Span, Status

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SILENT = [*CHECKOUT[:2], CHECKOUT[2]._replace(status=Status.ERROR)]
PAYMENT = f"[data-open-span='{span_id('payment').hex()}']"


def a_long_trace() -> list[Span]:
    """The last but one of 400 has failed, far below what is drawn at first."""
    spans = [a_span("root", length=400), *(a_span(str(number), "root", number) for number in range(1, 400))]
    return [*spans[:-2], spans[-2]._replace(status=Status.ERROR), spans[-1]]


def test_findings_come_after_the_page_without_moving_it(address: str, page: Page) -> None:
    trace_id = store(SILENT)
    page.route("**/findings?*", lambda route: None)
    page.goto(f"{address}/traces/{trace_id}")
    before = page.locator("#waterfall").bounding_box()
    page.unroute_all()
    page.goto(f"{address}/traces/{trace_id}")
    page.wait_for_selector("details#findings")
    assert "Doctor: 1 finding" in page.locator("#findings summary").inner_text()
    assert page.locator("#waterfall").bounding_box() == before


def test_error_that_nobody_asked_for_leaves_the_trace_on_the_screen(address: str, page: Page) -> None:
    """As when the database is away for a moment."""
    page.add_init_script("addEventListener('htmx:responseError', () => document.documentElement.dataset.errors += 'x')")
    page.clock.install()
    page.route("**/findings?*", lambda route: route.fulfill(status=503, content_type="text/html", body="away"))
    page.goto(f"{address}/traces/{store(SILENT)}")
    page.wait_for_selector("[data-errors$='dx']")
    page.route("**/traces/*?v=*", lambda route: route.fulfill(status=503, content_type="text/html", body="away"))
    page.clock.fast_forward(11_000)  # the page asks whether there is news
    page.wait_for_selector("[data-errors$='dxx']")
    assert page.locator("#waterfall .row").count() == 3
    page.unroute_all()
    page.get_by_role("link", name="Doctor").click()
    page.wait_for_url("**/findings")
    assert "1 error gives no reason" in page.locator("#findings ol").inner_text()


def test_finding_opens_its_span_however_far_below(address: str, page: Page) -> None:
    page.goto(f"{address}/traces/{store(a_long_trace())}")
    assert page.locator(f"[data-span-id='{span_id('398').hex()}']").count() == 0
    page.locator("#findings summary").click()
    page.locator("#findings").get_by_role("link", name="+398 ms").click()
    page.wait_for_selector(f"[data-open-span='{span_id('398').hex()}']")
    row = page.locator(f"[data-span-id='{span_id('398').hex()}']")
    assert row.get_attribute("aria-current") == "true"
    page.wait_for_function("() => document.activeElement.closest('.row')?.getAttribute('aria-current') === 'true'")
    assert page.locator("#findings").get_attribute("open") is not None
    assert f"span={span_id('398').hex()}" in page.url
    # The waterfall that came with it can be used like the first.
    page.keyboard.press("ArrowUp")
    assert page.evaluate("document.activeElement.closest('.row').dataset.spanId") == span_id("397").hex()


def test_back_leads_to_the_trace_without_the_span(address: str, page: Page) -> None:
    page.goto(f"{address}/traces/{store(SILENT)}")
    page.locator("#findings summary").click()
    page.locator("#findings").get_by_role("link", name="+5 ms").click()
    page.wait_for_selector(PAYMENT)
    page.go_back()
    page.wait_for_selector(PAYMENT, state="detached")


def test_without_a_script_findings_have_a_page(address: str, browser: Browser) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{address}/traces/{store(SILENT)}")
        page.get_by_role("link", name="Doctor").click()
        assert "1 error gives no reason" in page.locator("#findings").inner_text()
        page.get_by_role("link", name="+5 ms").click()
        assert page.locator(PAYMENT).count() == 1


def test_comparison_comes_after_the_page_without_moving_it(address: str, page: Page) -> None:
    url = f"{address}/traces/{store(SILENT)}"
    for width in range(900, 1500, 60):
        page.set_viewport_size({"width": width, "height": 700})
        page.route("**/peers", lambda route: None)
        page.goto(url)
        before = page.locator("#waterfall").bounding_box()
        page.unroute_all()
        page.goto(url)
        page.locator(".compared").get_by_text("with the usual").wait_for(state="detached")
        assert page.locator("#waterfall").bounding_box() == before
