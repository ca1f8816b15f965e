"""A diff in the hand: reached, scrolled, clicked, zoomed; what links do with JavaScript and without."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import CHECKOUT, complaints_of, store
from tests.core.drawing import a_span, span_id
from traces.core.layout import WINDOW_ROWS
from traces.core.span import Span
from traces.core.timescale import MILLISECOND

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

AUTH = f"b.{span_id('auth').hex()}"


def slower(spans: list[Span]) -> list[Span]:
    root, auth, payment = spans
    root, payment = (span._replace(duration_ns=90 * MILLISECOND - span.start_ns) for span in (root, payment))
    return [root, auth, payment, a_span("retry", "payment", 20, 50)]


@pytest.fixture
def diff(address: str) -> str:
    return f"{address}/compare/{store(CHECKOUT)}/{store(slower(CHECKOUT))}"


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with browser.new_context(viewport={"width": 1280, "height": 720}) as context:
        page = context.new_page()
        complaints = complaints_of(page)
        yield page
        assert complaints == []


def rows(page: Page) -> list[str]:
    return [text.strip() for text in page.locator("#rows .row b").all_inner_texts()]


def test_two_ticked_rows_are_compared(reader: Page, address: str, diff: str) -> None:
    reader.goto(f"{address}/?last=24h")
    for trace_id in diff.split("/")[-2:]:
        reader.locator(f"[name=tick][value='{trace_id}']").check()
    reader.locator("button", has_text="Compare ticked").click()
    reader.locator("h1", has_text="B took").wait_for()
    assert reader.url == diff


def test_trace_is_compared_with_a_pasted_one(reader: Page, address: str, diff: str) -> None:
    fast, slow = diff.split("/")[-2:]
    reader.goto(f"{address}/traces/{slow}")
    reader.locator(".views a", has_text="compare with").click()
    reader.locator("#other").fill(fast)
    reader.locator("button", has_text="Compare").click()
    reader.locator("h1", has_text="B took").wait_for()
    assert reader.url == diff


def test_row_opens_both_spans_and_closing_leads_back(reader: Page, diff: str) -> None:
    reader.goto(diff)
    reader.locator(f"[data-span-id='{AUTH}'] .what").click()
    reader.locator("#panel h2", has_text="auth").wait_for()
    assert reader.locator("#rows [aria-current=true]").count() == 1
    assert f"span={AUTH}" in reader.url
    reader.locator(".panel-tools a", has_text="close").click()
    reader.locator("#panel:empty").wait_for(state="attached")
    assert "span=" not in reader.url


def test_only_differences_swapped_sides_and_tolerance_are_links(reader: Page, diff: str) -> None:
    reader.goto(diff)
    assert rows(reader) == ["checkout", "auth", "payment", "retry"]
    reader.locator("#only").click()
    reader.locator("#only", has_text="☑").wait_for()
    assert rows(reader) == ["checkout", "payment", "retry"]
    reader.locator(".views a", has_text="swap sides").click()
    reader.locator("h1", has_text="B took 71 ms less").wait_for()
    assert rows(reader) == ["checkout", "payment", "retry"]
    reader.locator("[name=percent]").fill("95")
    reader.locator(".tolerance button").click()
    reader.wait_for_url("**percent=95**")
    assert "only=1" in reader.url
    assert reader.locator(".slower, .faster").count() == 0


def test_contribution_leads_to_its_row(reader: Page, diff: str) -> None:
    reader.goto(diff)
    reader.locator(".causes a", has_text="retry").click()
    reader.locator("#panel h2", has_text="retry").wait_for()
    assert reader.locator("#rows [aria-current=true] b").inner_text() == "retry"


def test_any_place_is_scrolled_to_and_keys_walk(page: Page, address: str) -> None:
    spans = [a_span("root", length=900), *(a_span(f"{n:04}", "root", n, service=f"{n:04}") for n in range(600))]
    page.goto(f"{address}/compare/{store(spans)}/{store(spans[:-1])}")
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    page.locator(".row b", has_text="0599").wait_for()
    assert page.locator("#rows .row").count() <= 2 * WINDOW_ROWS
    assert page.locator(".row.removed").count() == 1
    page.evaluate("scrollTo(0, 0)")
    page.locator(".row b", has_text="root").wait_for()
    for key in ("j", "j", "f", "c", "e", "n"):
        page.keyboard.press(key)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.locator("#panel [data-open-span]").wait_for()
    page.keyboard.press("Escape")
    page.locator("#panel:empty").wait_for(state="attached")


def test_drag_across_the_ruler_zooms(page: Page, diff: str) -> None:
    page.goto(diff)
    box = page.locator("#ruler").bounding_box()
    assert box
    page.mouse.move(box["x"] + 10, box["y"] + 8)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 8)
    page.mouse.up()
    page.locator("#zoom-reset").wait_for()
    assert "t1=" in page.url
    page.locator("#zoom-reset").click()
    page.wait_for_url(lambda url: url.rstrip("?") == diff)


def test_usual_ranges_are_a_click_away(reader: Page, address: str) -> None:
    fast = [span._replace(name="usual") for span in CHECKOUT]
    for _ in range(40):
        store(fast)
    reader.goto(f"{address}/traces/{store(slower(fast))}")
    reader.locator("#usual").click()
    reader.locator(".usually.strong", has_text="▲▲").first.wait_for()
    assert "usual=1" in reader.url
