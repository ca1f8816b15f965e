"""The waterfall in the hand: scrolled, collapsed, zoomed, walked by key. What links do is tested without a script."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import CHECKOUT, complaints_of, store
from tests.core.drawing import a_span, span_id
from traces import queries
from traces.core.layout import WINDOW_ROWS
from traces.core.span import Status
from traces.store import Writer

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

ROWS = 1_000


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A tab that fails the test where a script fails."""
    with browser.new_context(viewport={"width": 1280, "height": 720}) as context:
        page = context.new_page()
        complaints = complaints_of(page)
        yield page
        assert complaints == []


@pytest.fixture
def without_script(browser: Browser) -> Iterator[Page]:
    with browser.new_context(java_script_enabled=False) as context:
        yield context.new_page()


def a_long_trace() -> str:
    """A root with children, a grandchild under each tenth; the last but one has failed."""
    spans = [a_span("root", length=ROWS)]
    for number in range(1, ROWS):
        parent = str(number - 1) if number % 10 == 1 and number > 1 else "root"
        status = Status.ERROR if number == ROWS - 2 else Status.UNSET
        spans.append(a_span(str(number), parent, start=number, status=status))
    return store(spans)


def row(page: Page, name: str) -> Locator:
    return page.locator(f"[data-span-id='{span_id(name).hex()}']")


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.closest('.row')?.dataset.spanId ?? ''"))


def test_any_place_of_a_long_trace_is_scrolled_to_and_few_rows_are_held(address: str, page: Page) -> None:
    page.goto(f"{address}/traces/{a_long_trace()}")
    assert page.locator("#rows .row").count() == WINDOW_ROWS
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    row(page, str(ROWS - 1)).wait_for()
    assert WINDOW_ROWS <= page.locator("#rows .row").count() <= 2 * WINDOW_ROWS
    page.evaluate("scrollTo(0, document.body.scrollHeight / 2)")
    row(page, "500").wait_for()
    assert WINDOW_ROWS <= page.locator("#rows .row").count() <= 2 * WINDOW_ROWS
    page.evaluate("scrollTo(0, 0)")
    row(page, "root").wait_for()


def wait_for_top(page: Page, row_id: str) -> None:
    """Until a row is just below what sticks above the rows."""
    page.wait_for_function(
        """id => Math.abs(document.getElementById(id)?.getBoundingClientRect().top
        - document.querySelector(".sticky").getBoundingClientRect().bottom) < 30""",
        arg=row_id,
    )


def test_place_is_in_the_address_and_comes_back(address: str, page: Page) -> None:
    page.goto(f"{address}/traces/{a_long_trace()}")
    page.evaluate("scrollTo(0, 12000)")
    row(page, "500").wait_for()
    page.wait_for_function("() => parseInt(location.hash.slice(2)) > 300")
    top_id = page.evaluate("location.hash.slice(1)")
    page.reload()
    wait_for_top(page, top_id)


def test_address_of_a_place_on_a_tall_screen_leads_there(address: str, page: Page) -> None:
    page.set_viewport_size({"width": 1440, "height": 2160})
    page.goto(f"{address}/traces/{a_long_trace()}")
    page.evaluate("scrollTo(0, 12000)")
    row(page, "500").wait_for()
    page.wait_for_function("() => location.hash")
    scrolled = int(page.evaluate("location.hash.slice(2)")) + 25
    page.mouse.wheel(0, 24 * 30)  # within the rows that were brought
    page.wait_for_function(f"() => Number(location.hash.slice(2)) > {scrolled}")
    place = page.url
    page.goto("about:blank")
    page.goto(place)
    wait_for_top(page, place.partition("#")[2])


def test_rows_are_turned_by_links_with_the_span_still_open(address: str, without_script: Page) -> None:
    page = without_script
    page.goto(f"{address}/traces/{a_long_trace()}")
    row(page, "3").locator(".what").click()
    page.get_by_role("link", name="next rows").first.click()
    page.get_by_text(f"Rows {WINDOW_ROWS + 1} to {2 * WINDOW_ROWS} of {ROWS:,}").first.wait_for()
    assert page.locator("[data-open-span]").count() == 1
    page.get_by_role("link", name="close").click()
    page.locator("[data-open-span]").wait_for(state="detached")
    page.get_by_text(f"Rows {WINDOW_ROWS + 1} to {2 * WINDOW_ROWS} of {ROWS:,}").first.wait_for()
    page.get_by_role("link", name="last", exact=True).first.click()
    row(page, str(ROWS - 1)).wait_for()


def test_row_is_collapsed_and_expanded(address: str, reader: Page) -> None:
    reader.goto(f"{address}/traces/{store(CHECKOUT)}")
    row(reader, "checkout").get_by_role("link", name="Collapse").click()
    row(reader, "payment").wait_for(state="detached")
    assert row(reader, "checkout").get_attribute("aria-expanded") == "false"
    assert row(reader, "checkout").locator(".hides").inner_text() == "+2"
    assert f"shut={span_id('checkout').hex()}" in reader.url
    row(reader, "checkout").get_by_role("link", name="Expand").click()
    row(reader, "payment").wait_for()
    reader.go_back()
    row(reader, "payment").wait_for(state="detached")


