"""A span -> what lies around it: its parent, how many children it has, which of the traces it links to are here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

from traces.core.span import Span
from traces.core.values import key_from_text
from traces.queries import names
from traces.queries.reading import fetch
from traces.queries.summaries import COLUMNS, TraceSummary, summaries

PARENT = """
select operation_id, name from span
where trace_id = %s and start_ns between %s and %s and span_id = %s order by start_ns limit 1"""
# No index knows a parent's children: this reads the whole trace.
CHILDREN = "select count(*) from span where trace_id = %s and start_ns between %s and %s and parent_span_id = %s"
COUNTED_UP_TO = 10_000
LINKED = f"select {COLUMNS} from trace t where t.trace_id = any(%s::uuid[])"


class Parent(NamedTuple):
    service: str
    name: str


def parent_of(span: Span, trace: TraceSummary) -> Parent | None:
    """None where the span has none, or its parent isn't here."""
    if span.parent_span_id is None:
        return None
    rows = fetch(PARENT, (*_within(trace), int.from_bytes(span.parent_span_id, signed=True)))
    if not rows:
        return None
    operation_id, name = rows[0]
    operation = names.operations({operation_id})[operation_id]
    return Parent(operation.service, (operation.name or "") if name is None else key_from_text(name))


def children_of(span: Span, trace: TraceSummary) -> int | None:
    """How many spans name this one as their parent; None in a trace too large to count them at once."""
    if trace.span_count > COUNTED_UP_TO:
        return None
    return int(fetch(CHILDREN, (*_within(trace), int.from_bytes(span.span_id, signed=True)))[0][0])


def traces_here(trace_ids: Iterable[bytes]) -> dict[bytes, TraceSummary]:
    """Those of the traces that are stored, by id."""
    wanted = sorted({UUID(bytes=trace_id) for trace_id in trace_ids})
    return {trace.trace_id: trace for trace in summaries(fetch(LINKED, (wanted,)))} if wanted else {}


def _within(trace: TraceSummary) -> tuple[UUID, int, int]:
    return UUID(bytes=trace.trace_id), trace.start_ns, trace.end_ns
