"""In: a diff and a width in columns. Out: lines for a terminal, a chat or a ticket.

    B took 26 ms longer (47 ms instead of 21 ms): 14 ms in payment Charge.
    A 7c0e…, B 9f21…; 90 % of the spans matched; 1 only in B

        +14 ms  payment Charge                 3 ms → 17 ms

      checkout POST /checkout                  21 ms      47 ms     +26 ms
    +   checkout Charge                                   11 ms  only in B

Only rows that differ, and those above them.
"""

from __future__ import annotations

from collections.abc import Iterator

from traces.core.diff import Change, Diff, Tolerance
from traces.core.diff.differences import Differences
from traces.core.diff.rows import DiffRow, row_of
from traces.core.diff.wording import calls_text, sentence_of, what_text
from traces.core.layout import counted
from traces.core.ruler import Stretch
from traces.core.text_waterfall import LEAST_WIDTH, MOST_WIDTH, fitted, one_line
from traces.core.timescale import duration_text, offset_text

DEFAULT_WIDTH = 100
MOST_ROWS, MOST_CAUSES = 200, 8
_NUMBERS = 3 * 11


def text_diff(
    diff: Diff, differences: Differences, tolerance: Tolerance, *, width: int = DEFAULT_WIDTH
) -> Iterator[str]:
    """Lines without their ends."""
    width = min(max(width, LEAST_WIDTH), MOST_WIDTH)
    yield one_line(sentence_of(diff, tolerance))
    yield f"A {diff.a.trace.columns.trace_id.hex()}"
    yield f"B {diff.b.trace.columns.trace_id.hex()}"
    yield ", ".join([f"{100 * diff.matched_share:.0f} % of the spans matched", *differences.words()])
    if diff.contributions:
        yield ""
        yield from _causes(diff)
    if differences.rows:
        yield ""
        yield " " * (width - _NUMBERS) + f"{'A':>11}{'B':>11}{'B − A':>11}"
        for row in differences.with_above[:MOST_ROWS]:
            stretch = Stretch(0, 1)
            yield _line(row_of(diff, row, number=0, tolerance=tolerance, stretch=stretch), width)
        if (left := len(differences.with_above) - MOST_ROWS) > 0:
            yield f"… {counted(left, 'more row', 'more rows')}"


def _causes(diff: Diff) -> Iterator[str]:
    for one in diff.contributions[:MOST_CAUSES]:
        calls = f", {calls_text(one)}" if calls_text(one) else ""
        spent = f"{duration_text(one.a_ns)} → {duration_text(one.b_ns)}"
        yield f"{offset_text(one.delta_ns):>11}  {one_line(what_text(one))} ({spent}{calls})"
    rest_ns = sum(one.delta_ns for one in diff.contributions[MOST_CAUSES:]) + diff.rest_ns
    if rest_ns:
        yield f"{offset_text(rest_ns):>11}  all else"


def _line(row: DiffRow, width: int) -> str:
    indent = min(2 * (row.level - 1), width // 4)
    error = f" ({row.error})" if row.error else ""
    name = one_line(f"{row.service} {row.name}{f' (in A: {row.was})' if row.was else ''}{error}")
    said = fitted(f"{row.sign or ' '} {' ' * indent}{name}", width - _NUMBERS)
    delta = row.delta or (row.word if row.word != Change.RENAMED else "")
    return f"{said}{row.a:>11}{row.b:>11}{delta:>11}".rstrip()
