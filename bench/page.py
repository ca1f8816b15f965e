"""A server full of traces in, how long a small trace's page takes while spans come in out."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from bench import frames
from bench.connection import Connection
from bench.report import Row
from bench.send import Feed, Sent, quantile, send
from bench.server import Server

RATE = 15_000
PAGES = 200
PAUSE_S = 0.05
MAX_MS = 60


def row_of_page(server: Server, file: Path) -> Row:
    """Opens pages, one after another, as a reader with quick fingers would."""
    bodies = frames.read(file)
    for body in bodies:
        body.renew()
    feed, results = Feed(bodies, rate=RATE, again=True), list[Sent]()
    sender = threading.Thread(target=lambda: results.append(send(feed, server.otlp_port, connections=4)))
    sender.start()
    try:
        milliseconds = _open_pages(server, frames.read_meta(file)["traces_of_25"])
    finally:
        feed.stop()
        sender.join()
    return _row(milliseconds, results[0])


def _open_pages(server: Server, trace_ids: list[str]) -> list[float]:
    connection, milliseconds = Connection(server.port), []
    time.sleep(2)  # until the sender has found its pace
    for number in range(PAGES):
        milliseconds.append(_open(connection, trace_ids[number % len(trace_ids)]))
        time.sleep(PAUSE_S)
    return milliseconds


def _open(connection: Connection, trace_id: str) -> float:
    begun = time.perf_counter()
    answer = connection.get(f"/traces/{trace_id}")
    took_ms = (time.perf_counter() - begun) * 1000
    rows = answer.body.count(b"data-span-id")
    if answer.status != 200 or rows < 25:
        raise SystemExit(f"GET /traces/{trace_id} answered {answer.status} with {rows} of 25 spans")
    return took_ms


def _row(milliseconds: list[float], sent: Sent) -> Row:
    median, p99 = quantile(milliseconds, 0.5), quantile(milliseconds, 0.99)
    enough = sent.spans_per_second > 0.95 * RATE
    measured = f"median {median:.1f} ms, p99 {p99:.1f} ms while {sent.spans_per_second:,.0f} spans/s came in"
    return Row("page of a 25-span trace", f"p99 {MAX_MS} ms at {RATE:,} spans/s", measured, p99 <= MAX_MS and enough)
