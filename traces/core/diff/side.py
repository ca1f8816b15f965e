"""In: the analyses of two traces. Out: what their spans are matched by, as numbers that mean the same on both sides."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from traces.core.analysis import Analysis
from traces.core.columns import STAND_IN, Operation
from traces.core.name_templates import templated
from traces.core.timeline import NOBODY
from traces.core.trace import MISSING_PARENT

_MISSING = Operation("", MISSING_PARENT, -1)


@dataclass(frozen=True, slots=True)
class Side:
    """A trace by place; equal numbers, equal things, on either side."""

    analysis: Analysis
    keys: Sequence[int]  # service, name and kind
    like: Sequence[int]  # the same, ids in names being all one
    insides: Sequence[int]  # what hangs below, to the last span; 0 for nothing
    shapes: Sequence[int]  # the span and what hangs below

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def parents(self) -> Sequence[int]:
        return self.analysis.timeline.parents

    @property
    def sizes(self) -> Sequence[int]:
        return self.analysis.timeline.sizes

    def roots(self) -> list[int]:
        found, place, sizes = list[int](), 0, self.sizes
        while place < len(self):
            found.append(place)
            place += sizes[place]
        return found

    def named(self, place: int) -> tuple[str, str]:
        """Service and name, without ids in it."""
        operation = self.analysis.timeline.operation(place) or _MISSING
        return operation.service, templated(operation.name)

    def children(self, place: int) -> list[int]:
        return self.analysis.timeline.children(place)


class Numbering:
    """Gives equal things equal numbers, from 0."""

    def __init__(self) -> None:
        self._numbers: dict[Hashable, int] = {}

    def __call__(self, thing: Hashable) -> int:
        return self._numbers.setdefault(thing, len(self._numbers))


def sides_of(a: Analysis, b: Analysis) -> tuple[Side, Side]:
    keys, like, insides, shapes = Numbering(), Numbering(), Numbering(), Numbering()
    insides(())  # is 0
    return _side(a, keys, like, insides, shapes), _side(b, keys, like, insides, shapes)


def _side(analysis: Analysis, keys: Numbering, like: Numbering, insides: Numbering, shapes: Numbering) -> Side:
    trace = analysis.trace
    # A stand-in's number, as an index, is the last of these.
    operations = [*trace.columns.operations, _MISSING]
    of_keys = [keys(operation) for operation in operations]
    of_like = [like((one.service, templated(one.name), one.kind)) for one in operations]
    rows = [trace.columns.operation_places[row] for row in trace.order]
    assert STAND_IN == -1
    own = [of_like[row] for row in rows]
    below, whole = _subtrees(own, analysis.timeline.parents, insides, shapes)
    return Side(analysis, [of_keys[row] for row in rows], own, below, whole)


def _subtrees(
    own: Sequence[int], parents: Sequence[int], insides: Numbering, shapes: Numbering
) -> tuple[list[int], list[int]]:
    """Upwards from the last row, so that children are known before their parent. Linear: each is in one tuple."""
    below, whole = [0] * len(own), [0] * len(own)
    gathered: dict[int, list[int]] = defaultdict(list)
    for place in range(len(own) - 1, -1, -1):
        if (found := gathered.pop(place, None)) is not None:
            below[place] = insides(tuple(found))
        whole[place] = shapes((own[place], below[place]))
        if parents[place] != NOBODY:
            gathered[parents[place]].append(whole[place])
    return below, whole
