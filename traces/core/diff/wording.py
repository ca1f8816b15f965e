"""In: a diff. Out: one sentence that says how much longer B took, and in what.

B took 640 ms longer (1.24 s instead of 600 ms): 610 ms in payment Charge (called 3 times instead of once).
"""

from __future__ import annotations

from collections.abc import Iterator

from traces.core.diff import Change, Diff, Tolerance
from traces.core.diff.contributions import Contribution
from traces.core.diff.duration import duration_ns
from traces.core.layout import counted
from traces.core.printable import printable
from traces.core.timescale import duration_text

MOST_CONTRIBUTIONS, SMALLEST_SHARE = 3, 0.1  # of the difference
_LONGEST_NAME = 48


def sentence_of(diff: Diff, tolerance: Tolerance) -> str:
    a_ns, b_ns = duration_ns(diff.a), duration_ns(diff.b)
    text = f"{duration_text(b_ns)} instead of {duration_text(a_ns)}"
    if not tolerance.differ(a_ns, b_ns):
        same = f"Both took {duration_text(a_ns)}" if a_ns == b_ns else f"Both took about as long: {text}"
        return f"{same}; {_structure(diff)}."
    head = f"B took {duration_text(abs(b_ns - a_ns))} {'longer' if b_ns > a_ns else 'less'} ({text})"
    causes = list(_causes(diff))
    return f"{head}: {', '.join(causes)}." if causes else f"{head}."


def calls_text(one: Contribution) -> str:
    """`called 3 times instead of once`; nothing where it was called as often."""
    if one.a_calls == one.b_calls:
        return ""
    if not one.a_calls:
        return f"called {_times(one.b_calls)}, never in A"
    if not one.b_calls:
        return f"not called, {_times(one.a_calls)} in A"
    return f"called {_times(one.b_calls)} instead of {_times(one.a_calls)}"


def what_text(one: Contribution) -> str:
    """`payment Charge`, `waiting in payment Charge`"""
    name = printable(f"{one.service} {one.name}".strip())
    short = name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
    return f"waiting in {short}" if one.is_waiting else short


def _causes(diff: Diff) -> Iterator[str]:
    """The largest, three at most, none of a small part but the first."""
    for number, one in enumerate(diff.contributions[:MOST_CONTRIBUTIONS]):
        if number and abs(one.delta_ns) < SMALLEST_SHARE * abs(diff.difference_ns):
            return
        other_way = (one.delta_ns > 0) != (diff.difference_ns > 0)
        more = (" more" if one.delta_ns > 0 else " less") if other_way else ""
        what, calls = what_text(one), calls_text(one)
        words = f"{duration_text(abs(one.delta_ns))}{more} {'' if one.is_waiting else 'in '}{what}"
        yield f"{words} ({calls})" if calls else words


def _structure(diff: Diff) -> str:
    words = {"only in B": Change.ADDED, "only in A": Change.REMOVED, "moved": Change.MOVED, "renamed": Change.RENAMED}
    found = [(diff.count(change), word) for word, change in words.items()]
    parts = [f"{counted(number, 'span', 'spans')} {word}" for number, word in found if number] or ["the same spans"]
    more = len(diff.b.trace.errors) - len(diff.a.trace.errors)
    if more:
        parts.append(f"{counted(abs(more), 'error', 'errors')} {'more' if more > 0 else 'less'} in B")
    return ", ".join(parts)


def _times(number: int) -> str:
    return {1: "once", 2: "twice"}.get(number, f"{number:,} times")
