"""How a reader searches: filters, chips, pages, orders, the box for any id, keys. With JavaScript and without."""

from __future__ import annotations

import re
import time
from secrets import token_bytes, token_hex
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import settle
from tests.core.drawing import a_span, span_id
from traces.core.span import Span, Status
from traces.core.timescale import SECOND
from traces.store import Writer

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route


def store(*spans: Span) -> str:
    """The id of the new trace; times count from half a minute ago."""
    trace_id, zero_ns = token_bytes(16), time.time_ns() - 30 * SECOND
    Writer().write([span._replace(trace_id=trace_id, start_ns=span.start_ns + zero_ns) for span in spans])
    return trace_id.hex()


def listed(page: Page) -> list[str]:
    rows = page.locator("[data-trace-id]")
    return [rows.nth(n).get_attribute("data-trace-id") or "" for n in range(rows.count())]


def wait_for(page: Page, *ids: str) -> None:
    """Until exactly these traces are listed, in this order."""
    page.locator("[data-trace-id]").nth(len(ids) - 1).wait_for()
    for id in ids:
        page.locator(f"[data-trace-id='{id}']").wait_for()
    page.locator("[data-trace-id]").nth(len(ids)).wait_for(state="detached")
    assert listed(page) == list(ids)


def test_filters_become_chips_and_the_address_keeps_them(address: str, reader: Page) -> None:
    failed = store(a_span("a", service="checkout", status=Status.ERROR))
    fine = store(a_span("b", service="checkout", start=1))
    other = store(a_span("c", service="billing", start=2))
    reader.goto(address)
    wait_for(reader, other, fine, failed)
    reader.get_by_label("Service").fill("checkout")
    reader.get_by_role("button", name="Search").click()
    reader.wait_for_url("**/?service=checkout")
    wait_for(reader, fine, failed)
    reader.goto(f"{address}/?service=checkout&status=error&q=x%3Dy")
    reader.get_by_role("link", name="Remove x=y").click()
    reader.wait_for_url("**/?service=checkout&status=error")
    wait_for(reader, failed)
    reader.get_by_role("link", name="Remove checkout · error").click()
    wait_for(reader, other, fine, failed)
    assert reader.url.rstrip("?") == f"{address}/"
    reader.go_back()
    reader.wait_for_url("**/?service=checkout&status=error")
    wait_for(reader, failed)
    assert reader.get_by_label("Service").input_value() == "checkout"


def test_two_chips_are_joined_to_hold_on_one_span_and_taken_apart_by_keyboard(address: str, reader: Page) -> None:
    apart = store(a_span("a", service="checkout"), a_span("b", "a", service="cart", attributes={"user.id": "42"}))
    together = store(a_span("c", service="checkout", start=1, attributes={"user.id": "42"}))
    reader.goto(f"{address}/?service=checkout&q=user.id%3D42")
    wait_for(reader, together, apart)
    chip = reader.locator(".chips summary", has_text="user.id=42")
    chip.press("Enter")
    reader.get_by_role("link", name="On one span with checkout").press("Enter")
    reader.wait_for_url("**/?q=%7Bservice%3Dcheckout+user.id%3D42%7D")
    wait_for(reader, together)
    assert reader.get_by_label("Service", exact=True).input_value() == ""
    reader.locator(".chips summary", has_text="service=checkout · user.id=42").press("Enter")
    reader.get_by_role("link", name="take apart").press("Enter")
    reader.wait_for_url("**/?q=service%3Dcheckout+user.id%3D42")
    wait_for(reader, together, apart)
    reader.go_back()
    wait_for(reader, together)


def test_orders_and_pages_are_links_and_the_way_back_is_the_browsers(address: str, reader: Page) -> None:
    ids = [store(a_span(f"n{n}", start=n, length=1 + n)) for n in range(5)]
    newest = ids[::-1]
    reader.goto(f"{address}/?limit=2")
    wait_for(reader, *newest[:2])
    reader.get_by_role("link", name="next page").click()
    wait_for(reader, *newest[2:4])
    late = store(a_span("late", start=60_000))
    reader.get_by_text("last hour, as of").wait_for()
    reader.get_by_role("link", name="next page").click()
    wait_for(reader, newest[4])
    reader.go_back()
    wait_for(reader, *newest[2:4])
    reader.get_by_role("link", name="now", exact=True).click()
    wait_for(reader, late, newest[0])
    reader.get_by_role("link", name="Duration").click()
    reader.wait_for_url("**/?sort=duration&limit=2")
    wait_for(reader, newest[0], newest[1])


