"""In: a trace's spans as columns. Out: a `Trace`, its rows in pre-order with depth and subtree size.

`parent_span_id` is reported data: it can be missing, point at the span itself, round in a circle, or at an id
that two spans carry. All of that is decided here, once, and nobody reads the field again. Nothing recurses
(a chain of 5,000 spans is legal), and all is linear.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import add, eq
from typing import cast

from traces.core.columns import NO_ID, STAND_IN, Columns, columns_of
from traces.core.span import Kind, Span, Status
from traces.core.trace import CYCLE, OWN_PARENT, SHARED_ID, Trace

_NONE = -1


@dataclass(slots=True)
class _Shared:
    """The rows of the spans that carry one id. Zipkin's client and server side of a call share theirs."""

    earliest: int
    client: int = _NONE
    server: int = _NONE
    of_service: dict[str, int] = field(default_factory=dict)


def build_trace(spans: Iterable[Span]) -> Trace:
    """The tree of a trace's spans, read from the narrow fields."""
    return trace_of(columns_of(spans))


def trace_of(columns: Columns) -> Trace:
    """The tree of a trace; the columns are kept as they are."""
    parents, missing, notes = _resolve_parents(columns)
    order = _preorder(parents)
    if len(order) < len(parents):
        _cut_cycles(parents, order, notes)
        order = _preorder(parents)
    depths, sizes = (_by_place(column, order) for column in _measure(parents, order))
    spans = len(columns)
    return Trace(
        columns=_with_stand_ins(columns, missing, order, sizes) if missing else columns,
        order=array("i", order),
        depths=depths,
        sizes=sizes,
        notes={place: notes[row] for place, row in enumerate(order) if row in notes} if notes else {},
        errors=_error_places(columns.statuses, order),
        start_ns=columns.starts_ns[0] if spans else 0,
        end_ns=max(map(add, columns.starts_ns, columns.durations_ns), default=0),
        levels=max(depths, default=-1) + 1,
        missing_parents=len(missing),
        orphans=sum(parent >= spans for parent in parents) if missing else 0,
        cycles=sum(note in (OWN_PARENT, CYCLE) for note in notes.values()),
    )


def _resolve_parents(columns: Columns) -> tuple[list[int], list[int], dict[int, str]]:
    """Parents by row, the ids that aren't here (their rows follow the spans'), notes by row."""
    span_ids, parent_ids, count = columns.span_ids, columns.parent_ids, len(columns)
    by_id: dict[int, int | None] = dict(zip(reversed(span_ids), range(count - 1, -1, -1), strict=True))
    shared = _shared_ids(columns, by_id) if len(by_id) < count else {}
    notes = {row: SHARED_ID for row, span_id in enumerate(span_ids) if span_id in shared} if shared else {}
    by_id[NO_ID] = _NONE
    known = list(map(by_id.get, parent_ids))
    for row in range(count) if shared else ():
        if (parent := _parent_among_shared(columns, row, shared)) != _NONE:
            known[row] = parent
    missing: dict[int, int] = {}
    for row in [row for row, parent in enumerate(known) if parent is None] if None in known else ():
        known[row] = missing.setdefault(parent_ids[row], count + len(missing))
    parents = cast(list[int], known)
    for row in [row for row, own in enumerate(map(eq, parents, range(count))) if own]:
        parents[row], notes[row] = _NONE, OWN_PARENT
    return parents + [_NONE] * len(missing), list(missing), notes


def _shared_ids(columns: Columns, by_id: Mapping[int, int | None]) -> dict[int, _Shared]:
    """More about the ids that several spans carry."""
    again = {span_id for row, span_id in enumerate(columns.span_ids) if by_id[span_id] != row}
    shared: dict[int, _Shared] = {}
    for row in [row for row, span_id in enumerate(columns.span_ids) if span_id in again]:
        operation = columns.operation(row)
        group = shared.setdefault(columns.span_ids[row], _Shared(row))
        group.of_service.setdefault(operation.service, row)
        if operation.kind in (Kind.SERVER, Kind.CONSUMER) and group.server == _NONE:
            group.server = group.of_service[operation.service] = row
        elif operation.kind in (Kind.CLIENT, Kind.PRODUCER) and group.client == _NONE:
            group.client = row
    return shared


