"""A trace with what was read of it, as all findings look at it: columns by place, made once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from operator import add

from traces.core.columns import STAND_IN, Operation, id_bytes
from traces.core.doctor.facts import Facts
from traces.core.doctor.finding import CODES, MOST_IDS, Elsewhere, Finding
from traces.core.printable import printable
from traces.core.span import Kind, Status
from traces.core.trace import Trace

NOWHERE = -1


@dataclass(frozen=True)
class Case:
    """All lists go by place."""

    trace: Trace
    facts: Facts
    parents: Sequence[int]  # places; NOWHERE for a root
    operations: Sequence[int]  # in trace.columns.operations; STAND_IN for a parent that isn't here
    starts_ns: Sequence[int]
    durations_ns: list[int]
    ends_ns: Sequence[int]
    statuses: Sequence[int]

    @cached_property
    def series(self) -> list[Sequence[int]]:
        """Client spans of one operation under one parent, by start: two and more."""
        operations = self.trace.columns.operations
        is_call = [operation.kind == Kind.CLIENT for operation in operations]
        groups: defaultdict[int, list[int]] = defaultdict(list)
        if any(is_call):
            is_call.append(False)  # found by the number of a stand-in
            for place, (parent, operation) in enumerate(zip(self.parents, self.operations, strict=True)):
                if is_call[operation] and parent != NOWHERE:
                    groups[parent * len(is_call) + operation].append(place)
        return [calls for calls in groups.values() if len(calls) > 1]

    def operation(self, place: int) -> Operation:
        return self.trace.columns.operations[self.operations[place]]

    def is_here(self, place: int) -> bool:
        return self.operations[place] != STAND_IN

    def is_error(self, place: int) -> bool:
        return self.statuses[place] == Status.ERROR

    def title(self, place: int) -> str:
        return title_of(self.operation(place)) if self.is_here(place) else "a span that isn't here"

    def finding(
        self, code: str, places: Iterable[int], message: str, mend: str, elsewhere: tuple[Elsewhere, ...] = ()
    ) -> Finding:
        span_ids, order = self.trace.columns.span_ids, self.trace.order
        ids = tuple(id_bytes(span_ids[order[place]]) for place in islice(places, MOST_IDS))
        return Finding(code, ids, message, mend, CODES[code], elsewhere)

    def in_one_process(self, place: int) -> bool:
        """Whether a span is known to be of the same service as its parent, by the same clock."""
        parent = self.parents[place]
        if parent == NOWHERE or not self.is_here(parent) or not self.is_here(place):
            return False
        own, above = self.operation(place), self.operation(parent)
        return own.service == above.service and own.kind not in (Kind.SERVER, Kind.CONSUMER)


def case_of(trace: Trace, facts: Facts) -> Case:
    columns, order = trace.columns, trace.order
    starts_ns = [columns.starts_ns[row] for row in order]
    durations_ns = [columns.durations_ns[row] for row in order]
    return Case(
        trace=trace,
        facts=facts,
        parents=_parents(trace.depths),
        operations=[columns.operation_places[row] for row in order],
        starts_ns=starts_ns,
        durations_ns=durations_ns,
        ends_ns=list(map(add, starts_ns, durations_ns)),
        statuses=[columns.statuses[row] for row in order],
    )


def title_of(operation: Operation) -> str:
    return printable(f"{operation.service} {operation.name}")


def _parents(depths: Sequence[int]) -> list[int]:
    parents: list[int] = []
    above: list[int] = []  # the last place of each depth
    for place, depth in enumerate(depths):
        if depth < len(above):
            above[depth] = place
        else:
            above.append(place)
        parents.append(above[depth - 1] if depth else NOWHERE)
    return parents