def test_levels_are_a_click_away(address: str, reader: Page) -> None:
    reader.goto(f"{address}/traces/{store([a_span('a'), a_span('b', 'a'), a_span('c', 'b')])}")
    reader.get_by_role("link", name="collapse all").click()
    row(reader, "b").wait_for(state="detached")
    reader.get_by_role("link", name="One level more").click()
    row(reader, "b").wait_for()
    assert row(reader, "c").count() == 0
    reader.get_by_role("link", name="expand all").click()
    row(reader, "c").wait_for()


def test_next_error_is_brought_into_view_from_anywhere(address: str, reader: Page) -> None:
    reader.goto(f"{address}/traces/{a_long_trace()}")
    reader.get_by_role("link", name="next error").click()
    failed = row(reader, str(ROWS - 2))
    failed.wait_for()
    reader.wait_for_function("id => document.getElementById(id).getBoundingClientRect().top < innerHeight", arg=(
        failed.get_attribute("id")
    ))  # fmt: skip


def test_dragging_on_the_ruler_zooms_and_the_way_back_is_a_key(address: str, page: Page) -> None:
    page.goto(f"{address}/traces/{store(CHECKOUT)}")
    box = page.locator("#ruler").bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + 8)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 8, steps=4)
    page.mouse.up()
    page.wait_for_url("**t0=*")
    page.get_by_role("link", name="whole trace").wait_for()
    assert row(page, "checkout").locator("use").count() == 2
    page.keyboard.press("0")
    page.wait_for_url(lambda url: "t0=" not in url)
    page.get_by_role("link", name="whole trace").wait_for(state="detached")


def test_dragging_on_the_minimap_zooms_and_a_click_goes_there(address: str, page: Page) -> None:
    page.goto(f"{address}/traces/{a_long_trace()}")
    box = page.locator("#minimap").bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] * 0.9)
    row(page, "905").wait_for()
    box = page.locator("#minimap").bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] * 0.1, box["y"] + 30)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.2, box["y"] + 30, steps=4)
    page.mouse.up()
    page.wait_for_url("**t0=*")


def test_rows_are_walked_opened_and_collapsed_by_key(address: str, page: Page) -> None:
    page.goto(f"{address}/traces/{store(CHECKOUT)}")
    page.keyboard.press("j")
    assert focused(page) == span_id("checkout").hex()
    page.keyboard.press("ArrowDown")
    assert focused(page) == span_id("auth").hex()
    page.keyboard.press("Enter")
    page.locator(f"[data-open-span='{span_id('auth').hex()}']").wait_for()
    page.keyboard.press("Escape")
    page.locator("[data-open-span]").wait_for(state="detached")
    page.wait_for_function("id => document.activeElement.closest('.row')?.dataset.spanId === id", arg=(
        span_id("auth").hex()
    ))  # fmt: skip
    page.keyboard.press("ArrowLeft")
    assert focused(page) == span_id("checkout").hex()
    page.keyboard.press("ArrowLeft")
    row(page, "auth").wait_for(state="detached")
    page.wait_for_function("id => document.activeElement.closest('.row')?.dataset.spanId === id", arg=(
        span_id("checkout").hex()
    ))  # fmt: skip
    page.keyboard.press("ArrowRight")
    row(page, "auth").wait_for()


def test_keys_go_to_the_ends_of_a_long_trace(address: str, page: Page) -> None:
    page.goto(f"{address}/traces/{a_long_trace()}")
    page.keyboard.press("j")
    page.keyboard.press("End")
    row(page, str(ROWS - 1)).wait_for()
    page.wait_for_function("id => document.activeElement.closest('.row')?.dataset.spanId === id", arg=(
        span_id(str(ROWS - 1)).hex()
    ))  # fmt: skip
    page.keyboard.press("Home")
    row(page, "root").wait_for()


def test_spans_that_arrive_are_news_and_the_rows_stay_until_they_are_asked_for(address: str, page: Page) -> None:
    trace_id = a_long_trace()
    page.goto(f"{address}/traces/{trace_id}")
    stored = queries.trace_summary(bytes.fromhex(trace_id))
    assert stored
    Writer().write([a_span("late", "root")._replace(trace_id=stored.trace_id, start_ns=stored.start_ns + 1)])
    page.evaluate("scrollTo(0, document.body.scrollHeight / 2)")
    page.get_by_text("1 new span").wait_for()
    assert row(page, "late").count() == 0
    with page.expect_navigation():  # loaded: a page that is still to find its place would scroll there afterwards
        page.get_by_role("link", name="Draw anew").click()
    page.get_by_text("1 new span").wait_for(state="detached")
    page.evaluate("scrollTo(0, 0)")
    row(page, "late").wait_for()


