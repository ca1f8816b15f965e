"""Traces in a server in, how long their comparison takes out: two at a time that nobody has opened yet, and again."""

from __future__ import annotations

import time
from collections.abc import Iterator

from bench import big_trace
from bench.connection import Connection
from bench.report import Row
from bench.send import quantile
from bench.server import Server

RUNS = 9
TARGETS_MS = {25: 30, 10_000: 500}


def rows_of_diff(server: Server) -> Iterator[Row]:
    """Of traces alike in size and operations, but of other shape: more is different than between two of one route."""
    connection = Connection(server.port)
    # A process that has just started imports what it needs first.
    _seconds(connection, [(id, id) for id in big_trace.store(server, 25, seed=3)])
    for size, target_ms in TARGETS_MS.items():
        sides = [big_trace.store(server, size, copies=RUNS, seed=seed) for seed in (1, 2)]
        pairs = list(zip(*sides, strict=True))
        first, again = (quantile(_seconds(connection, pairs), 0.5) * 1e3 for _ in range(2))
        measured = f"median {first:.0f} ms, again {again:.0f} ms"
        yield Row(f"diff of two traces of {size:,} spans", f"{target_ms} ms", measured, first <= target_ms)


def _seconds(connection: Connection, pairs: list[tuple[str, str]]) -> list[float]:
    taken = []
    for a, b in pairs:
        begun = time.perf_counter()
        answer = connection.get(f"/compare/{a}/{b}")
        taken.append(time.perf_counter() - begun)
        if answer.status != 200 or b"data-span-id" not in answer.body:
            raise SystemExit(f"GET /compare/{a}/{b} answered {answer.status}")
    return taken
