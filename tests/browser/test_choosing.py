"""Choosing rows by hand: repeats unfolded by key and by click, services hidden in the legend, the next wait."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import complaints_of, store
from tests.browser.test_waterfall import focused, row
from tests.core.drawing import a_span, span_id
from tests.pages.test_choosing import FOLDED, SHOP, WAITING

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A tab that fails the test where a script fails."""
    with browser.new_context(viewport={"width": 1280, "height": 720}) as context:
        page = context.new_page()
        complaints = complaints_of(page)
        yield page
        assert complaints == []


def names(page: Page) -> list[str]:
    ids = page.locator("[data-span-id].row").evaluate_all("rows => rows.map((row) => row.dataset.spanId)")
    return [bytes.fromhex(id).decode().strip("_") for id in ids]


def id_of(name: str) -> str:
    return span_id(name).hex()


def test_keys_unfold_repeats_and_fold_them_from_any_of_their_rows(address: str, page: Page) -> None:
    page.goto(f"{address}/traces/{store(SHOP)}")
    row(page, "s1").locator(".what").focus()
    page.keyboard.press("ArrowRight")
    row(page, "s2").wait_for()
    assert focused(page) == id_of("s1")
    assert f"apart={id_of('s1')}" in page.url
    page.keyboard.press("ArrowRight")
    assert focused(page) == id_of("s2")
    page.keyboard.press("ArrowLeft")
    row(page, "s2").wait_for(state="detached")
    page.wait_for_function("id => document.activeElement.closest('.row')?.dataset.spanId === id", arg=id_of("s1"))
    page.keyboard.press("ArrowLeft")
    assert focused(page) == id_of("root")
    page.go_back()
    row(page, "s5").wait_for()


def test_click_on_the_row_unfolds_it_and_a_key_all_of_them(address: str, page: Page) -> None:
    page.goto(f"{address}/traces/{store(SHOP)}")
    row(page, "s1").locator(".what").click()
    row(page, "s2").wait_for()
    assert row(page, "s1").get_attribute("aria-expanded") == "true"
    row(page, "s1").locator(".caret").click()
    row(page, "s2").wait_for(state="detached")
    page.keyboard.press("r")
    row(page, "s2").wait_for()
    assert "repeat=0" in page.url
    page.keyboard.press("r")
    row(page, "s2").wait_for(state="detached")
    assert names(page) == FOLDED


def test_next_error_is_found_in_a_folded_row(address: str, page: Page) -> None:
    page.goto(f"{address}/traces/{store(SHOP)}")
    row(page, "s1").wait_for()
    page.keyboard.press("e")
    row(page, "s3").wait_for()
    page.wait_for_function("id => document.activeElement.closest('.row')?.dataset.spanId === id", arg=id_of("s3"))


def test_row_unfolded_far_up_is_in_view_when_it_was_folded_from_below(address: str, page: Page) -> None:
    spans = [a_span("root", length=2_000)]
    spans += [a_span(f"g{n:03}", "root", n, service="s", name="x") for n in range(400)]
    spans += [a_span(f"o{n:03}", "root", 500 + n) for n in range(300)]
    page.goto(f"{address}/traces/{store(spans)}?apart={id_of('g000')}&at=390")
    page.wait_for_function("id => document.activeElement.closest('.row')?.dataset.spanId === id", arg=id_of("g389"))
    page.keyboard.press("ArrowLeft")
    page.wait_for_function("id => document.activeElement.closest('.row')?.dataset.spanId === id", arg=id_of("g000"))
    box = row(page, "g000").bounding_box()
    assert box
    assert 0 < box["y"] < 720


def test_legend_hides_a_service_and_shows_it_again(address: str, page: Page) -> None:
    page.goto(f"{address}/traces/{store(SHOP)}")
    page.get_by_title("Hide the spans of cart").click()
    page.get_by_text("6 spans of cart hidden").wait_for()
    assert names(page) == ["root", "db", "end"]
    assert page.evaluate("document.activeElement.title") == "Show the spans of cart"
    page.get_by_title("Show the spans of cart").click()
    row(page, "s1").wait_for()
    assert names(page) == FOLDED
    page.go_back()
    row(page, "s1").wait_for(state="detached")


def test_short_spans_are_hidden_from_a_menu(address: str, reader: Page) -> None:
    reader.goto(f"{address}/traces/{store(SHOP)}")
    reader.get_by_label(re.compile("Shortest span shown")).click()
    reader.get_by_role("link", name="spans ≥ 2 ms").click()
    reader.wait_for_url("**/*min=2ms*")
    reader.get_by_role("link", name="show all").click()
    reader.wait_for_url(lambda url: "min=" not in url)
    assert names(reader) == FOLDED


def test_key_goes_from_the_longest_wait_to_the_next(address: str, page: Page) -> None:
    page.goto(f"{address}/traces/{store(WAITING)}")
    page.locator("#next-gap").wait_for()
    page.keyboard.press("g")
    page.get_by_text("1 of 2, 27 ms").wait_for()
    assert "t0=6500000&t1=60500000" in page.url
    assert focused(page) == id_of("root")
    page.keyboard.press("g")
    page.get_by_text("2 of 2, 10 ms").wait_for()
    page.keyboard.press("g")
    page.get_by_text("1 of 2, 27 ms").wait_for()
