"""A load in, how pages open in Chromium out: a cold cache, device scale 1 and 2, every trace opened only once.

Of the times the median is judged, of the next window the median at its worst place, of bytes, heap and elements
the most that any visit had. Chromium shares the cores with the server, and draws without a graphics card.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import NamedTuple

from bench import big_trace, frames
from bench.chromium import Browser, BrowserError, Visit, first_paint_ms, launched, visit
from bench.connection import HOST
from bench.finished_file import served_copy
from bench.report import Row, yardstick
from bench.send import Feed, quantile, send
from bench.server import Server
from tests.find_chromium import find_chromium

RUNS = 7
SCALES = (1, 2)
MAX_HEAP_MB, MAX_ELEMENTS = 10, 3_000
# Somewhere, the very end and the beginning; the same places in every run.
PLACES = [*map(Random(7).uniform, [0] * 6, [1] * 6), 1.0, 0.0]


class Aim(NamedTuple):
    """At most; None where there is no aim."""

    rows_ms: float | None = None
    complete_ms: float | None = None
    wire_kb: float | None = None
    window_ms: float | None = None


class Opened(NamedTuple):
    """One page, opened several times at one scale."""

    what: str
    aim: Aim
    visits: list[Visit]


SMALL = Aim(rows_ms=150, wire_kb=60)
LARGE = Aim(rows_ms=250, wire_kb=100)
HUGE = Aim(rows_ms=600, wire_kb=120, window_ms=100)
SEARCH = Aim(complete_ms=150)
SEARCHES = {"newest": "/", "with an error": "/?status=error"}


def rows_of_browser(server: Server, file: Path, *, divisor: int) -> Iterator[Row]:
    """Takes an empty server; stores the file in it, opens pages, then stores ever larger traces and opens those."""
    executable = find_chromium()
    if executable is None:
        yield Row("pages in a browser", "", "no Chromium found: `python tests/find_chromium.py` gets one")
        return
    with launched(executable) as browser:
        bench = _Bench(browser, server)
        print(f"Chromium {browser.version}; {bench.yardsticks()}", flush=True)
        yield from bench.searches(file)
        yield from bench.small_traces(file)
        yield from bench.large_traces(10_000 // divisor, LARGE)
        yield from bench.large_traces(100_000 // divisor, HUGE)
        yield from bench.one_trace(1_000_000 // divisor)
        print(bench.yardsticks(), flush=True)


class _Bench:
    """The pages, each with what must be stored before it."""

    def __init__(self, browser: Browser, server: Server) -> None:
        self._browser, self._server = browser, server
        self._url = f"http://{HOST}:{server.port}"

    def yardsticks(self) -> str:
        """Before and after: what varied was the machine, or wasn't."""
        nothing_ms = quantile(
            [first_paint_ms(self._browser, f"{self._url}/static/traces/icon.svg") for _ in range(RUNS)], 0.5
        )
        return f"{yardstick()}; the smallest page, an icon, takes {nothing_ms:.0f} ms"

    def searches(self, file: Path) -> Iterator[Row]:
        sent = send(Feed(frames.read(file)), self._server.otlp_port, connections=4)
        self._server.settle()
        self._warm_up(frames.read_meta(file)["traces_of_25"][-1])
        for words, path in SEARCHES.items():
            what = f"search page over {sent.accepted:,} spans, {words}"
            yield from self._opened(what, SEARCH, [path] * RUNS * len(SCALES))

    def small_traces(self, file: Path) -> Iterator[Row]:
        trace_ids = frames.read_meta(file)["traces_of_25"]
        yield from self._opened("trace of 25 spans", SMALL, [f"/traces/{trace_id}" for trace_id in trace_ids])
        with served_copy(f"{self._url}/traces/{trace_ids[0]}") as url:
            times_ms = [first_paint_ms(self._browser, url) for _ in range(RUNS)]
        measured = f"median {quantile(times_ms, 0.5):.0f} ms of {min(times_ms):.0f} to {max(times_ms):.0f}"
        yield Row("the same as a finished file, no script, styles inside: rows", "", measured)

    def large_traces(self, size: int, aim: Aim) -> Iterator[Row]:
        trace_ids = big_trace.store(self._server, size, copies=RUNS * len(SCALES))
        yield from self._opened(f"trace of {size:,} spans", aim, [f"/traces/{trace_id}" for trace_id in trace_ids])

    def one_trace(self, size: int) -> Iterator[Row]:
        """How much a browser holds of it is the point: opened once."""
        paths = [f"/traces/{trace_id}" for trace_id in big_trace.store(self._server, size)]
        yield from self._at_scale(f"trace of {size:,} spans", Aim(), paths, SCALES[-1])

    def _warm_up(self, trace_id: str) -> None:
        """Server and browser have done everything once."""
        for path in ("/", f"/traces/{trace_id}"):
            for scale in SCALES:
                visit(self._browser, self._url + path, scale=scale, jump_to=[])

    def _opened(self, what: str, aim: Aim, paths: list[str]) -> Iterator[Row]:
        for place, scale in enumerate(SCALES):
            yield from self._at_scale(what, aim, paths[place * RUNS : (place + 1) * RUNS], scale)

    def _at_scale(self, what: str, aim: Aim, paths: list[str], scale: int) -> Iterator[Row]:
        what = f"{what}, scale {scale}"
        try:
            visits = [visit(self._browser, self._url + path, scale=scale, jump_to=PLACES) for path in paths]
        except BrowserError as error:
            yield Row(what, "", f"failed: {str(error).splitlines()[0]}", False)
            return
        yield from rows_of(Opened(what, aim, visits))


