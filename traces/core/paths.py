"""In: traces. Out: the path of each span from its root, as numbers that mean the same in all of them.

A path is service, name without ids, and kind from the root on; of siblings with one path the second is another than
the first.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from traces.core.columns import Operation
from traces.core.name_templates import templated
from traces.core.timeline import NOBODY, parents_of
from traces.core.trace import MISSING_PARENT, Trace

NOWHERE = -1  # the path of what is above a root
_MISSING = Operation("", MISSING_PARENT, -1)


@dataclass(frozen=True, slots=True)
class Paths:
    """Grows with each trace that is read."""

    _numbers: dict[tuple[int, Operation, int], int] = field(default_factory=dict)
    steps: list[tuple[int, Operation, int]] = field(
        default_factory=list
    )  # by path: the one above, what, the so manieth

    def __len__(self) -> int:
        return len(self.steps)

    def of(self, trace: Trace) -> list[int]:
        """By place."""
        columns = trace.columns
        # A stand-in's number, as an index, is the last of these.
        what = [one._replace(name=templated(one.name)) for one in columns.operations] + [_MISSING]
        seen: Counter[tuple[int, Operation]] = Counter()
        found: list[int] = []
        for row, parent in zip(trace.order, parents_of(trace), strict=True):
            operation = what[columns.operation_places[row]]
            times = seen[parent, operation]
            seen[parent, operation] += 1
            found.append(self._number((NOWHERE if parent == NOBODY else found[parent], operation, times)))
        return found

    def _number(self, step: tuple[int, Operation, int]) -> int:
        number = self._numbers.setdefault(step, len(self._numbers))
        if number == len(self.steps):
            self.steps.append(step)
        return number
