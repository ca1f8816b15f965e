"""In: a diff and a tolerance. Out: which of its rows differ, and how many in which way."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from traces.core.diff import Change, Diff, Tolerance
from traces.core.layout import counted

_WORDS = {
    "only in B": Change.ADDED,
    "only in A": Change.REMOVED,
    "moved": Change.MOVED,
    "renamed": Change.RENAMED,
}


@dataclass(frozen=True, slots=True)
class Differences:
    rows: Sequence[int]  # ascending
    with_above: Sequence[int]  # the same and all above them
    slower: int
    faster: int
    changes: Counter[Change]

    def words(self) -> list[str]:
        """`3 only in B`, `12 slower`: what there is of each."""
        numbers = {word: self.changes[change] for word, change in _WORDS.items()}
        numbers |= {"slower": self.slower, "faster": self.faster}
        return [f"{number:,} {word}" for word, number in numbers.items() if number]

    @property
    def text(self) -> str:
        return counted(len(self.rows), "row differs", "rows differ")


def differences_of(diff: Diff, tolerance: Tolerance) -> Differences:
    rows, with_above, above = array("i"), array("i"), list[int]()
    paces: Counter[str] = Counter()
    depths = diff.tree.depths
    kept = 0  # how many of the rows above are there already
    for row, depth in enumerate(depths):
        del above[depth:]
        above.append(row)
        kept = min(kept, depth)
        pace = diff.pace(row, tolerance)
        paces[pace] += 1
        if pace or diff.is_other(row):
            rows.append(row)
            with_above.extend(above[kept:])
            kept = len(above)
    return Differences(rows, with_above, paces["slower"], paces["faster"], Counter(diff.changes))