def test_exact_range_is_typed_and_taken_away(address: str, reader: Page) -> None:
    old, new = store(a_span("old", start=-90_000_000)), store(a_span("new"))
    reader.goto(address)
    wait_for(reader, new)
    reader.get_by_text("Exact time range").click()
    reader.get_by_role("textbox", name="From").fill("2026-01-01T00:00:00Z")
    reader.get_by_role("button", name="Search").click()
    wait_for(reader, new, old)
    assert reader.get_by_role("textbox", name="From").input_value() == "2026-01-01T00:00:00Z"
    reader.get_by_role("link", name="Remove from").click()
    wait_for(reader, new)


@pytest.mark.parametrize("box", ["Attributes or trace id", "Trace id or condition"])
def test_pasted_log_line_opens_the_span(address: str, reader: Page, box: str) -> None:
    trace_id = store(a_span("root"), a_span("leaf", "root", attributes={"card": "visa"}))
    reader.goto(f"{address}/{'send' if box == 'Trace id or condition' else ''}")
    reader.get_by_label(box).fill(f"ERROR declined trace_id={trace_id} span_id={span_id('leaf').hex()}")
    reader.get_by_label(box).press("Enter")
    reader.wait_for_url(f"**/traces/{trace_id}?span={span_id('leaf').hex()}")
    reader.get_by_text("visa").wait_for()


def test_value_without_a_key_is_found_and_leads_to_its_search(address: str, reader: Page) -> None:
    order = f"order-{token_hex(4)}"
    trace_id = store(a_span("root"), a_span("leaf", "root", attributes={"order.id": order}))
    reader.goto(address)
    reader.get_by_label("Attributes or trace id").fill(order)
    reader.get_by_role("button", name="Search").click()
    reader.get_by_text(f"{order} is the value of").wait_for()
    wait_for(reader, trace_id)
    reader.get_by_role("link", name=f"order.id = {order}").click()
    reader.wait_for_url(f"**/?last=all&q=order.id%3D{order}")
    wait_for(reader, trace_id)
    assert reader.get_by_label("Attributes or trace id").input_value() == f"order.id={order}"


def test_where_nothing_is_found_each_condition_leads_to_what_it_finds(address: str, reader: Page) -> None:
    trace_id = store(a_span("root", service="checkout"))
    reader.goto(f"{address}/?service=checkout&q=user.id%3Dnobody")
    reader.get_by_role("heading", name="No trace found").wait_for()
    reader.locator(".conditions").get_by_role("link", name="checkout").click()
    reader.wait_for_url("**/?service=checkout")
    wait_for(reader, trace_id)


def test_whole_row_is_the_link_to_its_trace(address: str, reader: Page) -> None:
    trace_id = store(a_span("root"))
    reader.goto(address)
    # The link lies over the whole row.
    reader.locator("[data-trace-id] .who").click(force=True)
    reader.wait_for_url(f"**/traces/{trace_id}")


def test_number_comes_after_the_list(address: str, page: Page) -> None:
    for n in range(3):
        store(a_span(f"n{n}", start=n))
    held: list[Route] = []
    page.route("**/*total=1*", lambda route: held.append(route))
    with page.expect_request("**/*total=1*"):
        page.goto(f"{address}/?limit=2")
    assert page.locator("[data-trace-id]").count() == 2
    height = page.locator(".results").bounding_box()
    held[0].continue_()
    page.locator("span#total").get_by_text("3 traces").wait_for()
    assert page.locator(".results").bounding_box() == height


def test_number_is_a_link_without_javascript(address: str, browser: Browser) -> None:
    for n in range(3):
        store(a_span(f"n{n}", start=n))
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{address}/?limit=2")
        page.get_by_role("link", name="count the traces").click()
        page.get_by_text("3 traces", exact=True).wait_for()
        assert page.locator("[data-trace-id]").count() == 2