def rows_of(opened: Opened) -> Iterator[Row]:
    yield _row_of_time(opened, "rows", opened.aim.rows_ms, lambda visit: visit.rows_ms)
    yield _row_of_time(opened, "complete", opened.aim.complete_ms, lambda visit: visit.complete_ms)
    yield _row_of_wire(opened)
    if all(visit.jumps for visit in opened.visits):
        yield _row_of_windows(opened)
    yield _row_of_holding(opened)


def _row_of_time(opened: Opened, until: str, at_most_ms: float | None, time_of: Callable[[Visit], float]) -> Row:
    times_ms = [time_of(visit) for visit in opened.visits]
    median_ms = quantile(times_ms, 0.5)
    in_server_ms = quantile([visit.server_ms for visit in opened.visits], 0.5)
    measured = f"median {median_ms:.0f} ms of {min(times_ms):.0f} to {max(times_ms):.0f}"
    if until == "rows":
        measured += f"; {in_server_ms:.0f} ms until the answer's first byte"
    return _judged(f"{opened.what}: {until}", measured, median_ms, at_most_ms, "ms")


def _row_of_wire(opened: Opened) -> Row:
    most = max(opened.visits, key=lambda visit: visit.wire_bytes)
    kilobytes = most.wire_bytes / 1000
    measured = f"{kilobytes:.1f} kB in {most.requests} requests"
    return _judged(f"{opened.what}: on the wire", measured, kilobytes, opened.aim.wire_kb, "kB")


def _row_of_windows(opened: Opened) -> Row:
    """Where a place is slow in every run, it is slow; the slowest of all may be the machine's."""
    runs = [visit.jumps for visit in opened.visits]
    at_places = [quantile([jump.ms for jump in at_place], 0.5) for at_place in zip(*runs, strict=False)]
    slowest_ms = max(jump.ms for run in runs for jump in run)
    requests = sum(visit.jump_requests for visit in opened.visits) / sum(map(len, runs))
    measured = (
        f"median {quantile(at_places, 0.5):.0f} ms, {max(at_places):.0f} ms at the worst of {len(at_places)} places, "
        f"slowest of all {slowest_ms:.0f} ms ({runs[0][0].how}; {requests:.1f} requests each)"
    )
    return _judged(f"{opened.what}: next window", measured, max(at_places), opened.aim.window_ms, "ms")


def _row_of_holding(opened: Opened) -> Row:
    heap_mb = max(visit.heap_bytes for visit in opened.visits) / 1e6
    elements = max(visit.elements for visit in opened.visits)
    return Row(
        f"{opened.what}: held by the browser",
        f"{MAX_HEAP_MB} MB of heap, {MAX_ELEMENTS:,} elements",
        f"{heap_mb:.1f} MB of heap, {elements:,} elements",
        heap_mb <= MAX_HEAP_MB and elements <= MAX_ELEMENTS,
    )


def _judged(what: str, measured: str, value: float, at_most: float | None, unit: str) -> Row:
    if at_most is None:
        return Row(what, "", measured)
    return Row(what, f"{at_most:g} {unit}", measured, value <= at_most)
