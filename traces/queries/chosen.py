"""Traces of a list, and keys of attributes -> each trace's value under each key: its root's, else the first span's."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple
from uuid import UUID

from traces.core.values import Value, key_text
from traces.queries.attribute_values import Cut
from traces.queries.reading import fetch_in_time
from traces.queries.summaries import TraceSummary

TIMEOUT_MS = 1_000
# Of a trace; the root is looked at whatever their number.
MOST_SPANS = 2_000
LONGEST = 300
VALUES = f"""
select distinct on (t.n, k.n) t.n - 1, k.n - 1, left(coalesce(s.attributes -> k.key, r.attributes -> k.key)::text,
    {LONGEST})
from unnest(%s::uuid[], %s::bigint[], %s::bigint[], %s::bigint[])
    with ordinality as t (trace_id, first_ns, last_ns, head_id, n)
cross join lateral (
    (select span_id, start_ns, attributes, resource_id from span
        where trace_id = t.trace_id and span_id = t.head_id and start_ns between t.first_ns and t.last_ns limit 1)
    union all
    (select span_id, start_ns, attributes, resource_id from span
        where trace_id = t.trace_id and start_ns between t.first_ns and t.last_ns limit {MOST_SPANS})
) as s
join resource r on r.id = s.resource_id
cross join unnest(%s::text[]) with ordinality as k (key, n)
where s.attributes ? k.key or r.attributes ? k.key
order by t.n, k.n, s.span_id <> t.head_id, s.start_ns, s.span_id"""


class Chosen(NamedTuple):
    """A trace's values, one a key; None for a trace without it. `complete` is False where not all spans were read."""

    values: tuple[Value | Cut | None, ...]
    complete: bool


def chosen_values(traces: Sequence[TraceSummary], keys: Sequence[str]) -> list[Chosen] | None:
    """In the order of the traces. None at all: reading took too long."""
    if not keys or not traces:
        return [Chosen((), complete=True) for _ in traces]
    params = (
        [UUID(bytes=trace.trace_id) for trace in traces],
        [trace.start_ns for trace in traces],
        [trace.end_ns for trace in traces],
        [int.from_bytes(trace.root_span_id, signed=True) for trace in traces],
        [key_text(key) for key in keys],
    )
    rows = fetch_in_time(VALUES, params, timeout_ms=TIMEOUT_MS)
    if rows is None:
        return None
    found = {(trace, key): _value(text) for trace, key, text in rows}
    return [_chosen(trace, place, found, len(keys)) for place, trace in enumerate(traces)]


def _chosen(trace: TraceSummary, place: int, found: Mapping[tuple[int, int], Value | Cut], keys: int) -> Chosen:
    values = tuple(found.get((place, key)) for key in range(keys))
    return Chosen(values, complete=trace.span_count <= MOST_SPANS or None not in values)


def _value(text: str) -> Value | Cut:
    with suppress(ValueError):
        found: Value = json.loads(text)
        return found
    return Cut(text)
