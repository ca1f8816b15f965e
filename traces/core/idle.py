"""In: a `Trace`. Out: the longest times in which it did nothing that its spans tell of.

Nothing starts or ends in them, and what is open only waits: each open span has another one within its own time.
A span without one may have worked all the while, so its time is never idle.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from heapq import nlargest
from itertools import chain, pairwise, repeat
from operator import add

from traces.core.ruler import Stretch
from traces.core.trace import Trace

MOST_GAPS = 40


def idle_gaps(trace: Trace, offsets_ns: Sequence[int] | None = None) -> list[Stretch]:
    """The longest, ascending, in ns after the trace's start; linear, but for clocks that are corrected by offsets
    (by place): those spans are sorted anew."""
    busy, moments_ns = _busy(trace, offsets_ns)
    gaps = nlargest(MOST_GAPS, _cut(_longest_between(trace, busy), moments_ns), key=_length)
    return sorted(Stretch(start - trace.start_ns, end - trace.start_ns) for start, end in gaps)


def _busy(trace: Trace, offsets_ns: Sequence[int] | None) -> tuple[Iterable[tuple[int, int]], list[int]]:
    """When each span may have worked, by start: one that waits has only its start; and the ends of those."""
    columns, order, count = trace.columns, trace.order, trace.span_count
    starts = list(columns.starts_ns)
    for place, row in enumerate(order) if offsets_ns is not None else ():
        starts[row] += offsets_ns[place]  # type: ignore[index]
    ends, waited_until = list(map(add, starts, columns.durations_ns)), list[int]()
    for place, size in enumerate(trace.sizes):
        if size > 1:
            row = order[place]
            if starts[order[place + 1]] < ends[row]:
                waited_until.append(ends[row])
                ends[row] = starts[row]
    busy = zip(starts[:count], ends[:count], strict=True)  # without stand-ins, which come last
    return (busy if offsets_ns is None else sorted(busy)), waited_until


def _longest_between(trace: Trace, busy: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """What the busy times leave of the trace, ascending."""
    reached_ns, least_ns = trace.start_ns, 0
    found: list[tuple[int, int]] = []
    for start_ns, end_ns in chain(busy, [(trace.end_ns, trace.end_ns)]):
        if start_ns - reached_ns > least_ns:
            found.append((reached_ns, start_ns))
            if len(found) > 20 * MOST_GAPS:  # seldom, for a million short ones
                found = nlargest(MOST_GAPS, found, key=_length)
                least_ns = _length(found[-1])
        if end_ns > reached_ns:
            reached_ns = end_ns
    return sorted(nlargest(MOST_GAPS, found, key=_length))


def _cut(gaps: Sequence[tuple[int, int]], moments_ns: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The gaps, in pieces where one of the moments lies in them."""
    corners = [corner for gap in gaps for corner in gap]
    within: dict[int, set[int]] = {}
    # An odd number of corners before it: it lies between the two of a gap.
    for number, moment_ns in zip(map(bisect_left, repeat(corners), moments_ns), moments_ns, strict=True):
        if number & 1:
            within.setdefault(number // 2, set()).add(moment_ns)
    for number, (start_ns, end_ns) in enumerate(gaps):
        yield from pairwise(sorted({start_ns, end_ns, *within.get(number, ())}))


def _length(gap: tuple[int, int]) -> int:
    return gap[1] - gap[0]
