"""In: the ids of two traces. Out: their diff, kept in this process as long as there is room."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock

from traces.core.diff import LARGEST, Diff, Tolerance, diff_of
from traces.core.diff.differences import Differences, differences_of
from traces.pages.analyses import analysis_of
from traces.pages.layouts import Layout, layout_of
from traces.queries import TraceSummary

# Of all diffs that are kept; a row takes about 420 bytes, analyses included.
MOST_ROWS = 100_000
MOST_DIFFS = 50
_TOLERANCES = 4

_Key = tuple[bytes, str, bytes, str]


class NotComparable(Exception):
    """Says in words why."""


@dataclass(frozen=True, slots=True)
class Compared:
    """Two traces as they were when they had these stamps."""

    stamp: str
    diff: Diff
    _differences: OrderedDict[Tolerance, Differences] = field(default_factory=OrderedDict)

    @property
    def extent_ns(self) -> int:
        """Of the ruler: both begin at 0."""
        return max(self.diff.a.trace.extent_ns, self.diff.b.trace.extent_ns)

    def differences(self, tolerance: Tolerance) -> Differences:
        found = self._differences.get(tolerance)
        if found is None:
            found = self._differences[tolerance] = differences_of(self.diff, tolerance)
            while len(self._differences) > _TOLERANCES:
                self._differences.popitem(last=False)
        return found


_kept: OrderedDict[_Key, Compared] = OrderedDict()
_lock, _computing = Lock(), Lock()


def compared(a: TraceSummary, b: TraceSummary, stamp: str = "") -> Compared:
    """Of the drawings with this stamp where both are kept, else of what is stored now. Raises NotComparable."""
    for side, summary in (("A", a), ("B", b)):
        if summary.span_count > LARGEST:
            raise NotComparable(f"{side} has {summary.span_count:,} spans; up to {LARGEST:,} can be compared.")
    stamp_a, _, stamp_b = stamp.partition(".")
    return _compared(layout_of(a.trace_id, stamp_a or a.stamp), layout_of(b.trace_id, stamp_b or b.stamp))


def _compared(a: Layout, b: Layout) -> Compared:
    key = (a.trace.columns.trace_id, a.stamp, b.trace.columns.trace_id, b.stamp)
    if (found := _at_hand(key)) is not None:
        return found
    with _computing:
        if (found := _at_hand(key)) is None:
            found = Compared(f"{a.stamp}.{b.stamp}", diff_of(analysis_of(a), analysis_of(b)))
            _keep(key, found)
    return found


def _at_hand(key: _Key) -> Compared | None:
    with _lock:
        found = _kept.get(key)
        if found is not None:
            _kept.move_to_end(key)
        return found


def _keep(key: _Key, found: Compared) -> None:
    with _lock:
        _kept[key] = found
        while len(_kept) > 1 and (len(_kept) > MOST_DIFFS or sum(len(one.diff) for one in _kept.values()) > MOST_ROWS):
            _kept.popitem(last=False)
