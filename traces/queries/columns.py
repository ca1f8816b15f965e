"""A trace's narrow columns, packed by the database: what a waterfall of any size is laid out from."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from traces.core.columns import Columns, Instance, Operation, instance_of
from traces.core.values import key_from_text
from traces.queries import names
from traces.queries.reading import LONG_TIMEOUT_S, fetch, fetch_within
from traces.queries.summaries import stamp_of

# The spans of `t`, which has a trace's id and extent, by (start, id): what `columns_from` reads.
PACKED = """
select string_agg(int8send(span_id), ''), string_agg(int8send(coalesce(parent_span_id, 0)), ''),
    string_agg(int8send(start_ns), ''), string_agg(int8send(duration_ns), ''),
    string_agg(int4send(operation_id), ''), string_agg(int2send(status), ''), string_agg(int4send(resource_id), '')
from (
    select span_id, parent_span_id, start_ns, duration_ns, operation_id, status, resource_id from span
    where span.trace_id = t.trace_id and span.start_ns between t.start_ns and t.end_ns
    order by start_ns, span_id
) as ordered"""
# A value a column instead of a row a span: no Python object for each of millions of fields. The bounds come from the
# trace's own row in the same statement, so spans and version belong together whatever is written meanwhile.
COLUMNS = f"""
select t.version, t.span_count, t.error_count, t.start_ns, t.end_ns, packed.*
from trace t cross join lateral (
    {PACKED}
) as packed
where t.trace_id = %s"""
OWN_NAMES = """
select start_ns, span_id, name from span
where trace_id = %s and start_ns between %s and %s and name is not null"""
# 100,000 rows are sorted in 9 MB; beyond that on disk, which is not much slower.
SETTINGS = {"work_mem": "32MB", "statement_timeout": f"{LONG_TIMEOUT_S}s"}


def trace_columns(trace_id: bytes) -> tuple[str, Columns]:
    """All spans of a trace by (start, id), and its stamp with exactly these. None: there is no such trace."""
    found = fetch_within(COLUMNS, (UUID(bytes=trace_id),), settings=SETTINGS)
    *stamped, packed = (*found[0][:5], found[0][5:]) if found else (0, 0, 0, 0, 0, (None,) * 7)
    return stamp_of(*stamped), columns_from(trace_id, *packed)


def columns_from(
    trace_id: bytes,
    span_ids: bytes | None,
    parent_ids: bytes | None,
    starts: bytes | None,
    durations: bytes | None,
    operation_ids: bytes | None,
    statuses: bytes | None,
    resource_ids: bytes | None,
) -> Columns:
    """From what the database packed; None of a trace without spans."""
    columns = Columns(
        trace_id,
        numbers("q", span_ids),
        numbers("q", parent_ids),
        numbers("q", starts),
        numbers("q", durations),
        numbers("i", operation_ids),
        numbers("h", statuses),
        (),
        numbers("i", resource_ids),
        (),
    )
    return _with_resources(with_operations(columns))


def numbers(code: str, packed: bytes | None) -> array[int]:
    """PostgreSQL sends its numbers in network byte order."""
    numbers = array(code, packed or b"")
    if sys.byteorder == "little":
        numbers.byteswap()
    return numbers


def with_operations(columns: Columns) -> Columns:
    """The database's ids of operations replaced by places in the trace's own list of them."""
    ids = set(columns.operation_places)
    known = names.operations(ids)
    places = {id: place for place, id in enumerate(ids)}
    operations = [Operation(known[id].service, known[id].name or "", known[id].kind) for id in ids]
    of_rows = _replaced(columns.operation_places, places)
    columns = replace(columns, operation_places=of_rows, operations=operations)
    return _with_own_names(columns) if any(known[id].name is None for id in ids) else columns


def _with_resources(columns: Columns) -> Columns:
    """The same for resources, of which only the instance is of interest here; several may be of one."""
    ids = sorted(set(columns.resource_places))
    known = names.resources(ids)
    places: dict[Instance, int] = {}
    place_of = {id: places.setdefault(instance_of(known[id]), len(places)) for id in ids}
    of_rows = _replaced(columns.resource_places, place_of)
    return replace(columns, resource_places=of_rows, resources=list(places))


def _replaced(column: Sequence[int], places: Mapping[int, int]) -> array[int]:
    """By way of a list, as an array that grows takes twice as long."""
    return array("i", list(map(places.__getitem__, column)))


def _with_own_names(columns: Columns) -> Columns:
    """Where a service has too many names to be listed, spans carry theirs themselves."""
    bounds = UUID(bytes=columns.trace_id), columns.starts_ns[0], columns.starts_ns[-1]
    own = {(start_ns, span_id): name for start_ns, span_id, name in fetch(OWN_NAMES, bounds)}
    places = {operation: place for place, operation in enumerate(columns.operations)}
    of_rows = array("i", columns.operation_places)
    for row, key in enumerate(zip(columns.starts_ns, columns.span_ids, strict=True)):
        if key in own:
            operation = columns.operation(row)._replace(name=key_from_text(own[key]))
            of_rows[row] = places.setdefault(operation, len(places))
    return replace(columns, operation_places=of_rows, operations=list(places))
