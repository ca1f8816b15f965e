"""In: two sides. Out: which span of the one is which of the other.

From the roots down: children of spans that belong together are matched by service, name and kind, then by names whose
ids are left out, then those that have another name but the same below them. What is left over on both sides is
looked for elsewhere: an operation that is left once on each side, and subtrees that are equal.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from traces.core.diff.alignment import Cost, partners
from traces.core.diff.likeness import unlikeness
from traces.core.diff.side import Side
from traces.core.timeline import NOBODY

NONE = -1


class Matching:
    """Partners by place, NONE for those without."""

    def __init__(self, a: Side, b: Side) -> None:
        self.a, self.b = a, b
        self.of_a, self.of_b = [NONE] * len(a), [NONE] * len(b)

    def pair(self, a: int, b: int) -> None:
        self.of_a[a], self.of_b[b] = b, a

    def is_moved(self, a: int, b: int) -> bool:
        """Whether they hang under spans that don't belong together."""
        above_a, above_b = self.a.parents[a], self.b.parents[b]
        return (above_a == NOBODY) != (above_b == NOBODY) or (above_a != NOBODY and self.of_a[above_a] != above_b)


def matching_of(a: Side, b: Side) -> Matching:
    """Near-linear in the number of spans, whatever their shape."""
    matching = Matching(a, b)
    _match_below(matching, _match_siblings(matching, a.roots(), b.roots()))
    _match_only_ones(matching)
    _match_equal_subtrees(matching)
    return matching


def _match_below(matching: Matching, left: list[tuple[int, int]]) -> None:
    """What hangs under these pairs and has no partner elsewhere."""
    while left:
        a, b = left.pop()
        if matching.a.sizes[a] > 1 and matching.b.sizes[b] > 1:
            below_a = [place for place in matching.a.children(a) if matching.of_a[place] == NONE]
            below_b = [place for place in matching.b.children(b) if matching.of_b[place] == NONE]
            left += _match_siblings(matching, below_a, below_b)


def _match_siblings(matching: Matching, of_a: list[int], of_b: list[int]) -> list[tuple[int, int]]:
    a, b = matching.a, matching.b
    if [a.keys[place] for place in of_a] == [b.keys[place] for place in of_b]:
        found = list(zip(of_a, of_b, strict=True))
    else:
        cost, found = unlikeness(a, b, of_a, of_b), []
        for by_a, by_b in ((a.keys, b.keys), (a.like, b.like)):
            new = _by(_grouped(of_a, by_a), _grouped(of_b, by_b), cost)
            of_a, of_b = _without(of_a, (one for one, _ in new)), _without(of_b, (other for _, other in new))
            found += new
        found += _renamed(a, b, of_a, of_b)
    for one, other in found:
        matching.pair(one, other)
    return found


def _by(of_a: dict[int, list[int]], of_b: dict[int, list[int]], cost: Cost) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for key, some in of_a.items():
        others = of_b.get(key, [])
        if len(some) <= len(others):
            found += partners(some, others, cost)
        else:
            found += [(one, other) for other, one in partners(others, some, lambda b, a: cost(a, b))]
    return found


def _renamed(a: Side, b: Side, of_a: list[int], of_b: list[int]) -> list[tuple[int, int]]:
    """Those with the same below them; and where one is left on each side, with half of it."""
    of_a, of_b = ([place for place in left if side.insides[place]] for side, left in ((a, of_a), (b, of_b)))
    found = _by(_grouped(of_a, a.insides), _grouped(of_b, b.insides), lambda one, other: 1)
    of_a, of_b = _without(of_a, (one for one, _ in found)), _without(of_b, (other for _, other in found))
    if len(of_a) == len(of_b) == 1 and _half_alike(a, b, of_a[0], of_b[0]):
        found.append((of_a[0], of_b[0]))
    return found


def _match_only_ones(matching: Matching) -> None:
    """Operations with something below them that are left over once on each side, elsewhere than they were."""
    only_a, only_b = (
        {key: places[0] for key, places in _grouped(_left(of, side), side.like).items() if len(places) == 1}
        for side, of in ((matching.a, matching.of_a), (matching.b, matching.of_b))
    )
    pairs = [(one, only_b[key]) for key, one in only_a.items() if key in only_b]
    pairs = [(one, other) for one, other in pairs if _half_alike(matching.a, matching.b, one, other)]
    # All of them first: what hangs under one may be the other's, whichever side is called A.
    for one, other in pairs:
        matching.pair(one, other)
    _match_below(matching, pairs)


def _match_equal_subtrees(matching: Matching) -> None:
    """The largest first: then what is inside of them is left over as they are, and goes with them row by row."""
    a, b = matching.a, matching.b
    of_b = _grouped(_left(matching.of_b, b, leaves=True), b.shapes)
    shapes = _grouped(_left(matching.of_a, a, leaves=True), a.shapes)
    for shape, places in sorted(shapes.items(), key=lambda item: -a.sizes[item[1][0]]):
        others = [place for place in of_b.get(shape, []) if matching.of_b[place] == NONE]
        for one, other in zip([place for place in places if matching.of_a[place] == NONE], others, strict=False):
            for step in range(a.sizes[one]):
                if matching.of_a[one + step] == NONE == matching.of_b[other + step]:
                    matching.pair(one + step, other + step)


def _left(partner_of: Sequence[int], side: Side, *, leaves: bool = False) -> list[int]:
    return [place for place, other in enumerate(partner_of) if other == NONE and (leaves or side.insides[place])]


def _half_alike(a: Side, b: Side, one: int, other: int) -> bool:
    """Whether at least half of their children are of the same operations, however often."""
    below_a, below_b = {a.like[place] for place in a.children(one)}, {b.like[place] for place in b.children(other)}
    return 0 < max(len(below_a), len(below_b)) <= 2 * len(below_a & below_b)


def _grouped(places: Iterable[int], by: Sequence[int]) -> dict[int, list[int]]:
    groups: dict[int, list[int]] = defaultdict(list)
    for place in places:
        groups[by[place]].append(place)
    return groups


def _without(places: list[int], gone: Iterable[int]) -> list[int]:
    left = set(gone)
    return [place for place in places if place not in left]
