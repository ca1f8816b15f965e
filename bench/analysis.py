"""Nothing in, rows of a table out: how long all analyses of a trace take, and how that grows with its spans.

In this process, without a server: from columns as the database packs them to the finished analysis.
"""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable, Iterator
from random import Random

from bench.report import Row
from bench.trees import grow, schedule
from traces.core.analysis import analyse
from traces.core.columns import NO_ID, Columns, Instance, Operation
from traces.core.span import Kind
from traces.core.tree import trace_of

SIZES = (1_000, 10_000, 100_000, 1_000_000)
TARGETS_MS = {10_000: 100, 100_000: 600}  # for the usual tree
MOST_GROWTH = 4  # of the time per span, from 10,000 spans to 1,000,000: memory and n log n, but no n²
_REPEATS = {1_000: 9, 10_000: 5, 100_000: 3}


def rows_of_analysis(*, divisor: int = 1) -> Iterator[Row]:
    for name, columns_of in SHAPES.items():
        times_s = {
            size: _seconds(columns_of(size), _REPEATS.get(size, 1)) for size in SIZES if size * divisor <= SIZES[-1]
        }
        for size, taken_s in times_s.items():
            target_ms = TARGETS_MS.get(size) if name == USUAL else None
            words = f"{taken_s * 1e3:,.0f} ms, {taken_s / size * 1e6:.1f} µs a span"
            passed = None if target_ms is None else taken_s * 1e3 <= target_ms
            yield Row(f"all analyses, {name}, {size:,} spans", f"{target_ms} ms" if target_ms else "", words, passed)
        largest = max(times_s)
        growth = times_s[largest] / largest / (times_s[10_000] / 10_000)
        what = f"time per span, {name}, {largest:,} against 10,000"
        yield Row(what, f"{MOST_GROWTH} ×", f"{growth:.1f} ×", growth <= MOST_GROWTH)


def _seconds(columns: Columns, repeats: int) -> float:
    """Of CPU, at best: what else runs on the machine shall not count."""
    trace, taken = trace_of(columns), []
    for _ in range(repeats):
        started = time.process_time()
        analyse(trace)
        taken.append(time.process_time() - started)
    return min(taken)


def _usual(size: int) -> Columns:
    """The load's shop, all of it in one trace."""
    rng = Random(size)
    nodes = grow(rng, size)
    schedule(rng, nodes, 1_772_442_900_000_000_000)
    ids = [int.from_bytes(node.id, signed=True) for node in nodes]
    ordered = sorted(nodes, key=lambda node: (node.start, ids[node.index]))
    operations: dict[Operation, int] = {}
    instances: dict[Instance, int] = {}
    of_rows = [Operation(f"service {node.service}", f"operation {node.choice}", node.kind) for node in ordered]
    by_rows = [Instance(f"service {node.service}", str(node.instance), "") for node in ordered]
    return Columns(
        bytes(16),
        array("q", [ids[node.index] for node in ordered]),
        array("q", [ids[node.parent] if node.index else NO_ID for node in ordered]),
        array("q", [node.start for node in ordered]),
        array("q", [node.end - node.start for node in ordered]),
        array("i", [operations.setdefault(operation, len(operations)) for operation in of_rows]),
        array("h", bytes(2 * size)),
        list(operations),
        array("i", [instances.setdefault(instance, len(instances)) for instance in by_rows]),
        list(instances),
    )


def _wide(size: int) -> Columns:
    """One parent, its children one after the other and overlapping."""
    parents = [NO_ID] + [1] * (size - 1)
    return _plain(parents, starts_ns=list(range(size)), durations_ns=[2 * size] + [7] * (size - 1))


def _chain(size: int) -> Columns:
    """Each the only child of the one before, and a little shorter on both sides."""
    return _plain(list(range(size)), starts_ns=list(range(size)), durations_ns=list(range(2 * size, 0, -2)))


def _plain(parents: list[int], *, starts_ns: list[int], durations_ns: list[int]) -> Columns:
    size = len(parents)
    return Columns(
        bytes(16),
        array("q", range(1, size + 1)),
        array("q", parents),
        array("q", starts_ns),
        array("q", durations_ns),
        array("i", bytes(4 * size)),
        array("h", bytes(2 * size)),
        [Operation("shop", "work", Kind.INTERNAL)],
        array("i", bytes(4 * size)),
        [Instance("shop", "1", "")],
    )


USUAL = "a usual tree"
SHAPES: dict[str, Callable[[int], Columns]] = {USUAL: _usual, "a wide parent": _wide, "a chain": _chain}
