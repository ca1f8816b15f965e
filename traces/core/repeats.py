"""In: a `Trace`. Out: its repeated siblings: leaves of one operation under one parent, which one row can stand for.

    GET /carts/{id}    |==================|
      SELECT prices ×5   |==| |=| |=| |==| |=|

They need not follow each other: the row stands where the first of them would. A root has no siblings, and a span that
there is a note about stays by itself.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from traces.core.columns import rows_with
from traces.core.trace import Trace

REPEATED = 5  # fewer are read faster one by one


@dataclass(frozen=True, slots=True)
class Repeats:
    """Groups of places, each ascending, ordered by their heads: the first of each. No place is in two.

    Numbers in two lists, as there may be a million of them and they are kept in a file.
    """

    members: Sequence[int]
    bounds: Sequence[int]  # group i: members[bounds[i] : bounds[i + 1]]

    def __len__(self) -> int:
        return len(self.bounds) - 1

    def __getitem__(self, number: int) -> Sequence[int]:
        return self.members[self.bounds[number] : self.bounds[number + 1]]

    def __iter__(self) -> Iterator[Sequence[int]]:
        return map(self.__getitem__, range(len(self)))

    def headed_by(self, place: int) -> Sequence[int]:
        """The group whose first member this is; empty if there is none."""
        number = bisect_left(range(len(self)), place, key=self._head)
        return self[number] if number < len(self) and self._head(number) == place else ()

    def with_member(self, place: int) -> Sequence[int]:
        """The group that this place is in; empty if there is none."""
        found = rows_with(self.members, place) if self.members else []
        return self[bisect_right(self.bounds, found[0]) - 1] if found else ()

    def heads(self) -> Iterable[int]:
        return map(self.members.__getitem__, self.bounds[:-1])

    def _head(self, number: int) -> int:
        return self.members[self.bounds[number]]


NO_REPEATS = Repeats(array("i"), array("i", [0]))


def repeats_of(trace: Trace) -> Repeats:
    """Linear in the number of rows, whatever the shape of the trace."""
    sizes, order, operations = trace.sizes, trace.order, trace.columns.operation_places
    groups: list[list[int]] = []
    # Where less than REPEATED rows follow the first child's subtree, there can't be so many leaves.
    roomy = [place for place, size in enumerate(sizes) if size > REPEATED and size - sizes[place + 1] >= REPEATED]
    for parent in roomy:
        leaves = _leaves_under(sizes, parent)
        if len(leaves) >= REPEATED:
            of_leaves = [operations[order[leaf]] for leaf in leaves]
            groups += [leaves] if len(set(of_leaves)) == 1 else _by_operation(leaves, of_leaves)
    if trace.notes:
        groups = [kept for group in groups if len(kept := [one for one in group if one not in trace.notes]) >= REPEATED]
    groups.sort(key=lambda group: group[0])
    members, bounds = array("i"), array("i", [0])
    for group in groups:
        members.extend(group)
        bounds.append(len(members))
    return Repeats(members, bounds)


def _leaves_under(sizes: Sequence[int], parent: int) -> list[int]:
    leaves, place, after = [], parent + 1, parent + sizes[parent]
    while place < after:
        size = sizes[place]
        if size == 1:
            leaves.append(place)
        place += size
    return leaves


def _by_operation(leaves: list[int], operations: list[int]) -> list[list[int]]:
    if len(leaves) - len(set(operations)) < REPEATED - 1:
        return []
    groups: dict[int, list[int]] = defaultdict(list)
    for leaf, operation in zip(leaves, operations, strict=True):
        groups[operation].append(leaf)
    return [group for group in groups.values() if len(group) >= REPEATED]