def _parent_among_shared(columns: Columns, row: int, shared: Mapping[int, _Shared]) -> int:
    """A call's server side hangs under its client side; a child under its service's twin, else the server.

    client        |==================|   id 2, child of 1
      server         |==========|        id 2, child of 1
        child          |====|            id 3, child of 2
    """
    operation = columns.operation(row)
    twins = shared.get(columns.span_ids[row])
    if twins and twins.client != _NONE and operation.kind in (Kind.SERVER, Kind.CONSUMER):
        return twins.client
    group = shared.get(columns.parent_ids[row])
    if group is None:
        return _NONE
    return group.of_service.get(operation.service, group.server if group.server != _NONE else group.earliest)


def _preorder(parents: Sequence[int]) -> list[int]:
    """The rows that hang on a root, parents first; a cycle and what hangs on it hang on none."""
    first_child, next_sibling, roots = [_NONE] * len(parents), [_NONE] * len(parents), []
    for row in range(len(parents) - 1, -1, -1):
        parent = parents[row]
        if parent == _NONE:
            roots.append(row)
        else:
            next_sibling[row] = first_child[parent]
            first_child[parent] = row
    order, stack = [], roots
    while stack:
        row = stack.pop()
        order.append(row)
        if (sibling := next_sibling[row]) != _NONE:
            stack.append(sibling)
        if (child := first_child[row]) != _NONE:
            stack.append(child)
    return order


def _cut_cycles(parents: list[int], reached: Iterable[int], notes: dict[int, str]) -> None:
    """Make a root of each cycle's earliest span, in place. Every span is walked over twice at most."""
    done = set(reached)
    for start in range(len(parents)):
        path, row = set(), start
        while row not in done and row not in path:
            path.add(row)
            row = parents[row]
        if row in path:
            cycle = [row]
            while (above := parents[cycle[-1]]) != row:
                cycle.append(above)
            parents[min(cycle)], notes[min(cycle)] = _NONE, CYCLE
        done |= path


def _measure(parents: Sequence[int], order: Sequence[int]) -> tuple[list[int], list[int]]:
    """Depth and subtree size by row."""
    depths, sizes = [0] * len(parents), [1] * len(parents)
    for row in order:
        if (parent := parents[row]) != _NONE:
            depths[row] = depths[parent] + 1
    for row in reversed(order):
        if (parent := parents[row]) != _NONE:
            sizes[parent] += sizes[row]
    return depths, sizes


def _by_place(column: Sequence[int], order: Sequence[int]) -> array[int]:
    return array("i", map(column.__getitem__, order))


def _with_stand_ins(columns: Columns, missing: list[int], order: Sequence[int], sizes: Sequence[int]) -> Columns:
    """With a row for each missing parent, which has the extent of what hangs under it."""
    starts_ns, ends_ns = {}, {}
    for place, row in enumerate(order):
        if row >= len(columns):
            below = order[place + 1 : place + sizes[place]]
            starts_ns[row] = min(columns.starts_ns[one] for one in below)
            ends_ns[row] = max(columns.starts_ns[one] + columns.durations_ns[one] for one in below)
    rows = range(len(columns), len(order))
    nothing = [0] * len(missing)
    return replace(
        columns,
        span_ids=array("q", [*columns.span_ids, *missing]),
        parent_ids=array("q", [*columns.parent_ids, *nothing]),
        starts_ns=array("q", [*columns.starts_ns, *(starts_ns[row] for row in rows)]),
        durations_ns=array("q", [*columns.durations_ns, *(ends_ns[row] - starts_ns[row] for row in rows)]),
        operation_places=array("i", [*columns.operation_places, *[STAND_IN] * len(missing)]),
        statuses=array("h", [*columns.statuses, *nothing]),
        resource_places=array("i", [*columns.resource_places, *[STAND_IN] * len(missing)]),
    )


def _error_places(statuses: Sequence[int], order: Sequence[int]) -> array[int]:
    if Status.ERROR not in statuses:
        return array("i")
    rows = {row for row, status in enumerate(statuses) if status == Status.ERROR}
    return array("i", [place for place, row in enumerate(order) if row in rows])
