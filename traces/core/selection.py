"""In: a `Trace` and what of it is wanted. Out: the places of those spans; stand-ins are never among them."""

from __future__ import annotations

from dataclasses import dataclass

from traces.core.columns import Operation
from traces.core.ruler import Stretch
from traces.core.trace import Trace


@dataclass(frozen=True, slots=True)
class Selection:
    """Which spans are meant; None is any."""

    service: str | None = None
    name: str | None = None
    kind: int | None = None
    status: int | None = None
    stretch: Stretch | None = None  # they are at least partly in it

    def places(self, trace: Trace) -> list[int]:
        """In pre-order."""
        found, columns = self._of_operations(trace), trace.columns
        if self.status is not None:
            found = [place for place in found if columns.statuses[trace.order[place]] == self.status]
        return found if self.stretch is None else self._within(trace, self.stretch, found)

    def _of_operations(self, trace: Trace) -> list[int]:
        columns = trace.columns
        wanted = [self._is_meant(operation) for operation in columns.operations]
        if all(wanted) and not trace.missing_parents:
            return list(range(len(trace)))
        wanted.append(False)  # for STAND_IN, which is -1
        of_rows = list(map(wanted.__getitem__, columns.operation_places))
        return [place for place, row in enumerate(trace.order) if of_rows[row]]

    def _is_meant(self, operation: Operation) -> bool:
        asked = ((self.service, operation.service), (self.name, operation.name), (self.kind, operation.kind))
        return all(wanted is None or wanted == had for wanted, had in asked)

    def _within(self, trace: Trace, stretch: Stretch, places: list[int]) -> list[int]:
        columns = trace.columns
        first_ns, last_ns = trace.start_ns + stretch.start_ns, trace.start_ns + stretch.end_ns
        is_in = [
            start_ns <= last_ns and start_ns + duration_ns >= first_ns
            for start_ns, duration_ns in zip(columns.starts_ns, columns.durations_ns, strict=True)
        ]
        return [place for place in places if is_in[trace.order[place]]]
