"""What stands around every page: the zone of its times, light or dark, the box for a trace id."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import CHECKOUT, store
from tests.core.drawing import span_id

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


def ahead_of_utc(page: Page) -> timedelta:
    """By how much what the page's times show differs from what they mean; all of them by the same."""
    ahead = set()
    for time in page.locator("time").all():
        utc = datetime.fromisoformat(time.get_attribute("datetime") or "")
        ahead.add(datetime.fromisoformat(time.inner_text()) - utc.replace(tzinfo=None))
    assert len(ahead) == 1
    return ahead.pop()


def zones(page: Page) -> set[str]:
    return set(page.locator(".zone").all_inner_texts())


def test_times_are_in_the_readers_zone_from_the_first_page_on_and_utc_is_one_click_away(
    address: str, browser: Browser
) -> None:
    path = f"{address}/traces/{store(CHECKOUT)}"
    with browser.new_context(timezone_id="America/Phoenix") as context:
        page = context.new_page()
        page.goto(path)
        page.get_by_text("America/Phoenix").wait_for()  # once the page is painted
        assert (ahead_of_utc(page), zones(page)) == (timedelta(hours=-7), {"America/Phoenix"})
        # The first page was put right by a script, the panel and later pages come right from the server.
        page.locator(f"[data-span-id='{span_id('auth').hex()}'] a").click()
        page.locator("#panel .zone").wait_for()
        assert (ahead_of_utc(page), zones(page)) == (timedelta(hours=-7), {"America/Phoenix"})
        with page.expect_event("load"):
            page.locator("#panel .zone").click()
        assert (ahead_of_utc(page), zones(page)) == (timedelta(0), {"UTC"})
        assert page.locator("#panel [data-open-span]").count() == 1
        page.goto(address)
        assert zones(page) == {"UTC"}
        with page.expect_event("load"):
            page.locator(".zone").click()
        assert (ahead_of_utc(page), zones(page)) == (timedelta(hours=-7), {"America/Phoenix"})


def test_reader_who_travelled_sees_the_time_where_they_are(address: str, browser: Browser) -> None:
    with browser.new_context(timezone_id="America/Phoenix") as context:
        context.add_cookies([{"name": "zone", "value": "Europe/Berlin", "url": address}])
        page = context.new_page()
        for _ in ("at once", "and from the server"):
            page.goto(f"{address}/traces/{store(CHECKOUT)}")
            page.get_by_text("America/Phoenix").wait_for()
            assert (ahead_of_utc(page), zones(page)) == (timedelta(hours=-7), {"America/Phoenix"})


def test_zone_is_switched_without_a_script(address: str, browser: Browser) -> None:
    path = f"{address}/traces/{store(CHECKOUT)}?span={span_id('auth').hex()}"
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(path)
        assert page.locator(".zone").first.is_disabled()
        context.add_cookies([{"name": "zone", "value": "America/Phoenix", "url": address}])
        page.goto(path)
        assert ahead_of_utc(page) == timedelta(hours=-7)
        with page.expect_event("load"):
            page.locator(".zone").first.click()
        assert page.url == path
        assert (ahead_of_utc(page), zones(page)) == (timedelta(0), {"UTC"})


def background(page: Page) -> str:
    return str(page.evaluate("getComputedStyle(document.documentElement).backgroundColor"))


def choose(page: Page, theme: str) -> None:
    page.get_by_label("Light or dark").click()
    page.get_by_role("button", name=theme).click()


DARK, LIGHT = "rgb(22, 24, 28)", "rgb(255, 255, 255)"


def test_theme_is_chosen_and_remembered(address: str, reader: Page) -> None:
    reader.emulate_media(color_scheme="light")
    reader.goto(f"{address}/send")
    assert background(reader) == LIGHT
    choose(reader, "dark")
    reader.wait_for_function(f"() => getComputedStyle(document.documentElement).backgroundColor === '{DARK}'")
    reader.goto(address)
    assert background(reader) == DARK
    reader.emulate_media(color_scheme="dark")
    choose(reader, "light")
    reader.wait_for_function(f"() => getComputedStyle(document.documentElement).backgroundColor === '{LIGHT}'")
    choose(reader, "system")
    reader.wait_for_function(f"() => getComputedStyle(document.documentElement).backgroundColor === '{DARK}'")


def test_theme_changes_without_a_new_page_and_its_menu_closes(address: str, page: Page) -> None:
    page.goto(f"{address}/send")
    page.evaluate("window.same = true")
    choose(page, "dark")
    assert page.evaluate("window.same") is True
    assert page.locator(".menu[open]").count() == 0
    page.get_by_label("Light or dark").click()
    assert page.get_by_role("button", name="dark").get_attribute("aria-pressed") == "true"
    page.keyboard.press("Escape")
    assert page.locator(".menu[open]").count() == 0
    page.get_by_label("Light or dark").click()
    page.get_by_role("heading", name="Send traces").click()
    assert page.locator(".menu[open]").count() == 0


@pytest.mark.parametrize("path", ["/", "/send"])
def test_slash_goes_to_the_box_for_a_trace_id(address: str, page: Page, path: str) -> None:
    trace_id = store(CHECKOUT)
    page.goto(f"{address}{path}")
    page.keyboard.press("/")
    page.keyboard.type(trace_id)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/traces/{trace_id}")