def test_widths_are_dragged_and_remembered(address: str, page: Page) -> None:
    page.goto(f"{address}/traces/{store(CHECKOUT)}")
    grip = page.locator(".corner .grip").bounding_box()
    assert grip
    page.mouse.move(grip["x"] + 4, grip["y"] + 8)
    page.mouse.down()
    page.mouse.move(grip["x"] + 104, grip["y"] + 8, steps=4)
    page.mouse.up()
    wider = page.locator(".corner .grip").bounding_box()
    assert wider
    assert abs(wider["x"] - grip["x"] - 100) < 3
    page.reload()
    again = page.locator(".corner .grip").bounding_box()
    assert again
    assert abs(again["x"] - wider["x"]) < 3


def test_widths_are_said_and_changed_by_keys(address: str, page: Page) -> None:
    page.goto(f"{address}/traces/{store(CHECKOUT)}?span={span_id('auth').hex()}")
    for name, wider in (("Width of the names", "ArrowRight"), ("Width of the panel", "ArrowLeft")):
        grip = page.get_by_role("separator", name=name)
        least, before, most = (int(grip.get_attribute(f"aria-value{word}") or "") for word in ("min", "now", "max"))
        assert least < before < most
        grip.focus()
        page.keyboard.press(wider)
        page.keyboard.press(wider)
        assert abs(int(grip.get_attribute("aria-valuenow") or "") - before - 32) <= 1


def test_rows_are_a_treegrid_to_a_screen_reader(address: str, page: Page) -> None:
    page.goto(f"{address}/traces/{a_long_trace()}")
    grid = page.get_by_role("treegrid", name="Spans")
    assert grid.get_attribute("aria-rowcount") == str(ROWS)
    first = grid.get_by_role("row").first
    assert [first.get_attribute(f"aria-{name}") for name in ("level", "rowindex", "expanded")] == ["1", "1", "true"]


def test_panel_on_a_narrow_screen_does_not_cover_the_row_it_is_about(address: str, page: Page) -> None:
    page.set_viewport_size({"width": 800, "height": 900})
    page.goto(f"{address}/traces/{a_long_trace()}")
    row(page, "15").locator(".what").click()
    page.locator("[data-open-span]").wait_for()
    page.wait_for_function(
        """id => document.querySelector(`[data-span-id="${id}"]`).getBoundingClientRect().bottom
        <= document.getElementById("panel").getBoundingClientRect().top""",
        arg=span_id("15").hex(),
    )


def test_very_tall_screen_is_filled(address: str, page: Page) -> None:
    page.set_viewport_size({"width": 1280, "height": 3_600})
    page.goto(f"{address}/traces/{a_long_trace()}")
    row(page, "145").wait_for()
    page.evaluate("scrollTo(0, document.body.scrollHeight / 2)")
    row(page, "560").wait_for()
    assert row(page, "440").count() == 1


def test_text_is_found_inside_the_trace_and_the_rest_hidden(address: str, reader: Page) -> None:
    reader.goto(f"{address}/traces/{a_long_trace()}")
    reader.get_by_label("Find in this trace").fill("99")
    reader.get_by_label("Find in this trace").press("Enter")
    row(reader, "99").wait_for()
    reader.get_by_role("link", name="Next match").click()
    row(reader, "199").wait_for()
    reader.get_by_role("link", name="only matches").click()
    reader.locator("[role=treegrid][aria-rowcount='20']").wait_for()
    assert row(reader, "199").count() == row(reader, "root").count() == 1
    reader.get_by_role("link", name="all rows").click()
    reader.locator(f"[role=treegrid][aria-rowcount='{ROWS}']").wait_for()


def test_matches_are_walked_by_key(address: str, page: Page) -> None:
    page.goto(f"{address}/traces/{a_long_trace()}")
    page.keyboard.press("f")
    page.keyboard.type("99")
    page.keyboard.press("Enter")
    at = "id => document.activeElement.closest('.row')?.dataset.spanId === id"
    page.wait_for_function(at, arg=span_id("99").hex())
    page.keyboard.press("n")
    page.wait_for_function(at, arg=span_id("199").hex())
    page.keyboard.press("p")
    page.wait_for_function(at, arg=span_id("99").hex())


def test_subtree_is_shown_alone_and_left_again(address: str, reader: Page) -> None:
    trace_id = store([a_span("a", length=50), a_span("b", "a", length=40), a_span("c", "b", start=2), a_span("d", "a")])
    reader.goto(f"{address}/traces/{trace_id}")
    row(reader, "b").locator(".what").click()
    reader.locator("[data-open-span]").wait_for()
    reader.get_by_role("link", name="only its subtree").click()
    row(reader, "a").wait_for(state="detached")
    assert reader.locator("#rows .row").count() == 2
    reader.locator(".crumbs").get_by_role("link", name="whole trace").click()
    row(reader, "d").wait_for()
