"""In: a `Trace` and two sets of its places. Out: which of the one stand in a relation to some of the other.

Linear in the trace whatever its shape: a subtree is a slice of places.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence, Set

from traces.core.meaning import Relation
from traces.core.trace import Trace

NO_PLACE = -1
_REVERSE = {
    Relation.CHILD: Relation.PARENT,
    Relation.PARENT: Relation.CHILD,
    Relation.DESCENDANT: Relation.ANCESTOR,
    Relation.ANCESTOR: Relation.DESCENDANT,
    Relation.SIBLING: Relation.SIBLING,
}


def parents_of(trace: Trace) -> Sequence[int]:
    """By place; NO_PLACE of a root."""
    parents, path = [], [NO_PLACE] * (trace.levels + 1)
    for place, depth in enumerate(trace.depths):
        parents.append(path[depth])
        path[depth + 1] = place
    return parents


def related(trace: Trace, relation: Relation, left: Set[int], right: Set[int]) -> set[int]:
    """Those of `right` that are a child, descendant, … of one of `left`; nobody is one of its own."""
    if not left or not right:
        return set()
    if relation is Relation.DESCENDANT:
        return _descendants(trace, left, right)
    if relation is Relation.ANCESTOR:
        return _ancestors(trace, left, right)
    parents = parents_of(trace)
    if relation is Relation.CHILD:
        return {place for place in right if parents[place] in left}
    if relation is Relation.PARENT:
        above = {parents[place] for place in left}
        return {place for place in right if place in above}
    children = Counter(parents[place] for place in left if parents[place] != NO_PLACE)
    return {place for place in right if children[parents[place]] > (place in left)}


def related_to(trace: Trace, relation: Relation, left: Set[int], right: Set[int]) -> set[int]:
    """Those of `left` that one of `right` is a child, descendant, … of."""
    return related(trace, _REVERSE[relation], right, left)


def _descendants(trace: Trace, above: Set[int], places: Set[int]) -> set[int]:
    found, until = set(), 0
    for place in sorted(above | places):
        if place < until and place in places:
            found.add(place)
        if place in above:
            until = max(until, place + trace.sizes[place])
    return found


def _ancestors(trace: Trace, below: Set[int], places: Set[int]) -> set[int]:
    ordered = sorted(below)
    found = set()
    for place in places:
        next_below = bisect_right(ordered, place)
        if next_below < len(ordered) and ordered[next_below] < place + trace.sizes[place]:
            found.add(place)
    return found
