"""The panel beside the waterfall: copied from, searched from, unfolded and closed, by mouse and by keys."""

from __future__ import annotations

from collections.abc import Iterator
from secrets import token_hex
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import settle, store
from tests.core.drawing import a_span, span_id, spans_of
from traces.core.span import Event, Status
from traces.core.timescale import MILLISECOND

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

STACK = "\n".join(
    ["Error: no", *(f"    at f{n} (/app/node_modules/x.js:{n})" for n in range(58)), "    at own (/app/x.js:1)"]
)
BODY = '{"order":{"id":1234},"items":["A-1","B-7"]}'
AUTH, PAYMENT = span_id("auth").hex(), span_id("payment").hex()


@pytest.fixture
def shop(address: str) -> str:
    """The address of a trace whose payment carries much."""
    root, auth, payment = spans_of("""
        checkout      |==================|
          auth        |==|
          payment          |=============|
    """)
    attributes = {f"key.{n}": n for n in range(20)} | {
        "user.id": "u 42",
        "body": BODY,
    }
    trace_id = store([root, auth, payment._replace(attributes=attributes)])
    return f"{address}/traces/{trace_id}"


@pytest.fixture
def failed(address: str) -> str:
    """The address of a span with events and an exception; times count from its start."""
    events = [Event(n * MILLISECOND, f"e{n}", {"text": "x" * 600}) for n in range(8)]
    events.append(Event(9 * MILLISECOND, "exception", {"exception.type": "Failed", "exception.stacktrace": STACK}))
    span = a_span("x", length=10, events=tuple(events))
    trace_id = store([span])
    return f"{address}/traces/{trace_id}?span={span.span_id.hex()}"


@pytest.fixture
def copying(browser: Browser) -> Iterator[Page]:
    """A tab that may use the clipboard."""
    with browser.new_context(permissions=["clipboard-read", "clipboard-write"]) as context:
        yield context.new_page()


def clipboard(page: Page) -> str:
    return str(page.evaluate("navigator.clipboard.readText()"))


def line(key: str) -> str:
    return f"#panel .lines > div:has(dt:text-is('{key}'))"


def test_value_is_copied_as_it_was_sent_and_that_is_said(shop: str, copying: Page) -> None:
    copying.goto(f"{shop}?span={PAYMENT}")
    for key, text in (("user.id", "u 42"), ("body", BODY), ("key.7", "7")):
        copying.locator(line(key)).hover()
        copying.locator(line(key)).get_by_label("Copy").click()
        copying.locator(line(key)).locator("[data-copied]").wait_for()
        assert clipboard(copying) == text
        assert copying.get_by_role("status").inner_text() == f"Copy {key}: done"
    copying.get_by_label("Copy span id").click()
    copying.locator(".icon[data-copied]").wait_for()
    assert clipboard(copying) == PAYMENT


def test_value_is_copied_where_the_browser_offers_no_clipboard(shop: str, copying: Page) -> None:
    copying.goto(f"{shop}?span={PAYMENT}")
    copying.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined, configurable: true})")
    copying.get_by_label("Copy user.id").click()
    copying.locator("[data-copied]").wait_for()
    copying.evaluate("delete navigator.clipboard")
    assert clipboard(copying) == "u 42"
    assert copying.evaluate("document.activeElement.ariaLabel") == "Copy user.id"


def test_copying_that_is_forbidden_says_so(shop: str, copying: Page) -> None:
    copying.goto(f"{shop}?span={PAYMENT}")
    copying.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('no')); }")
    copying.get_by_label("Copy user.id").click()
    copying.get_by_text("Not copied").wait_for()
    assert copying.locator("[data-copied]").count() == 0


def test_value_leads_to_the_traces_that_have_it(address: str, reader: Page) -> None:
    span = a_span("x", attributes={"user.id": f'"u" {token_hex(4)}'})
    ids = {store([span]) for _ in range(2)}
    store([a_span("other", attributes={"user.id": "u 7"})])
    reader.goto(f"{address}/traces/{min(ids)}?span={span.span_id.hex()}")
    reader.locator(line("user.id")).hover()
    reader.get_by_label("Traces with this user.id").click()
    reader.wait_for_url("**/?last=all&q=*")
    assert {row.get_attribute("data-trace-id") for row in reader.locator("[data-trace-id]").all()} == ids


