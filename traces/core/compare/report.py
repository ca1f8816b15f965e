"""In: a comparison and what its sides are called. Out: a report as plain text, for a chat or a ticket."""

from __future__ import annotations

from collections.abc import Iterator

from traces.core.compare.comparison import Comparison
from traces.core.compare.contributions import Contribution, Part
from traces.core.compare.durations import Distribution, Interval
from traces.core.compare.sentence import sentence_of
from traces.core.compare.words import calls_text, delta_text, operation_text, share_text, trait_text
from traces.core.printable import printable
from traces.core.timescale import duration_text, offset_text

MOST_ROWS = 12
UNKNOWN = "too few to tell"


def report_of(comparison: Comparison, *, a: str, b: str, note: str = "") -> list[str]:
    """Lines; what is claimed is marked with an asterisk."""
    lines = [sentence_of(comparison), "", f"A: {printable(a)}", f"B: {printable(b)}"]
    lines += [note] if note else []
    for title, rows in (
        ("", _durations(comparison)),
        ("What happens only there, or more often (share of traces, A then B):", _traits(comparison)),
        ("What takes longer (of the difference of the means; time A and B waited for it in all):", _times(comparison)),
        ("What is different about them (share of traces, A then B):", _attributes(comparison)),
    ):
        found = list(rows)
        if found:
            lines += ["", *([title] if title else []), *found]
    tests = comparison.tests
    return [*lines, "", f"* is no chance: significant after correction for {tests:,} tests (Holm). All else may be."]


def _durations(comparison: Comparison) -> Iterator[str]:
    durations = comparison.durations
    yield f"  {'':<10}{'A':>12}{'B':>12}{'B less A':>12}  95 % interval"
    yield f"  {'traces':<10}{durations.a.traces:>12,}{durations.b.traces:>12,}"
    yield f"  {'errors':<10}{_errors(durations.a):>12}{_errors(durations.b):>12}"
    low_ns, high_ns = durations.mean.interval(0.05) if min(durations.a.traces, durations.b.traces) > 1 else (0, 0)
    means = [round(side.mean_ns) for side in (durations.a, durations.b)]
    interval = within_text(round(low_ns), round(high_ns))
    yield f"  {'mean':<10}{_row(means[0], means[1])}  {interval}"
    for one in durations.percentiles:
        yield f"  {f'p{one.percent}':<10}{_row(one.a_ns, one.b_ns)}  {interval_text(one)}"


def interval_text(interval: Interval) -> str:
    if interval.low_ns is None or interval.high_ns is None:
        return UNKNOWN
    return within_text(interval.low_ns, interval.high_ns)


def within_text(low_ns: int, high_ns: int) -> str:
    return f"{offset_text(low_ns)} to {offset_text(high_ns)}"


def _row(a_ns: int, b_ns: int) -> str:
    return f"{duration_text(a_ns):>12}{duration_text(b_ns):>12}{offset_text(b_ns - a_ns):>12}"


def _errors(side: Distribution) -> str:
    return share_text(side.error_share)


def _traits(comparison: Comparison) -> Iterator[str]:
    for one in [one for one in comparison.traits if one.claimed][:MOST_ROWS]:
        yield f"* {share_text(one.shares.a_share):>6} {share_text(one.shares.b_share):>6}  {trait_text(one)}"


def _times(comparison: Comparison) -> Iterator[str]:
    for row in comparison.contributions[:MOST_ROWS]:
        yield _time(comparison, row)
    if len(comparison.contributions) > MOST_ROWS:
        rest = comparison.contributions[MOST_ROWS:]
        summed = [row for row in rest if row.part != Part.ALONE]
        by_ns = round(sum(row.delta_mean_ns for row in summed))
        a_ns, b_ns = sum(row.a_sum_ns for row in summed), sum(row.b_sum_ns for row in summed)
        yield f"  {offset_text(by_ns):>9}{_sums(a_ns, b_ns)}  {len(rest):,} more rows"


def _time(comparison: Comparison, row: Contribution) -> str:
    words = ", ".join(part for part in (operation_text(comparison, row), calls_text(row)) if part)
    sums = _sums(row.a_sum_ns, row.b_sum_ns) if row.part != Part.ALONE else f"{'beside':>22}"
    return f"{'*' if row.claimed else ' '} {delta_text(row):>9}{sums}  {words}"


def _sums(a_ns: int, b_ns: int) -> str:
    return f"{duration_text(a_ns):>11}{duration_text(b_ns):>11}"


def _attributes(comparison: Comparison) -> Iterator[str]:
    for one in [one for one in comparison.attributes if one.claimed][:MOST_ROWS]:
        also = f" (so have: {printable(', '.join(one.also[:3]))})" if one.also else ""
        yield f"* {share_text(one.shares.a_share):>6} {share_text(one.shares.b_share):>6}  {printable(one.text)}{also}"
