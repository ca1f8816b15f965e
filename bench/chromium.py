"""An address in, what a reader's Chromium made of it out: times, bytes on the wire, heap, elements.

Each visit has a browsing context of its own, so nothing is in a cache, while the browser's processes run already.
The moments count from the start of the navigation:

- rows: the first frame with a row in it is on the screen (as the browser tells: its first-contentful-paint; where
  something else came before the rows, as for a jump);
- complete: the last change of the document is painted, all that was asked for but the tab's icon has arrived, and
  the totals are there;
- a jump: from scrolling, or from the click on the link to the next rows, until the page's thread has painted a row
  in the middle of the window that is another than before.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, sync_playwright
from playwright.sync_api import Error as BrowserError

from tests.find_chromium import CHROMIUM_ARGUMENTS

__all__ = ["Browser", "BrowserError", "Jump", "Visit", "first_paint_ms", "launched", "visit", "visit_in"]

ROW = ".rows [data-span-id], [data-trace-id]"
SPAN = ".rows [data-span-id]"
NEXT = "#rows a[rel=next]"
TOTAL = "#total"  # has a figure when it has arrived
VIEWPORT = (1440, 900)
PATIENCE_MS = 120_000
IDLE_TAB_MS = 300  # a reader's tab is there already, and what opening it brought about is over
PAUSE_MS = 150  # between jumps, so that one's afterthoughts don't count for the next

_SELECTORS = json.dumps({"row": ROW, "span": SPAN, "next": NEXT})
_WATCH = f"({(Path(__file__).parent / 'watch.js').read_text()})({_SELECTORS})"
_FIRST_PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
_TOTALS_ARRIVED = f"[...document.querySelectorAll({TOTAL!r})].every(total => /\\d/.test(total.textContent))"


class Jump(NamedTuple):
    """To rows that weren't in view; `how`, in words."""

    how: str
    ms: float


class Visit(NamedTuple):
    """`heap_bytes` (after garbage collection) and `elements` are the most, with the jumps or without."""

    rows_ms: float
    complete_ms: float
    server_ms: float  # from the request to the answer's first byte
    wire_bytes: int  # all answers with their heads, as they came, until complete
    requests: int
    heap_bytes: int
    elements: int
    jumps: list[Jump]
    jump_requests: int  # of all jumps together


class _Wire:
    """What comes in over a page's connections."""

    def __init__(self, session: CDPSession) -> None:
        self.bytes = self.requests = 0
        session.on("Network.loadingFinished", self._finished)
        session.send("Network.enable")

    def _finished(self, event: dict[str, Any]) -> None:
        self.requests += 1
        self.bytes += int(event["encodedDataLength"])


@contextlib.contextmanager
def launched(executable: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=CHROMIUM_ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


def visit(browser: Browser, url: str, *, scale: int, jump_to: list[float]) -> Visit:
    """Raises BrowserError where the page fails or shows no rows. `jump_to`: shares of the trace, from 0 to 1."""
    width, height = VIEWPORT
    with browser.new_context(viewport={"width": width, "height": height}, device_scale_factor=scale) as context:
        return visit_in(context, url, jump_to)


def first_paint_ms(browser: Browser, url: str) -> float:
    """Until anything of a page is on the screen."""
    with browser.new_context() as context:
        context.route("**/favicon.ico", lambda route: route.abort())  # asked for where a page names no icon
        page = context.new_page()
        page.wait_for_timeout(IDLE_TAB_MS)
        page.goto(url)
        page.wait_for_function(f"{_FIRST_PAINT} !== undefined")
        return float(page.evaluate(_FIRST_PAINT))


def visit_in(context: BrowserContext, url: str, jump_to: list[float]) -> Visit:
    """The same, in a context that is at hand."""
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.add_init_script(_WATCH)
    session = context.new_cdp_session(page)
    wire = _Wire(session)
    page.wait_for_timeout(IDLE_TAB_MS)
    _open(page, url)
    result = page.evaluate("bench.result()")
    wire_bytes, requests = wire.bytes, wire.requests  # before more rows are fetched
    heap_bytes = _heap_bytes(session)
    jumps = _jumps(page, jump_to)
    return Visit(
        rows_ms=result["rows_ms"],
        complete_ms=result["complete_ms"],
        server_ms=result["server_ms"],
        wire_bytes=wire_bytes,
        requests=requests,
        heap_bytes=max(heap_bytes, _heap_bytes(session)),
        elements=max(result["elements"], page.evaluate("bench.result().elements")),
        jumps=jumps,
        jump_requests=wire.requests - requests,
    )


def _open(page: Page, url: str) -> None:
    """Returns when nothing comes any more."""
    answer = page.goto(url, wait_until="networkidle")
    if answer is None or answer.status != 200:
        raise BrowserError(f"{url} answered {answer and answer.status}")
    page.wait_for_function("bench.rows !== null")
    page.wait_for_function(_TOTALS_ARRIVED)


def _jumps(page: Page, jump_to: list[float]) -> list[Jump]:
    jumps = []
    for share in jump_to:
        jump = Jump(**page.evaluate("share => bench.jump(share)", share))
        if not jump.how:
            break
        jumps.append(jump)
        page.wait_for_timeout(PAUSE_MS)
    return jumps


def _heap_bytes(session: CDPSession) -> int:
    session.send("HeapProfiler.collectGarbage")
    return int(session.send("Runtime.getHeapUsage")["usedSize"])