def test_escape_closes_the_panel_and_comes_back_to_the_row(shop: str, page: Page) -> None:
    page.goto(shop)
    page.locator(f"[data-span-id='{AUTH}'] a").click()
    page.locator("[data-open-span]").wait_for()
    settle(page)
    page.locator(f"[data-span-id='{PAYMENT}'] a").focus()
    page.keyboard.press("Enter")
    page.locator(f"[data-open-span='{PAYMENT}']").wait_for()
    assert page.locator("[data-span-id][aria-current]").get_attribute("data-span-id") == PAYMENT
    page.wait_for_function("() => document.getElementById('said').textContent.includes('payment')")
    settle(page)
    with page.expect_response("**/traces/**"):
        page.keyboard.press("Enter")
    page.wait_for_function("() => document.activeElement.tagName === 'H2'")
    page.keyboard.press("Escape")
    page.locator("[data-open-span]").wait_for(state="detached")
    page.wait_for_function(f"() => document.activeElement.closest('[data-span-id]')?.dataset.spanId === '{PAYMENT}'")
    assert page.locator("[data-span-id][aria-current]").count() == 0
    assert page.url == shop


def test_escape_in_a_text_field_leaves_the_panel_alone(shop: str, page: Page) -> None:
    page.goto(f"{shop}?span={PAYMENT}")
    page.get_by_label("Filter attributes").fill("key.1")
    page.keyboard.press("Escape")
    page.get_by_label("Filter attributes").blur()
    assert page.locator("[data-open-span]").count() == 1


def test_attributes_are_filtered_by_key_and_value(shop: str, page: Page) -> None:
    page.goto(f"{shop}?span={PAYMENT}")
    shown = page.locator("#panel .section:has([data-narrow]) .lines > div:visible")
    assert shown.count() == 22
    page.get_by_label("Filter attributes").fill("U 42")
    assert shown.count() == 1
    page.get_by_label("Filter attributes").fill("key.1")
    assert shown.count() == 11
    page.get_by_label("Filter attributes").fill("")
    assert shown.count() == 22


def test_mark_of_the_timeline_leads_to_its_event(failed: str, reader: Page) -> None:
    reader.goto(failed)
    entry = reader.locator("#event-1-8")
    entry.evaluate("entry => entry.closest('.panel').scrollTop = 0")
    reader.locator(".timeline a").last.click()
    reader.wait_for_url("**#event-1-8")
    box = entry.bounding_box()
    assert box
    assert box["y"] < 720
    assert reader.locator("[data-open-span]").count() == 1


def test_stack_trace_is_folded_to_the_programs_own_frames(failed: str, reader: Page) -> None:
    reader.goto(failed)
    stack = reader.locator("pre:has(.library)")
    library = stack.locator(".library > span")
    assert not library.is_visible()
    assert stack.get_by_text("at own (").is_visible()
    assert "58 lines" in str(stack.locator(".library").evaluate("e => getComputedStyle(e, '::before').content"))
    folded = stack.bounding_box()
    reader.get_by_text("Show all 60 lines").click()
    assert library.is_visible()
    unfolded = stack.bounding_box()
    assert folded
    assert unfolded
    assert folded["height"] < 100 < unfolded["height"] <= 480
    reader.locator("li.exception").get_by_text("Show less").click()
    assert not library.is_visible()


def test_whole_stack_trace_is_copied_though_it_is_folded(failed: str, copying: Page) -> None:
    copying.goto(failed)
    copying.get_by_label("Copy exception.stacktrace").click()
    copying.locator("[data-copied]").wait_for()
    assert clipboard(copying) == STACK


def test_sections_are_folded(shop: str, reader: Page) -> None:
    reader.goto(f"{shop}?span={PAYMENT}")
    assert reader.get_by_text("u 42").is_visible()
    reader.get_by_role("heading", name="Attributes").click()
    assert not reader.get_by_text("u 42").is_visible()


