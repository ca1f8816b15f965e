"""A trace -> recent others of the same root operation without an error, and the narrow columns of a sample of them.

Recent are the latest WALKED traces; where these have too few, those that the index of operations finds. What is rare
is then complete, what is common is of the last minutes or hours.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from hashlib import blake2b
from typing import NamedTuple
from uuid import UUID

from traces.core.columns import Columns
from traces.core.peers import FEWEST
from traces.core.project import PROJECT
from traces.core.trace import Trace
from traces.core.tree import trace_of
from traces.core.usual import UsualRanges, usual_of
from traces.queries.columns import numbers, with_operations
from traces.queries.reading import fetch, fetch_in_time

WALKED, COLLECTED = 20_000, 5_000
TIMEOUT_MS = 150
LARGEST = 5_000  # spans of a trace that is read
OWN = "select head_operation_id, head_name from trace where trace_id = %s and has_root"
IS_LIKE_IT = """has_root and error_count = 0 and head_operation_id = %(operation)s
    and head_name is not distinct from %(name)s and trace_id <> %(trace)s and span_count <= %(largest)s"""
PEER = "trace_id, start_ns, duration_ns, span_count"
WALK = f"""
select {PEER} from (
    select * from trace where project = %(project)s order by start_ns desc limit %(walked)s
) latest where {IS_LIKE_IT} order by start_ns desc"""
COLLECT = f"""
select {PEER} from trace where {IS_LIKE_IT} and trace_id in (
    select s.trace_id from span s
    where array[s.operation_id, -s.resource_id] && array[%(operation)s]::int[] and s.parent_span_id is null
    limit %(collected)s
) order by start_ns desc"""
COLUMNS = """
select trace.trace_id, packed.* from trace cross join lateral (
    select string_agg(int8send(span_id), ''), string_agg(int8send(coalesce(parent_span_id, 0)), ''),
        string_agg(int8send(start_ns), ''), string_agg(int8send(duration_ns), ''),
        string_agg(int4send(operation_id), ''), string_agg(int2send(status), '')
    from (
        select span_id, parent_span_id, start_ns, duration_ns, operation_id, status from span
        where span.trace_id = trace.trace_id and span.start_ns between trace.start_ns and trace.end_ns
        order by start_ns, span_id
    ) as ordered
) as packed
where trace.trace_id = any(%s)"""


# A sample of these is the same for the same traces, and has nothing to do with their durations.
SEED = b"ordinary peers"
MOST_PEERS, MOST_SPANS = 200, 50_000


class Peer(NamedTuple):
    trace_id: bytes
    start_ns: int
    duration_ns: int
    span_count: int


def healthy_peers(trace_id: bytes) -> list[Peer] | None:
    """The latest first; None where looking took too long, or the trace has no root."""
    own = fetch(OWN, (UUID(bytes=trace_id),))
    if not own:
        return None
    params = {
        "operation": own[0][0],
        "name": own[0][1],
        "trace": UUID(bytes=trace_id),
        "project": PROJECT,
        "walked": WALKED,
        "collected": COLLECTED,
        "largest": LARGEST,
    }
    found = _peers(WALK, params)
    if found is None or len(found) < FEWEST:
        collected = _peers(COLLECT, params)
        found = collected if collected is not None and len(collected) > len(found or ()) else found
    return found


def sampled(peers: Sequence[Peer], *, most: int = MOST_PEERS, most_spans: int = MOST_SPANS) -> list[Peer]:
    """Up to so many of them, by a hash of their ids; fewer where their spans would be too many."""
    chosen, spans = list[Peer](), 0
    for peer in sorted(peers, key=lambda one: blake2b(SEED + one.trace_id, digest_size=8).digest()):
        spans += peer.span_count
        if len(chosen) == most or spans > most_spans:
            break
        chosen.append(peer)
    return chosen


def usual_ranges(trace: Trace) -> UsualRanges | None:
    """Of its spans, from a sample of its healthy peers; None where these aren't known."""
    peers = healthy_peers(trace.columns.trace_id)
    if peers is None:
        return None
    chosen = sampled(peers)
    if len(chosen) < FEWEST:
        return UsualRanges(len(chosen), {}, ())
    return usual_of(trace, map(trace_of, columns_of_traces([peer.trace_id for peer in chosen])))


def columns_of_traces(trace_ids: Sequence[bytes]) -> list[Columns]:
    """Without instances and without names beyond a service's limit: what matching by paths needs."""
    rows = fetch(COLUMNS, ([UUID(bytes=id) for id in trace_ids],))
    return [_columns(*row) for row in rows if row[1]]


def _columns(trace_id: UUID, ids: bytes, parents: bytes, starts: bytes, durations: bytes, operations: bytes,
             statuses: bytes) -> Columns:  # fmt: skip
    of_rows = numbers("i", operations)
    nobody = array("i", bytes(4 * len(of_rows)))
    read = [numbers("q", packed) for packed in (ids, parents, starts, durations)]
    columns = Columns(
        trace_id.bytes, read[0], read[1], read[2], read[3], of_rows, numbers("h", statuses), (), nobody, ()
    )
    return with_operations(columns)


def _peers(query: str, params: dict[str, object]) -> list[Peer] | None:
    """None after the timeout."""
    rows = fetch_in_time(query, params, timeout_ms=TIMEOUT_MS)
    return None if rows is None else [Peer(trace_id.bytes, *rest) for trace_id, *rest in rows]