def test_list_stays_where_counting_it_fails(address: str, page: Page) -> None:
    for n in range(3):
        store(a_span(f"n{n}", start=n))
    page.route("**/*total=1*", lambda route: route.fulfill(status=503, body="away"))
    page.goto(f"{address}/?limit=2")
    page.get_by_role("link", name="count the traces").wait_for()
    assert page.locator("[data-trace-id]").count() == 2


def test_choice_is_in_force_at_once(address: str, page: Page) -> None:
    failed = store(a_span("a", status=Status.ERROR))
    store(a_span("b", start=1))
    page.goto(address)
    page.get_by_label("Status").select_option("error")
    page.wait_for_url("**/?status=error")
    wait_for(page, failed)
    page.get_by_label("Time").select_option("24h")
    page.wait_for_url("**/?status=error&last=24h")
    wait_for(page, failed)


def test_older_request_is_cancelled_by_a_newer_one(address: str, page: Page) -> None:
    failed = store(a_span("a", status=Status.ERROR))
    store(a_span("b", status=Status.OK, start=1))
    page.goto(address)
    held: list[Route] = []
    page.route("**/*status=ok*", lambda route: held.append(route))
    with page.expect_event("requestfailed", lambda request: "status=ok" in request.url):
        with page.expect_request("**/*status=ok*"):
            page.get_by_label("Status").select_option("ok")
        page.get_by_label("Status").select_option("error")
    page.wait_for_url("**/?status=error")
    wait_for(page, failed)


def test_operations_follow_the_service(address: str, page: Page) -> None:
    store(a_span("a", service="checkout", name="POST /pay"))
    store(a_span("b", service="billing", name="Charge"))
    page.goto(address)
    page.get_by_label("Service").fill("billing")
    page.get_by_label("Service").press("Tab")
    page.locator("#operation-names option").first.wait_for(state="attached")
    names = page.locator("#operation-names option")
    assert [names.nth(n).get_attribute("value") for n in range(names.count())] == ["Charge"]
    assert page.url.rstrip("/") == address


def test_mistake_is_said_beside_its_field_and_nothing_typed_is_lost(address: str, page: Page) -> None:
    store(a_span("a", service="checkout"))
    page.goto(address)
    page.get_by_label("Service").fill("checkout")
    page.get_by_label("At least").fill("soon")
    page.get_by_label("At least").press("Enter")
    page.get_by_text("expected a duration such as 500ms").wait_for()
    assert page.get_by_label("At least").input_value() == "soon"
    assert page.get_by_label("Service").input_value() == "checkout"
    assert page.evaluate("document.activeElement.id") == "min_duration"
    page.get_by_label("At least").fill("1ns")
    page.get_by_label("At least").press("Enter")
    page.wait_for_url("**/?service=checkout&min_duration=1ns")
    assert len(listed(page)) == 1


def test_rows_are_walked_and_opened_by_keys(address: str, page: Page) -> None:
    ids = [store(a_span(f"n{n}", start=-10_000 * n)) for n in range(3)]
    page.goto(address)

    def focused() -> str:
        return str(page.evaluate("document.activeElement.closest('[data-trace-id]')?.dataset.traceId"))

    seen = []
    for key in ("j", "j", "ArrowDown", "j", "ArrowUp", "k"):
        page.keyboard.press(key)
        seen.append(focused())
    assert seen == [ids[0], ids[1], ids[2], ids[2], ids[1], ids[0]]
    page.get_by_label("Service").focus()
    page.keyboard.press("j")
    assert page.get_by_label("Service").input_value() == "j"
    page.locator("[data-trace-id] a").nth(1).focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/traces/{ids[1]}")