def test_json_is_shown_in_place_and_copied(shop: str, copying: Page) -> None:
    copying.goto(f"{shop}?span={PAYMENT}")
    copying.get_by_role("link", name="Show as JSON").click()
    copying.get_by_role("heading", name="JSON").wait_for()
    assert copying.url.partition("#")[0] == f"{shop}?span={PAYMENT}"
    copying.locator("details.raw").get_by_role("button", name="Copy").click()
    copying.locator("[data-copied]").wait_for()
    assert clipboard(copying).startswith('{\n  "trace_id"')


def test_span_is_copied_as_json_without_being_shown(shop: str, copying: Page) -> None:
    copying.goto(f"{shop}?span={PAYMENT}")
    copying.get_by_role("button", name="Copy the span as JSON").click()
    copying.locator("[data-copied]").wait_for()
    assert clipboard(copying) == copying.request.get(f"{shop}/spans/{PAYMENT}/json").text()
    assert "done" in copying.locator("#said").inner_text()
    copying.route("**/json", lambda route: route.abort())
    copying.get_by_role("button", name="Copy the span as JSON").click()
    copying.get_by_text("Not copied: the server doesn't give it").wait_for()


def test_trace_id_is_copied(shop: str, copying: Page) -> None:
    copying.goto(shop)
    copying.get_by_role("button", name="Copy trace id").click()
    copying.locator("[data-copied]").wait_for()
    assert clipboard(copying) == shop[-32:]


def test_opening_a_span_is_announced_once(shop: str, page: Page) -> None:
    page.goto(shop)
    page.locator(f"[data-span-id='{PAYMENT}'] .what").click()
    page.wait_for_function("() => document.getElementById('said').textContent.includes('payment payment is open')")
    assert page.locator("#panel").evaluate("panel => panel.closest('[aria-live], [role=status]')") is None


def test_parent_opens_with_its_row(shop: str, reader: Page) -> None:
    reader.goto(f"{shop}?span={PAYMENT}")
    reader.locator("#panel").get_by_role("link", name="checkout checkout").click()
    reader.wait_for_url(f"**?span={span_id('checkout').hex()}")
    assert reader.locator("[data-span-id][aria-current]").count() == 1


def test_without_a_script_nothing_is_offered_that_needs_one(shop: str, browser: Browser) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{shop}?span={PAYMENT}")
        assert page.locator("[data-copy]:visible, [data-narrow]:visible").count() == 0
        page.get_by_role("link", name="Show as JSON").click()
        page.wait_for_url("**/json")
        assert '"user.id": "u 42"' in page.content()


def wait_until_rows_are_live(page: Page) -> None:
    """Rows are drawn again when the analysis comes; before htmx has seen them, Enter follows the link as it stands."""
    page.wait_for_function("() => !document.querySelector('.htmx-request, .htmx-swapping, .htmx-settling')")
    page.wait_for_function("() => document.activeElement.closest('.what')?.['htmx-internal-data']?.initHash")


def test_keyboard_alone_leads_from_the_search_to_the_copied_error_message(address: str, copying: Page) -> None:
    spans = [a_span("root", length=90), *(a_span(f"step {n}", "root", start=n % 80) for n in range(300))]
    spans[250] = spans[250]._replace(status=Status.ERROR, status_message="card declined")
    store(spans)
    copying.goto(address)
    copying.keyboard.press("j")
    copying.keyboard.press("Enter")
    copying.locator("#next-error").wait_for()
    copying.keyboard.press("e")
    copying.wait_for_function("() => document.activeElement.closest('.row.error')")
    wait_until_rows_are_live(copying)
    copying.keyboard.press("Enter")
    copying.wait_for_function("() => document.getElementById('said').textContent.includes('is open')")
    copying.keyboard.press("Enter")
    copying.wait_for_function("() => document.activeElement.tagName === 'H2'")
    copying.keyboard.press("Tab")
    copying.wait_for_function("() => document.activeElement.ariaLabel === 'Copy the message'")
    copying.keyboard.press("Enter")
    copying.locator("[data-copied]").wait_for()
    assert clipboard(copying) == "card declined"
