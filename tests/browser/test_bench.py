"""What the bench measures of a page: no moment is taken before what it is the moment of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pytest

from bench.browser import HUGE, Opened, rows_of
from bench.chromium import Jump, Visit, visit_in
from bench.finished_file import served_copy

if TYPE_CHECKING:
    from playwright.sync_api import Browser

LATER_MS = 150
# 10,000 rows of which eighty are drawn, some time after one scrolled to them.
SCROLLED = """
let first = 0;
function draw() {
  first = Math.max(0, Math.floor(scroller.scrollTop / 24) - 10);
  const rows = Array.from({ length: 80 }, (_, n) => `<li data-span-id="${first + n}">${first + n}</li>`);
  document.querySelector("#rows").innerHTML =
    `<div style="height: ${first * 24}px"></div><ol class="rows">${rows.join("")}</ol>` +
    `<div style="height: ${(10000 - first - 80) * 24}px"></div>`;
}
setTimeout(draw, LATER_MS);
document.addEventListener("scroll", () => setTimeout(draw, LATER_MS), true);
"""
PAGE_SCROLLS = "const scroller = document.scrollingElement;" + SCROLLED
WINDOW_SCROLLS = (
    """
const scroller = document.querySelector("#rows");
scroller.style = "height: 100vh; overflow: auto";
"""
    + SCROLLED
)
LINKED = """
const page = (number) =>
  `<ol class="rows"><li style="height: 100vh" data-span-id="${number}">${number}</li></ol>` +
  (number < 2 ? `<a rel="next" href="#">next</a>` : "");
const show = (number) => setTimeout(() => {
  document.querySelector("#rows").innerHTML = page(number);
  document.querySelector("a")?.addEventListener("click", () => show(number + 1));
}, LATER_MS);
show(0);
"""
PAGE = """<!doctype html><style>* {{ margin: 0; padding: 0 }} li {{ height: 24px }}</style><h1>Trace</h1>
<div id="rows"></div><script>const LATER_MS = {later_ms};{script}</script>"""


@pytest.mark.parametrize(
    ("script", "how", "jumps"),
    [
        (PAGE_SCROLLS, "scrolled", 3),
        (WINDOW_SCROLLS, "scrolled", 3),
        (LINKED, "followed the link to the next rows", 2),
    ],
    ids=["the page scrolls", "the window scrolls", "links"],
)
def test_rows_count_from_when_they_are_drawn(browser: Browser, script: str, how: str, jumps: int) -> None:
    page = PAGE.format(later_ms=LATER_MS, script=script)
    with browser.new_context() as context:
        context.route("**/*", lambda route: route.fulfill(content_type="text/html", body=page))
        visit = visit_in(context, "http://bench.test/", jump_to=[0.5, 1.0, 0.0])
    assert visit.complete_ms >= visit.rows_ms >= LATER_MS
    assert [jump.how for jump in visit.jumps] == [how] * jumps
    assert all(LATER_MS <= jump.ms < 20 * LATER_MS for jump in visit.jumps)
    assert 0 < visit.heap_bytes < 10_000_000


def test_place_that_is_always_slow_fails_and_one_slow_moment_does_not() -> None:
    assert marks(jumps_ms=[[20, 300, 20], [20, 30, 20], [20, 30, 20]])["next window"]
    assert not marks(jumps_ms=[[20, 30, 120], [20, 30, 120], [20, 30, 20]])["next window"]


def test_median_time_and_largest_heap_are_judged() -> None:
    passed = marks(rows_ms=[100, 599, 2_000], heap_bytes=[1, 2, 10_000_001])
    assert passed["rows"]
    assert not passed["held by the browser"]


def marks(
    *,
    rows_ms: Sequence[float] = (1, 1, 1),
    heap_bytes: Sequence[int] = (1, 1, 1),
    jumps_ms: Sequence[Sequence[float]] = ((1,), (1,), (1,)),
) -> dict[str, bool | None]:
    """What was measured of a trace, and whether it is good enough; of three visits."""
    visits = [
        Visit(rows, rows, 1, 1, 1, heap, 1, [Jump("scrolled", ms) for ms in jumps], 1)
        for rows, heap, jumps in zip(rows_ms, heap_bytes, jumps_ms, strict=True)
    ]
    return {row.what.removeprefix("trace: "): row.passed for row in rows_of(Opened("trace", HUGE, visits))}


def test_finished_file_looks_like_the_page_and_asks_for_nothing(browser: Browser, address: str) -> None:
    with served_copy(f"{address}/send") as url, browser.new_context() as context:
        page = context.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(url)
        assert page.locator("nav").is_visible()
        assert page.evaluate("document.styleSheets.length") == 1
        assert [one for one in asked if not one.endswith(("/", ".svg", ".ico"))] == []
