"""A span -> how long the latest others of its operation took, from a bounded read.

Nothing orders an operation's spans by time. Of a common operation there are some in the latest traces, so those are
walked first; what is rarer than that is collected through the index of operations: of the last day, then of all times.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from traces.core.peers import FEWEST
from traces.core.project import PROJECT
from traces.core.span import Span
from traces.core.timescale import DAY
from traces.core.values import key_text
from traces.queries.reading import fetch, fetch_in_time

MOST = 1_000
# With so many at hand nobody looks further: what is left to find is in older traces, and dear where it is much.
ENOUGH = 200
TIMEOUT_MS = 200
# Looking into a trace takes time by its number of spans, so a huge one would take all there is. Walking ends half-way,
# with what it has by then: what is rare is found by the index in a millisecond.
WALKED: dict[str, int] = {"most_traces": 2_000, "most_spans": 2_000, "most_ms": TIMEOUT_MS // 2}

# An operation has a row of its own, or is one of those beyond its service's limit, whose spans keep their names.
OPERATIONS = """
select o.id, o.name is null from operation o join service s on s.id = o.service_id
where s.project = %s and md5(s.name) = md5(%s) and o.kind = %s and (o.name is null or md5(o.name) = md5(%s))"""
OTHERS = """s.start_ns <= %(now)s and (s.trace_id, s.span_id, s.start_ns) <> (%(trace)s, %(span)s, %(start)s)
    and (s.operation_id = any(%(named)s::int[]) or s.operation_id = any(%(beyond)s::int[]) and s.name = %(name)s)"""
# The clock is asked for each trace. OFFSET 0 keeps the traces in their order, and the question to each of them from
# being turned into a join over all spans.
WALK = f"""
select found.duration_ns from (
    select * from (
        select trace_id, start_ns, end_ns from trace
        where project = %(project)s and start_ns <= %(now)s and span_count <= %(most_spans)s
        order by start_ns desc limit %(most_traces)s
    ) latest where clock_timestamp() < statement_timestamp() + %(most_ms)s * interval '1 ms'
) t cross join lateral (
    select s.duration_ns from span s
    where s.trace_id = t.trace_id and s.start_ns between t.start_ns and t.end_ns and {OTHERS} offset 0
) found limit %(most)s"""
COLLECT = f"""
select s.duration_ns from span s
where s.start_ns >= %(since)s and array[s.operation_id, -s.resource_id] && %(operations)s::int[] and {OTHERS}
order by s.start_ns desc limit %(most)s"""


def peers_of(span: Span, *, now_ns: int, timeout_ms: int = TIMEOUT_MS) -> list[int] | None:
    """Durations, in nanoseconds, of up to `MOST` others with its service, name and kind: those of the latest traces.

    Fewer where these are enough or time ran out; None where it did before there were enough to compare with.
    """
    until_s, best, params = time.monotonic() + timeout_ms / 1000, list[int](), _asked(span, now_ns)
    for query, more in _ways(now_ns):
        left_ms = int((until_s - time.monotonic()) * 1000)
        found = _durations(query, params | more, left_ms) if left_ms > 0 else None
        if found is None:
            return best if len(best) >= FEWEST else None
        best = max(best, found, key=len)
        if len(best) >= ENOUGH:
            break
    return best


def _ways(now_ns: int) -> Iterator[tuple[str, dict[str, object]]]:
    """From the one that is best for what is common to the one that finds all."""
    yield WALK, dict(WALKED)
    yield COLLECT, {"since": now_ns - DAY}
    yield COLLECT, {"since": -(1 << 63)}


def _asked(span: Span, now_ns: int) -> dict[str, object]:
    name = key_text(span.name)
    operations = fetch(OPERATIONS, (PROJECT, key_text(span.service), int(span.kind), name))
    return {
        "project": PROJECT,
        "now": now_ns,
        "trace": UUID(bytes=span.trace_id),
        "span": int.from_bytes(span.span_id, signed=True),
        "start": span.start_ns,
        "name": name,
        "operations": [id for id, _ in operations],
        "named": [id for id, is_rest in operations if not is_rest],
        "beyond": [id for id, is_rest in operations if is_rest],
        "most": MOST,
    }


def _durations(query: str, params: Mapping[str, Any], timeout_ms: int) -> list[int] | None:
    """None after the timeout."""
    rows = fetch_in_time(query, params, timeout_ms=timeout_ms, settings={"enable_seqscan": "off"})
    return None if rows is None else [duration_ns for (duration_ns,) in rows]
