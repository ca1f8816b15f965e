"""In: the analyses of two traces, A and B. Out: one merged tree that says of each row what is different, and why B took
longer or less, in integer nanoseconds that add up exactly to the difference of the durations.

Nothing recurses, and all is near-linear in the number of spans: `python -m bench diff`.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence, Set
from dataclasses import dataclass
from enum import StrEnum
from operator import sub

from traces.core.analysis import Analysis
from traces.core.diff.contributions import Contribution, OwnNs, contributions_of, own_ns
from traces.core.diff.duration import duration_ns
from traces.core.diff.matching import NONE, Matching, matching_of
from traces.core.diff.merged import MergedTree, merged_tree
from traces.core.diff.side import sides_of
from traces.core.timeline import NO_KIND
from traces.core.timescale import MILLISECOND

__all__ = ["LARGEST", "NONE", "Change", "Diff", "Tolerance", "diff_of"]

# Spans of each side that a server should be asked to compare: more take seconds and much memory.
LARGEST = 50_000


class Change(StrEnum):
    MATCHED = "matched"
    ADDED = "added"  # only in B
    REMOVED = "removed"  # only in A
    MOVED = "moved"  # hangs under another span
    RENAMED = "renamed"  # has another name, and the same below it


@dataclass(frozen=True, slots=True)
class Tolerance:
    """Durations differ where they do by more than so much of the longer one, and by more than so long."""

    percent: int = 10
    least_ns: int = MILLISECOND

    def differ(self, a_ns: int, b_ns: int) -> bool:
        difference_ns = abs(b_ns - a_ns)
        return difference_ns > self.least_ns and 100 * difference_ns > self.percent * max(a_ns, b_ns)


@dataclass(frozen=True, slots=True)
class Diff:
    """All by row, where not said otherwise."""

    a: Analysis
    b: Analysis
    tree: MergedTree
    changes: Sequence[Change]
    parts_a_ns: Sequence[int]  # of A's time on its critical path
    deltas_ns: Sequence[int]  # B's part less A's
    rest_ns: int  # of the durations, what lies on no path: only where a trace has no root
    contributions: Sequence[Contribution]
    spans: tuple[int, int]  # of A, of B
    pairs: int
    _lasted_ns: tuple[Sequence[int], Sequence[int]]  # of A, of B; by place
    _wrong: tuple[Set[int], Set[int]]  # the places with an error

    def __len__(self) -> int:
        return len(self.tree)

    @property
    def difference_ns(self) -> int:
        """How much longer B took: the deltas and the rest added up."""
        return duration_ns(self.b) - duration_ns(self.a)

    @property
    def matched_share(self) -> float:
        """Of all spans of both sides, those with a partner; of nothing, all."""
        return 2 * self.pairs / sum(self.spans) if sum(self.spans) else 1.0

    def count(self, change: Change) -> int:
        return self.changes.count(change)

    def durations_ns(self, row: int) -> tuple[int | None, int | None]:
        """None where that side has no such row."""
        a, b = self.tree.places_a[row], self.tree.places_b[row]
        return None if a == NONE else self._lasted_ns[0][a], None if b == NONE else self._lasted_ns[1][b]

    def parts_ns(self, row: int) -> tuple[int, int]:
        """How much of A's critical path, and of B's, lies in what the row's span did itself."""
        return self.parts_a_ns[row], self.parts_a_ns[row] + self.deltas_ns[row]

    def errors(self, row: int) -> tuple[bool, bool]:
        """Whether A's span, and B's, is an error."""
        return self.tree.places_a[row] in self._wrong[0], self.tree.places_b[row] in self._wrong[1]

    def pace(self, row: int, tolerance: Tolerance) -> str:
        """`slower`, `faster` or nothing. Rows that only one side has, and stand-ins, are neither."""
        a_ns, b_ns = self.durations_ns(row)
        if a_ns is None or b_ns is None or a_ns == b_ns or not tolerance.differ(a_ns, b_ns) or self._is_stand_in(row):
            return ""
        return "slower" if b_ns > a_ns else "faster"

    def is_other(self, row: int) -> bool:
        """Whether it differs in more than how long it took."""
        a_wrong, b_wrong = self.errors(row)
        return self.changes[row] is not Change.MATCHED or a_wrong != b_wrong

    def differs(self, row: int, tolerance: Tolerance) -> bool:
        return self.is_other(row) or bool(self.pace(row, tolerance))

    def _is_stand_in(self, row: int) -> bool:
        sides = (self.a, self.tree.places_a[row]), (self.b, self.tree.places_b[row])
        return any(place != NONE and one.timeline.kinds[place] == NO_KIND for one, place in sides)


def diff_of(a: Analysis, b: Analysis) -> Diff:
    sides = sides_of(a, b)
    matching = matching_of(*sides)
    tree = merged_tree(matching)
    own_a, own_b = own_ns(a), own_ns(b)
    parts_a_ns = array("q", (_on_path_ns(own_a, one) for one in tree.places_a))
    parts_b_ns = (_on_path_ns(own_b, other) for other in tree.places_b)
    deltas_ns = array("q", map(sub, parts_b_ns, parts_a_ns))
    changes = [_change(matching, one, other) for one, other in zip(tree.places_a, tree.places_b, strict=True)]
    return Diff(
        a,
        b,
        tree,
        changes,
        parts_a_ns,
        deltas_ns,
        duration_ns(b) - duration_ns(a) - sum(deltas_ns),
        contributions_of(*sides, tree, own_a, own_b),
        (a.trace.span_count, b.trace.span_count),
        _pairs(matching),
        (_lasted_ns(a), _lasted_ns(b)),
        (frozenset(a.trace.errors), frozenset(b.trace.errors)),
    )


def _on_path_ns(own: OwnNs, place: int) -> int:
    return own.get((place, False), 0) + own.get((place, True), 0)


def _change(matching: Matching, one: int, other: int) -> Change:
    if one == NONE:
        return Change.ADDED
    if other == NONE:
        return Change.REMOVED
    if matching.a.like[one] != matching.b.like[other]:
        return Change.RENAMED
    return Change.MOVED if matching.is_moved(one, other) else Change.MATCHED


def _pairs(matching: Matching) -> int:
    """Of spans with spans."""
    kinds_a, kinds_b = matching.a.analysis.timeline.kinds, matching.b.analysis.timeline.kinds
    return sum(
        other != NONE and NO_KIND not in (kinds_a[one], kinds_b[other]) for one, other in enumerate(matching.of_a)
    )


def _lasted_ns(analysis: Analysis) -> list[int]:
    columns = analysis.trace.columns
    return [columns.durations_ns[row] for row in analysis.trace.order]
