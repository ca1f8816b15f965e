"""In: a trace's spans in any order. Out: a `Trace`, its spans in pre-order with depth and subtree size.

`parent_span_id` is reported data: it can be missing, point at the span itself, round in a circle, or at an id
that two spans carry. All of that is decided here, once, and nobody reads the field again. Nothing recurses
(a chain of 5,000 spans is legal), and all is linear but for one sort.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import NamedTuple

from traces.core.span import Kind, Span

OWN_PARENT = "names itself as its parent; shown as a root"
CYCLE = "its parents lead round in a circle back to it; shown as a root"
SHARED_ID = "another span of this trace has the same id"
MISSING_PARENT = "missing parent"

_NONE = -1
_by_start = itemgetter(Span._fields.index("start_ns"), Span._fields.index("span_id"))


class Node(NamedTuple):
    """A row of the tree: a span, or a stand-in for a parent that isn't here (`span` is None)."""

    span: Span | None
    span_id: bytes
    depth: int
    size: int  # nodes of its subtree, itself included: nodes[i : i + size]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Trace:
    """Every span once: parents before children, siblings by (start, span id), stand-ins after the roots."""

    nodes: Sequence[Node]
    start_ns: int
    end_ns: int
    levels: int  # 1 where all are roots
    missing_parents: int
    orphans: int  # spans that hang under a stand-in
    cycles: int

    @property
    def extent_ns(self) -> int:
        return self.end_ns - self.start_ns


@dataclass(slots=True)
class _Shared:
    """The places of the spans that carry one id. Zipkin's client and server side of a call share theirs."""

    earliest: int
    client: int = _NONE
    server: int = _NONE
    of_service: dict[str, int] = field(default_factory=dict)


def build_trace(spans: Iterable[Span]) -> Trace:
    """The tree of a trace's spans, read from the narrow fields. 100,000 take about 0.2 s."""
    ordered = sorted(spans, key=_by_start)
    parents, missing, notes = _resolve_parents(ordered)
    order = _preorder(parents)
    if len(order) < len(parents):
        _cut_cycles(parents, order, notes)
        order = _preorder(parents)
    depths, sizes = _measure(parents, order)
    ids = [span.span_id for span in ordered] + missing
    rows: list[Span | None] = [*ordered, *[None] * len(missing)]
    return Trace(
        nodes=[Node(rows[i], ids[i], depths[i], sizes[i], notes.get(i, "")) for i in order],
        start_ns=ordered[0].start_ns if ordered else 0,
        end_ns=max((span.start_ns + span.duration_ns for span in ordered), default=0),
        levels=max(depths, default=-1) + 1,
        missing_parents=len(missing),
        orphans=sum(parent >= len(ordered) for parent in parents),
        cycles=sum(note in (OWN_PARENT, CYCLE) for note in notes.values()),
    )


def _resolve_parents(spans: Sequence[Span]) -> tuple[list[int], list[bytes], dict[int, str]]:
    """Parents by place, the ids that aren't here (their places follow the spans'), notes by place."""
    by_id, shared = _index(spans)
    missing: dict[bytes, int] = {}
    notes: dict[int, str] = {}
    parents = []
    for place, span in enumerate(spans):
        parent = _NONE
        if shared and (span.span_id in shared or span.parent_span_id in shared):
            parent = _parent_among_shared(span, shared)
            notes[place] = SHARED_ID if span.span_id in shared else ""
        if parent == _NONE and (parent_id := span.parent_span_id) is not None:
            known = by_id.get(parent_id)
            parent = missing.setdefault(parent_id, len(spans) + len(missing)) if known is None else known
        if parent == place:
            parent, notes[place] = _NONE, OWN_PARENT
        parents.append(parent)
    return parents + [_NONE] * len(missing), list(missing), notes


def _index(spans: Sequence[Span]) -> tuple[dict[bytes, int], dict[bytes | None, _Shared]]:
    """The first place of each id, and more about those that several spans carry."""
    by_id: dict[bytes, int] = {}
    again = [place for place, span in enumerate(spans) if by_id.setdefault(span.span_id, place) != place]
    shared: dict[bytes | None, _Shared] = {}
    for place in sorted({by_id[spans[place].span_id] for place in again}.union(again)):
        span = spans[place]
        group = shared.setdefault(span.span_id, _Shared(place))
        group.of_service.setdefault(span.service, place)
        if span.kind in (Kind.SERVER, Kind.CONSUMER) and group.server == _NONE:
            group.server = group.of_service[span.service] = place
        elif span.kind in (Kind.CLIENT, Kind.PRODUCER) and group.client == _NONE:
            group.client = place
    return by_id, shared


def _parent_among_shared(span: Span, shared: dict[bytes | None, _Shared]) -> int:
    """A call's server side hangs under its client side; a child under its service's twin, else the server.

    client        |==================|   id 2, child of 1
      server         |==========|        id 2, child of 1
        child          |====|            id 3, child of 2
    """
    twins = shared.get(span.span_id)
    if twins and twins.client != _NONE and span.kind in (Kind.SERVER, Kind.CONSUMER):
        return twins.client
    group = shared.get(span.parent_span_id)
    if group is None:
        return _NONE
    return group.of_service.get(span.service, group.server if group.server != _NONE else group.earliest)


def _preorder(parents: Sequence[int]) -> list[int]:
    """The places that hang on a root, parents first; a cycle and what hangs on it hang on none."""
    first_child, next_sibling, roots = [_NONE] * len(parents), [_NONE] * len(parents), []
    for place in range(len(parents) - 1, -1, -1):
        parent = parents[place]
        if parent == _NONE:
            roots.append(place)
        else:
            next_sibling[place] = first_child[parent]
            first_child[parent] = place
    order, stack = [], roots
    while stack:
        place = stack.pop()
        order.append(place)
        if (sibling := next_sibling[place]) != _NONE:
            stack.append(sibling)
        if (child := first_child[place]) != _NONE:
            stack.append(child)
    return order


def _cut_cycles(parents: list[int], reached: Iterable[int], notes: dict[int, str]) -> None:
    """Make a root of each cycle's earliest span, in place. Every span is walked over twice at most."""
    done = set(reached)
    for start in range(len(parents)):
        path, place = set(), start
        while place not in done and place not in path:
            path.add(place)
            place = parents[place]
        if place in path:
            cycle = [place]
            while (above := parents[cycle[-1]]) != place:
                cycle.append(above)
            parents[min(cycle)], notes[min(cycle)] = _NONE, CYCLE
        done |= path


def _measure(parents: Sequence[int], order: Sequence[int]) -> tuple[list[int], list[int]]:
    """Depth and subtree size by place."""
    depths, sizes = [0] * len(parents), [1] * len(parents)
    for place in order:
        if (parent := parents[place]) != _NONE:
            depths[place] = depths[parent] + 1
    for place in reversed(order):
        if (parent := parents[place]) != _NONE:
            sizes[parent] += sizes[place]
    return depths, sizes
