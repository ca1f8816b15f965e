"""In: siblings of both sides. Out: how unlike any two of them are, 0 for those that are the same."""

from __future__ import annotations

from collections.abc import Iterable
from math import log2
from typing import NamedTuple

from traces.core.diff.alignment import Cost
from traces.core.diff.side import Side
from traces.core.timeline import NOBODY

# What tells siblings of one operation apart: what hangs below them, errors, how many times longer one took, what else
# was called before and after them. Between those that are equal in this, when they ran.
_OTHER_SHAPE, _OTHER_STATUS, _MOST_FOR_DURATION, _OTHER_NEIGHBOUR, _OTHER_TIME = 4, 3, 4, 1, 0.5
_NOTHING = -1


class _Features(NamedTuple):
    shape: int
    status: int
    bits: float  # of the duration: one more is twice as long
    before: int  # the operation, another than its own
    after: int
    start_ns: int  # after the start of what it hangs under


def unlikeness(a: Side, b: Side, of_a: list[int], of_b: list[int]) -> Cost:
    features_a, features_b = _features(a, of_a), _features(b, of_b)
    starts_ns = [one.start_ns for one in (*features_a.values(), *features_b.values())]
    longest_ns = max(max(starts_ns, default=0) - min(starts_ns, default=0), 1)

    def cost(one: int, other: int) -> float:
        left, right = features_a[one], features_b[other]
        if left == right:
            return 0
        return (
            _OTHER_SHAPE * (left.shape != right.shape)
            + _OTHER_STATUS * (left.status != right.status)
            + min(abs(left.bits - right.bits), _MOST_FOR_DURATION)
            + _OTHER_NEIGHBOUR * ((left.before != right.before) + (left.after != right.after))
            + _OTHER_TIME * abs(left.start_ns - right.start_ns) / longest_ns
        )

    return cost


def _features(side: Side, siblings: list[int]) -> dict[int, _Features]:
    if not siblings:
        return {}
    trace, timeline = side.analysis.trace, side.analysis.timeline
    above = side.parents[siblings[0]]
    zero_ns = timeline.starts_ns[siblings[0] if above == NOBODY else above]
    before = _others_before(side, siblings)
    after = _others_before(side, reversed(siblings))
    return {
        place: _Features(
            side.shapes[place],
            trace.columns.statuses[trace.order[place]],
            log2(max(timeline.ends_ns[place] - timeline.starts_ns[place], 0) + 1),
            before[place],
            after[place],
            timeline.starts_ns[place] - zero_ns,
        )
        for place in siblings
    }


def _others_before(side: Side, siblings: Iterable[int]) -> dict[int, int]:
    """Of each the operation that the run of its own came after."""
    found, run, before = dict[int, int](), _NOTHING, _NOTHING
    for place in siblings:
        if side.like[place] != run:
            run, before = side.like[place], run
        found[place] = before
    return found
