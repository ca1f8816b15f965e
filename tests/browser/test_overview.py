"""What all that matches looks like, and how a reader narrows it: with the mouse, by links, without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import complaints_of
from tests.browser.conftest import store as store_trace
from tests.core.drawing import a_span
from traces.core.span import Status

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with browser.new_context(viewport={"width": 1440, "height": 900}) as context:
        page = context.new_page()
        page.set_default_timeout(10_000)
        complaints = complaints_of(page)
        yield page
        assert complaints == []


def store(minutes_ago: int, milliseconds: int, user: str = "u1", *, fails: bool = False) -> str:
    status = Status.ERROR if fails else Status.UNSET
    span = a_span("root", start=-60_000 * minutes_ago, length=milliseconds, attributes={"user.id": user}, status=status)
    return store_trace([span])


def listed(page: Page) -> list[str]:
    ids: list[str] = page.locator("[data-trace-id]").evaluate_all("rows => rows.map(row => row.dataset.traceId)")
    return ids


def wait_for(page: Page, *ids: str) -> None:
    """Until exactly these are listed, and what stands above and beside them is there."""
    page.wait_for_function(
        "ids => String([...document.querySelectorAll('[data-trace-id]')].map(row => row.dataset.traceId)) === ids",
        arg=",".join(ids),
    )
    page.locator("#overview figure").first.wait_for()
    page.locator("#facets .facet").first.wait_for(state="attached")


def drag(page: Page, start: Locator, end: Locator) -> None:
    """From the middle of one to the middle of the other."""
    boxes = [spot.bounding_box() for spot in (start, end)]
    points = [(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2) for box in boxes if box]
    page.mouse.move(*points[0])
    page.mouse.down()
    page.mouse.move(*points[1], steps=3)
    page.mouse.up()


def squares(page: Page) -> Locator:
    """From left to right, upwards in each column."""
    return page.locator(".squares rect:has(title)")


def test_box_on_the_heat_map_narrows_time_and_duration(address: str, page: Page) -> None:
    old_slow, old, slow, fine = store(50, 900), store(50, 5), store(10, 900), store(10, 5)
    recent = store(9, 40)
    page.goto(address)
    wait_for(page, recent, fine, slow, old, old_slow)
    assert squares(page).count() == 5
    drag(page, squares(page).nth(3), squares(page).nth(4))
    wait_for(page, recent, slow)
    assert re.search(r"start=\d+&end=\d+&min_duration=\w+&max_duration=%3C\w+", page.url)
    page.go_back()
    wait_for(page, recent, fine, slow, old, old_slow)


def test_drag_across_the_bars_narrows_time_alone(address: str, page: Page) -> None:
    store(50, 5)
    second, third = store(30, 900), store(25, 5)
    store(3, 5)
    page.goto(f"{address}/?status=unset")
    bars = page.locator(".bars a")
    bars.nth(3).wait_for()
    drag(page, bars.nth(2), bars.nth(1))
    wait_for(page, third, second)
    assert re.search(r"\?status=unset&start=\d+&end=\d+$", page.url)


def test_click_on_a_bar_or_a_square_narrows_to_it_and_elsewhere_does_nothing(address: str, page: Page) -> None:
    old, new = store(50, 5), store(3, 900)
    page.goto(address)
    wait_for(page, new, old)
    before = page.url
    page.locator(".squares").click(position={"x": 300, "y": 50})
    page.locator(".bars").click(position={"x": 300, "y": 5})
    assert page.url == before
    page.locator(".bars a").first.locator(".hit").click()
    wait_for(page, old)
    page.go_back()
    wait_for(page, new, old)
    squares(page).last.click()
    wait_for(page, new)


def test_escape_gives_a_box_up(address: str, page: Page) -> None:
    old, new = store(50, 5), store(3, 900)
    page.goto(address)
    wait_for(page, new, old)
    box = page.locator(".squares").bounding_box()
    assert box
    page.mouse.move(box["x"] + 10, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + 90, box["y"] + 60)
    assert page.locator(".squares .box").is_visible()
    before = page.url
    page.keyboard.press("Escape")
    page.mouse.up()
    assert not page.locator(".squares .box").is_visible()
    assert page.url == before


def test_list_stays_where_it_is_when_the_rest_arrives(address: str, page: Page) -> None:
    store(50, 5)
    held = []
    page.route("**/*total=1*", lambda route: held.append(route))
    page.goto(address, wait_until="load")
    page.wait_for_function("document.querySelectorAll('.late.htmx-request').length === 2")
    before = page.locator(".results").bounding_box()
    for route in held:
        route.continue_()
    page.locator("#overview figure").first.wait_for()
    page.locator("#facets .facet").first.wait_for()
    assert page.locator(".results").bounding_box() == before


def test_facets_go_in_and_out_and_group(address: str, reader: Page) -> None:
    """The same by links alone."""
    reader.set_viewport_size({"width": 1440, "height": 900})
    mine, other = store(3, 5, "mine"), store(2, 50, "other", fails=True)
    reader.goto(f"{address}/?total=1")
    facet = reader.locator(".facet", has_text="user id")
    facet.get_by_role("link", name="mine", exact=True).click()
    reader.wait_for_url("**/?q=user.id%3Dmine")
    assert listed(reader) == [mine]
    reader.goto(f"{reader.url}&total=1")
    reader.get_by_role("link", name="Take out mine").click()
    reader.wait_for_url(re.compile(r"/\??$"))
    assert sorted(listed(reader)) == sorted([mine, other])
    reader.goto(f"{address}/?total=1")
    facet.hover()
    facet.get_by_role("link", name="group by").click()
    reader.wait_for_url("**/?group=user.id")
    reader.get_by_role("link", name="p95", exact=True).and_(reader.locator(".groups a")).click()
    reader.wait_for_url("**/?group=user.id&order=p95")
    assert reader.locator(".groups td:first-child a:not(.not)").all_inner_texts() == ["other", "mine"]
    reader.locator(".groups").get_by_role("link", name="mine", exact=True).click()
    reader.wait_for_url("**/?q=user.id%3Dmine")
    assert listed(reader) == [mine]


def test_another_attribute_is_counted_and_grouped_by(address: str, page: Page) -> None:
    ids = [store(3 - n, 5, f"u{n}") for n in range(2)]
    page.goto(f"{address}/?status=unset")
    page.get_by_label("Values of another attribute").fill("user.id, nothing")
    page.get_by_label("Values of another attribute").press("Enter")
    page.wait_for_url("**/?status=unset&facets=user.id%2C+nothing*")
    wait_for(page, *ids[::-1])
    page.get_by_text("None of these traces has it").wait_for()
    page.get_by_label("Group by an attribute").fill("user.id")
    page.get_by_label("Group by an attribute").press("Enter")
    page.locator(".groups").get_by_role("link", name="u1", exact=True).click()
    wait_for(page, ids[1])
    assert page.locator("#facets").get_by_text("nothing", exact=True).is_visible()


def test_numbers_are_links_without_javascript(address: str, browser: Browser) -> None:
    slow = store(3, 900, fails=True)
    for n in range(4):
        store(3, 5 + n)
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(address)
        page.get_by_role("link", name="show all that matches at a glance").click()
        page.locator("#overview").get_by_role("link", name="narrow to slowest 5 %").click()
        page.wait_for_url("**/?min_duration=900ms")
        assert listed(page) == [slow]


def test_facets_are_folded_where_there_is_no_room(address: str, page: Page) -> None:
    store(3, 5, "mine")
    page.set_viewport_size({"width": 800, "height": 900})
    page.goto(address)
    page.locator("#facets .facet").first.wait_for(state="attached")
    assert not page.get_by_role("link", name="mine", exact=True).is_visible()
    page.get_by_text("Narrow by value").click()
    page.get_by_role("link", name="mine", exact=True).click()
    page.wait_for_url("**/?q=user.id%3Dmine")


@pytest.mark.parametrize("width", [800, 1300, 1440])
def test_nothing_is_wider_than_the_window(address: str, page: Page, width: int) -> None:
    for n in range(12):
        store(n * 4, 10**n % 7_919 + 1, "v" * 300 + str(n), fails=n % 3 == 0)
    page.set_viewport_size({"width": width, "height": 900})
    for query in ("", "?group=user.id"):
        page.goto(f"{address}/{query}")
        page.locator("#overview figure").first.wait_for()
        page.locator("#facets .facet").first.wait_for(state="attached")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        room = page.locator(".listed").bounding_box()
        assert room
        assert room["width"] > width - 300
