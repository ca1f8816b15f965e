"""In: two sides and who belongs to whom. Out: the rows of one tree in pre-order, which has all spans of both."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from traces.core.diff.matching import NONE, Matching


@dataclass(frozen=True, slots=True)
class MergedTree:
    """By row; NONE where a side has no such span."""

    places_a: Sequence[int]
    places_b: Sequence[int]
    depths: Sequence[int]

    def __len__(self) -> int:
        return len(self.depths)


def merged_tree(matching: Matching) -> MergedTree:
    """B's tree, in which what only A has stands where it was: after the sibling that it came after."""
    places_a, places_b, depths = array("i"), array("i"), array("i")
    a, b = matching.a, matching.b
    left = [(one, other, 0) for one, other in _siblings(matching, a.roots(), b.roots())][::-1]
    while left:
        one, other, depth = left.pop()
        places_a.append(one)
        places_b.append(other)
        depths.append(depth)
        below_a = a.children(one) if one != NONE and a.sizes[one] > 1 else []
        below_b = b.children(other) if other != NONE and b.sizes[other] > 1 else []
        if below_a or below_b:
            left += [(*pair, depth + 1) for pair in _siblings(matching, below_a, below_b)][::-1]
    return MergedTree(places_a, places_b, depths)


def _siblings(matching: Matching, of_a: list[int], of_b: list[int]) -> Iterator[tuple[int, int]]:
    of_here, at = set(of_a), 0
    for other in of_b:
        one = matching.of_b[other]
        while one in of_here and at < len(of_a) and of_a[at] < one:
            if matching.of_a[of_a[at]] == NONE:
                yield of_a[at], NONE
            at += 1
        yield one, other
    for one in of_a[at:]:
        if matching.of_a[one] == NONE:
            yield one, NONE
