"""The other views of a trace: reached, sorted, narrowed and clicked, with JavaScript and without."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import CHECKOUT, store
from tests.core.drawing import a_span, span_id
from traces.core.span import Event, Status
from traces.core.timescale import MILLISECOND

if TYPE_CHECKING:
    from playwright.sync_api import Page

PAYMENT = span_id("payment").hex()


@pytest.fixture
def trace(address: str) -> str:
    event = Event(6 * MILLISECOND, "exception", {"exception.type": "Declined", "exception.message": "no"})
    failed = CHECKOUT[2]._replace(status=Status.ERROR, events=(event,))
    return f"{address}/traces/{store([*CHECKOUT[:2], failed, a_span('charge', 'payment', 6, 4)])}"


def expect_panel(page: Page, service: str) -> None:
    page.locator("#panel h2", has_text=service).wait_for()


def names(page: Page) -> list[str]:
    return [bytes.fromhex(id).decode().strip("_") for id in ids(page)]


def ids(page: Page) -> list[str]:
    found = page.locator("#rows [data-span-id]")
    return [str(found.nth(n).get_attribute("data-span-id")) for n in range(found.count())]


def test_each_view_is_a_click_away_and_leads_back(reader: Page, trace: str) -> None:
    reader.goto(trace)
    for name in ("flame", "table", "statistics", "graph", "events", "waterfall"):
        reader.locator(".views a", has_text=name).click()
        reader.locator(f".views a[aria-current=page]:text-is('{name}')").wait_for()
    assert reader.url.rstrip("?") == trace


def test_row_of_the_table_opens_the_panel_and_sorting_keeps_it(reader: Page, trace: str) -> None:
    reader.goto(f"{trace}?view=table")
    reader.locator("td.op a", has_text="payment").click()
    expect_panel(reader, "payment")
    reader.locator("th a", has_text="self").click()
    reader.locator("th[aria-sort=descending]", has_text="self").wait_for()
    assert names(reader) == ["payment", "charge", "auth", "checkout"]
    expect_panel(reader, "payment")
    assert reader.locator("#rows [aria-current=true]").count() == 1
    reader.locator(".panel-tools a", has_text="close").click()
    reader.locator("#panel:empty").wait_for(state="attached")
    assert "sort=self" in reader.url
    assert "span=" not in reader.url


def test_views_are_of_the_zoom_and_the_span_that_are_on_the_screen(reader: Page, trace: str) -> None:
    reader.goto(trace)
    reader.locator(".group a", has_text="zoom in").click()
    reader.locator("#zoom-reset").wait_for()
    reader.locator(".row .what", has_text="payment").click()
    expect_panel(reader, "payment")
    reader.locator(".views a", has_text="table").click()
    reader.locator(".chips li", has_text="within").wait_for()
    expect_panel(reader, "payment")
    reader.locator(".panel-tools a", has_text="close").click()
    reader.locator("#panel:empty").wait_for(state="attached")
    reader.locator(".views a", has_text="waterfall").click()
    reader.locator("#zoom-reset").wait_for()
    assert "span=" not in reader.url


def test_frame_zooms_in_and_opens_the_panel_and_the_path_leads_back(reader: Page, trace: str) -> None:
    reader.goto(f"{trace}?view=flame")
    reader.locator(f".flame a[data-span-id='{PAYMENT}']").click()
    expect_panel(reader, "payment")
    assert names(reader) == ["payment", "charge"]
    reader.locator(".crumbs a", has_text="whole trace").click()
    reader.locator(f"#rows [data-span-id='{span_id('auth').hex()}']").wait_for(state="attached")
    assert names(reader) == ["checkout", "auth", "payment", "charge"]
    expect_panel(reader, "payment")


def test_error_in_the_statistics_leads_to_its_span(reader: Page, trace: str) -> None:
    reader.goto(f"{trace}?view=statistics")
    reader.locator("td .errors").click()
    reader.locator(".chips li", has_text="status = error").wait_for()
    assert names(reader) == ["payment"]


def test_service_in_the_graph_leads_to_its_spans(reader: Page, trace: str) -> None:
    reader.goto(f"{trace}?view=graph")
    reader.locator(".graph a", has_text="charge").click()
    reader.locator(".chips li", has_text="service = charge").wait_for()
    assert names(reader) == ["charge"]


def test_event_opens_its_span(reader: Page, trace: str) -> None:
    reader.goto(f"{trace}?view=events")
    reader.locator("td a", has_text="Declined: no").click()
    expect_panel(reader, "payment")
    assert "view=events" in reader.url
