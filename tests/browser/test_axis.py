"""Squeezed gaps, colours and columns in the hand."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from tests.browser.conftest import store
from tests.core.drawing import a_span, span_id
from traces.core.span import Resource
from traces.core.timescale import HOUR, MILLISECOND

if TYPE_CHECKING:
    from playwright.sync_api import Page

MS = MILLISECOND
SHOP = Resource({"service.name": "shop", "region": "eu"})
QUEUED = [
    a_span("order", length=100, attributes={"user.id": 42}, resource=SHOP),
    a_span("work", "order", 0, 95),
    a_span("send", "order", 90, 10),
    a_span("receive", "send", 2 * HOUR // MS, 90, attributes={"user.id": 7}),
]


def cells(page: Page) -> list[str]:
    return page.locator("#rows .cell").all_inner_texts()


def test_stretch_dragged_across_a_squeezed_gap_is_the_one_that_was_seen(address: str, page: Page) -> None:
    page.set_viewport_size({"width": 1280, "height": 720})
    page.goto(f"{address}/traces/{store(QUEUED)}")
    page.locator("#squeeze").click()
    page.wait_for_url("**squeeze=1**")
    for picture in ("#ruler", "#minimap"):
        box = page.locator(picture).bounding_box()
        bar = page.locator(f"[data-span-id='{span_id('receive').hex()}'] .track rect").first.bounding_box()
        track = page.locator("#ruler").bounding_box()
        assert box
        assert bar
        assert track
        begins = box["x"] + (bar["x"] - track["x"]) / track["width"] * box["width"]
        y = box["y"] + box["height"] / 2
        page.mouse.move(box["x"] + box["width"] / 4, y)
        page.mouse.down()
        page.mouse.move(begins + 1, y, steps=3)
        page.mouse.up()
        page.wait_for_url("**t0=**")
        asked = parse_qs(urlsplit(page.url).query)
        assert 40 * MS < int(asked["t0"][0]) < 65 * MS
        assert abs(int(asked["t1"][0]) - 2 * HOUR) < 3 * MS
        page.locator("#zoom-reset").click()
        page.wait_for_url(lambda url: "t0=" not in url)


def test_keys_zoom_by_what_is_drawn(address: str, page: Page) -> None:
    page.goto(f"{address}/traces/{store(QUEUED)}?squeeze=1")
    page.keyboard.press("+")
    page.wait_for_url("**t0=**")
    asked = parse_qs(urlsplit(page.url).query)
    assert 0 < int(asked["t0"][0]) < 100 * MS
    assert 2 * HOUR < int(asked["t1"][0]) < 2 * HOUR + 90 * MS
    page.keyboard.press("-")
    page.wait_for_url(lambda url: "t0=" not in url)


def test_columns_come_and_go(address: str, reader: Page) -> None:
    reader.goto(f"{address}/traces/{store(QUEUED)}")
    reader.locator("summary", has_text="add column").click()
    reader.get_by_label("Show the attribute with this key as a column").fill("user.id")
    reader.keyboard.press("Enter")
    reader.locator("#rows .cell", has_text="42").wait_for()
    assert cells(reader) == ["42", "", "", "7"]
    assert "cols=user.id" in reader.url
    assert "column=" not in reader.url
    reader.get_by_label("Take away the column user.id").click()
    reader.locator("#rows .cell").first.wait_for(state="detached")


def test_attribute_of_the_open_span_becomes_a_column(address: str, reader: Page) -> None:
    reader.goto(f"{address}/traces/{store(QUEUED)}?span={span_id('order').hex()}")
    reader.locator(".lines > div", has_text="region").hover()
    reader.get_by_label("region as a column").click()
    reader.locator("#rows .cell", has_text="eu").wait_for()
    assert cells(reader) == ["eu", "", "", ""]
    assert reader.locator("[data-open-span]").count() == 1
    assert "cols=region" in reader.url


def test_rows_are_coloured_by_an_attribute(address: str, reader: Page) -> None:
    reader.goto(f"{address}/traces/{store(QUEUED)}")
    reader.locator("summary", has_text="colour").click()
    reader.get_by_label("Colour by the attribute with this key").fill("user.id")
    reader.keyboard.press("Enter")
    reader.locator("#colours").wait_for()
    assert reader.locator("#colours li").all_inner_texts() == ["42 1", "7 1", "absent 2", "in the 4 rows drawn here"]
    reader.locator("summary", has_text="colour").click()
    reader.get_by_role("link", name="service", exact=True).click()
    reader.locator("#colours").wait_for(state="detached")
