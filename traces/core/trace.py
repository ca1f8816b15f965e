"""The record of a laid-out trace: the spans' columns, and the order in which their rows are drawn.

A row's place is its number in pre-order, from 0. From here everything is a linear scan: a subtree is a slice of
places, collapsing skips one. All columns may lie in a mapped file: nothing is made of a row before it is looked at.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, overload

from traces.core.columns import STAND_IN, Columns, id_bytes, rows_with, signed_id
from traces.core.span import Span

OWN_PARENT = "names itself as its parent; shown as a root"
CYCLE = "its parents lead round in a circle back to it; shown as a root"
SHARED_ID = "another span of this trace has the same id"
MISSING_PARENT = "missing parent"


class Node(NamedTuple):
    """A row of the tree: a span, or a stand-in for a parent that isn't here (`span` is None)."""

    span: Span | None
    span_id: bytes
    depth: int
    size: int  # nodes of its subtree, itself included: nodes[i : i + size]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Trace:
    """Every span once: parents before children, siblings by (start, id), stand-ins after the roots."""

    columns: Columns  # a stand-in has the extent of what hangs under it
    order: Sequence[int]  # by place: the row of `columns`
    depths: Sequence[int]  # by place
    sizes: Sequence[int]  # by place
    notes: Mapping[int, str]  # by place
    errors: Sequence[int]  # places of the spans with status error, ascending
    start_ns: int
    end_ns: int
    levels: int  # 1 where all are roots
    missing_parents: int
    orphans: int  # spans that hang under a stand-in
    cycles: int

    def __len__(self) -> int:
        """Rows, stand-ins included."""
        return len(self.order)

    @property
    def extent_ns(self) -> int:
        return self.end_ns - self.start_ns

    @property
    def span_count(self) -> int:
        return len(self) - self.missing_parents

    @property
    def nodes(self) -> Sequence[Node]:
        """The rows as records."""
        return _Nodes(self)

    def start_and_duration_ns(self, place: int) -> tuple[int, int]:
        """When a row's bar starts, and how long it is; of a stand-in too."""
        row = self.order[place]
        return self.columns.starts_ns[row], self.columns.durations_ns[row]

    def place_of(self, span_id: bytes) -> int | None:
        """The first row with this id."""
        rows = rows_with(self.columns.span_ids, signed_id(span_id))
        return min((place for row in rows for place in rows_with(self.order, row)), default=None)

    def errors_within(self, start: int, stop: int) -> int:
        """How many spans with an error are among the places from `start` to before `stop`."""
        return bisect_left(self.errors, stop) - bisect_left(self.errors, start)

    def error_from(self, place: int) -> int | None:
        """The first span with an error at this place or below, else from the top again; None if there is none."""
        if not self.errors:
            return None
        return self.errors[bisect_left(self.errors, place) % len(self.errors)]

    def ancestors(self, place: int) -> list[int]:
        """The places above a row, its root last."""
        above, depth = [], self.depths[place]
        while depth:
            place -= 1
            if self.depths[place] < depth:
                depth -= 1
                above.append(place)
        return above


class _Nodes(Sequence[Node]):
    def __init__(self, trace: Trace) -> None:
        self._trace = trace

    def __len__(self) -> int:
        return len(self._trace)

    @overload
    def __getitem__(self, place: int) -> Node: ...
    @overload
    def __getitem__(self, place: slice) -> list[Node]: ...
    def __getitem__(self, place: int | slice) -> Node | list[Node]:
        places = range(len(self))[place]
        return [self._node(one) for one in places] if isinstance(places, range) else self._node(places)

    def __iter__(self) -> Iterator[Node]:
        return map(self._node, range(len(self)))

    def _node(self, place: int) -> Node:
        trace = self._trace
        columns, row = trace.columns, trace.order[place]
        span = None if columns.operation_places[row] == STAND_IN else columns.span(row)
        span_id = id_bytes(columns.span_ids[row])
        return Node(span, span_id, trace.depths[place], trace.sizes[place], trace.notes.get(place, ""))