def test_slowest_users_of_an_operation_are_three_clicks_away(address: str, page: Page) -> None:
    for n, user in enumerate(("fast", "fast", "fast", "slow", "slow")):
        root = a_span("root", name="POST /checkout", start=n, length=20 if user == "fast" else 400)
        store(root, a_span("leaf", "root", start=n, length=1, attributes={"user.id": user}))
        store(a_span("other", name="GET /", start=n, length=900, attributes={"user.id": "other"}))
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(address)
    facets = page.locator(".facet")
    facets.filter(has_text="root operation").get_by_role("link", name="POST /checkout", exact=True).click()
    page.wait_for_url("**/?operation=POST+%2Fcheckout")
    facets.filter(has_text="user id").get_by_role("link", name="group by").click()
    page.locator(".groups").get_by_role("link", name="p95").click()
    page.wait_for_url("**/?operation=POST+%2Fcheckout&group=user.id&order=p95")
    assert page.locator(".groups tbody tr").first.inner_text().split()[0] == "slow"


def test_keyboard_goes_on_where_it_was_and_facets_stay_open(address: str, page: Page) -> None:
    page.set_viewport_size({"width": 1000, "height": 800})
    wanted = store(a_span("a", service="checkout"))
    store(a_span("b", service="billing", start=1))
    page.goto(f"{address}/?q=a!%3D1+or+duration>=0ns")
    page.get_by_text("Narrow by value").click()
    page.locator("#facets li").first.wait_for()
    settle(page)
    page.locator("#facets").get_by_role("link", name="checkout", exact=True).press("Enter")
    wait_for(page, wanted)
    assert page.evaluate("document.activeElement.className") == "side"
    page.locator("#facets .active").get_by_text("checkout").wait_for()
    settle(page)
    page.get_by_role("link", name="Remove checkout").press("Enter")
    page.locator(".chips li").nth(1).wait_for(state="detached")
    assert page.evaluate("document.activeElement.className") == "chips"
    settle(page)
    page.locator(".chips .remove").press("Enter")
    page.locator(".chips").wait_for(state="detached")
    assert page.evaluate("document.activeElement.id") == "q"


def test_first_trace_shows_up_by_itself(address: str, page: Page) -> None:
    page.clock.install()
    page.goto(address)
    page.get_by_role("heading", name="No traces yet").wait_for()
    snippet = page.locator(".snippet pre").first.inner_text()
    with page.expect_response(lambda answer: answer.status == 204):
        page.clock.run_for(3_000)
    assert page.locator(".snippet pre").first.inner_text() == snippet
    trace_id = store(a_span("first"))
    page.clock.run_for(3_000)
    wait_for(page, trace_id)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.clock.run_for(10_000)
    assert asked == []
    assert page.evaluate("history.length") == 2


@pytest.mark.parametrize("width", [800, 1440])
def test_long_names_and_many_chips_stay_in_the_window(address: str, browser: Browser, width: int) -> None:
    store(a_span("x", name="n" * 1_000, service="s" * 1_000, attributes={"user.id": "v" * 300}))
    store(*(a_span(f"s{n}", None if n == 0 else "s0", service=f"service-{n}-" + "x" * 40) for n in range(12)))
    words = "%20".join(f"{'k' * 60}{n}%3D{'v' * 60}" for n in range(12))
    with browser.new_context(viewport={"width": width, "height": 900}) as context:
        page = context.new_page()
        for path in ("/", f"/?q={words}", f"/?q={'v' * 300}", "/send", f"/?min_duration={'x' * 300}"):
            page.goto(f"{address}{path}")
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        page.goto(f"{address}/?service=s&q={'%20'.join(f'key{n}%3Dvalue' for n in range(8))}")
        for n in range(9):
            page.locator(".chips summary").nth(n).press("Enter")
            assert page.evaluate("document.documentElement.scrollWidth") <= width, n
            menu = page.locator(".chips [open] > div").bounding_box()
            assert menu is not None
            assert menu["width"] > 200


def test_search_page_is_small(address: str, page: Page) -> None:
    for n in range(50):
        store(*(a_span(f"{n}-{k}", f"{n}-0" if k else None, service=f"s{k}") for k in range(4)))
    page.goto(address)
    assert len(listed(page)) == 50
    assert page.evaluate("document.querySelectorAll('*').length") < 3_000
    assert re.fullmatch(r"50 traces", page.locator("#total").inner_text())
