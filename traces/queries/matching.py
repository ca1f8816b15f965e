"""Of one trace, the spans that somebody looks for inside it."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

from traces.core.meaning import Condition, Some
from traces.queries.conditions import on_span
from traces.queries.deciding import found_spans
from traces.queries.filters import is_exact
from traces.queries.known import Extent
from traces.queries.reading import UnlessStopped, fetch, fetch_within
from traces.search import BadQuery

TIMEOUT_MS = 2_000
BOUNDS = "select start_ns, end_ns, span_count from trace where trace_id = %s"
MATCHING = """
select s.span_id, s.start_ns from span s
where s.trace_id = %s and s.start_ns between %s and %s and ({})"""


class Matching(NamedTuple):
    """Signed span ids with their starts. Incomplete: looking took too long, and nothing is known."""

    keys: list[tuple[int, int]]
    complete: bool


def matching_spans(trace_id: bytes, query: Condition | None) -> Matching:
    """In no order: the spans that the query finds in this trace."""
    trace = UUID(bytes=trace_id)
    bounds = fetch(BOUNDS, (trace,))
    if not bounds or query is None:
        return Matching([], complete=True)
    with UnlessStopped():
        try:
            return Matching(_found(query, Extent(trace, *bounds[0])), complete=True)
        except BadQuery:
            return Matching([], complete=True)
    return Matching([], complete=False)


def _found(query: Condition, extent: Extent) -> list[tuple[int, int]]:
    if not isinstance(query, Some) or not is_exact(query):
        return found_spans(query, extent, timeout_ms=TIMEOUT_MS)
    wanted = on_span(query.condition).sql
    settings = {"statement_timeout": str(TIMEOUT_MS)}
    return fetch_within(MATCHING.format(wanted.text), (*extent[:3], *wanted.params), settings=settings)
