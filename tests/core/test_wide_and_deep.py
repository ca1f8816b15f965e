"""What is computed over all of a trace takes no longer than it should where a parent has 100,000 children, or a chain
has so many links: what grew with their square would take hours."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from functools import cache

import pytest

from traces.core.analysis import analyse
from traces.core.columns import Columns, Instance, Operation
from traces.core.diff import Tolerance, diff_of
from traces.core.diff.differences import differences_of
from traces.core.flame import flame_by_time, flame_merged
from traces.core.idle import idle_gaps
from traces.core.merging import merged_frames
from traces.core.paths import Paths
from traces.core.ruler import Stretch
from traces.core.selection import Selection
from traces.core.self_time import self_times_of
from traces.core.service_graph import service_graph_of
from traces.core.statistics import statistics_of
from traces.core.table import Order, sorted_places
from traces.core.text_waterfall import text_waterfall
from traces.core.trace import Trace
from traces.core.tree import trace_of

COUNT = 100_000
OPERATIONS = [Operation(f"service {n % 7}", f"operation {n}", n % 6) for n in range(40)]
SHAPES: dict[str, Callable[[int], int]] = {"wide": lambda n: min(n, 1), "chain": lambda n: n, "bushy": lambda n: n // 3}
WORK: dict[str, Callable[[Trace], object]] = {
    "self times": self_times_of,
    "statistics": lambda trace: statistics_of(
        trace, Selection().places(trace), by="operation", self_times_ns=self_times_of(trace)
    ),
    "table": lambda trace: sorted_places(trace, Selection().places(trace), Order("self"), self_times_of(trace)),
    "flame by time": lambda trace: flame_by_time(trace, None, Stretch(0, trace.extent_ns)),
    "flame merged": lambda trace: flame_merged(merged_frames(trace), COUNT // 2),
    "idle gaps": lambda trace: [trace, idle_gaps(trace), idle_gaps(trace, range(len(trace)))],
    "graph": service_graph_of,
    "diff": lambda trace: differences_of(diff_of(analyse(trace), analyse(trace)), Tolerance()),
    "paths": lambda trace: Paths().of(trace),
    "text": lambda trace: list(text_waterfall(trace)),
}


@cache
def shaped(shape: str) -> Trace:
    """Spans 1 to COUNT, a microsecond apart; each lasts until the end."""
    columns = Columns(
        bytes(16),
        array("q", range(1, COUNT + 1)),
        array("q", map(SHAPES[shape], range(COUNT))),
        array("q", range(0, COUNT * 1_000, 1_000)),
        array("q", range(COUNT * 1_000, 0, -1_000)),
        array("i", (n % len(OPERATIONS) for n in range(COUNT))),
        array("h", bytes(2 * COUNT)),
        OPERATIONS,
        array("i", bytes(4 * COUNT)),
        [Instance("", "", "")],
    )
    return trace_of(columns)


@pytest.mark.timeout(20)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("work", WORK)
def test_huge_trace_of_any_shape_is_computed(work: str, shape: str) -> None:
    assert WORK[work](shaped(shape))
