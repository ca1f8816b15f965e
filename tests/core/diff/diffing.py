"""In: spans of two traces, or drawings of them. Out: their diff as a drawing."""

from __future__ import annotations

from tests.core.drawing import calls_of
from traces.core.analysis import Analysis, analyse
from traces.core.diff import NONE, Change, Diff, Tolerance, diff_of
from traces.core.span import Span
from traces.core.tree import build_trace

_SIGNS = {Change.MATCHED: " ", Change.ADDED: "+", Change.REMOVED: "-", Change.MOVED: ">", Change.RENAMED: "~"}
EXACT = Tolerance(0, 0)


def analysed(spans: str | list[Span]) -> Analysis:
    return analyse(build_trace(calls_of(spans) if isinstance(spans, str) else spans))


def diff(a: str | list[Span], b: str | list[Span]) -> Diff:
    return diff_of(analysed(a), analysed(b))


def rows_of(found: Diff) -> list[str]:
    """`+   b2`: a sign for the change, the depth, and the id that B's span has, else A's."""
    rows = []
    for row, change in enumerate(found.changes):
        a, b = ids(found, row)
        rows.append(f"{_SIGNS[change]} {'  ' * found.tree.depths[row]}{(b or a).decode().strip('_')}")
    return rows


def ids(found: Diff, row: int) -> tuple[bytes, bytes]:
    """Of A's span and of B's; empty where there is none."""
    sides = (found.a, found.tree.places_a[row]), (found.b, found.tree.places_b[row])
    a, b = (b"" if place == NONE else one.trace.nodes[place].span_id for one, place in sides)
    return a, b


def different(found: Diff) -> set[tuple[str, bytes, bytes]]:
    """All rows that differ: how, and the ids of both spans."""
    return {
        (found.pace(row, EXACT) if change == Change.MATCHED else str(change), *ids(found, row))
        for row, change in enumerate(found.changes)
        if found.differs(row, EXACT)
    }
