"""Spans -> one row a trace: its extent, head, counts and services, merged with what was there.

The head is the root; of several roots the one with the smallest (start, id), whatever order they arrive in; while
there is no root, the earliest span. Merging is commutative and associative, so batches may come in any order.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

import psycopg

from traces.core.sampling import weight
from traces.core.span import Span, Status
from traces.core.values import key_text
from traces.store.catalogue import Catalogue

_ERROR = int(Status.ERROR)
# Bytes compare as unsigned numbers, here and in Python.
_BETTER = """(not excluded.has_root, excluded.head_start_ns, int8send(excluded.head_span_id))
    < (not t.has_root, t.head_start_ns, int8send(t.head_span_id))"""
_HEAD = "".join(
    f"    {column} = case when {_BETTER} then excluded.{column} else t.{column} end,\n"
    for column in ("head_span_id", "head_start_ns", "head_duration_ns", "head_operation_id", "head_name")
)
# Services are appended, and added up only now and then, for that takes a subquery a column.
_SERVICES = ",\n".join(
    f"""    {column} = case when cardinality(t.service_ids) + cardinality(excluded.service_ids) <= 96
        then t.{column} || excluded.{column}
        else (select array_agg({value} order by id) from (
            select id, sum(n)::int as n from unnest(
                t.service_ids || excluded.service_ids, t.{column} || excluded.{column}) as u (id, n) group by id
        ) as added) end"""
    for column, value in (("service_ids", "id"), ("service_spans", "n"), ("service_errors", "n"))
)
# A batch seldom brings an operation that its trace hasn't had.
_OPERATIONS = """    operation_ids = case when excluded.operation_ids <@ t.operation_ids then t.operation_ids
        when cardinality(t.operation_ids) + cardinality(excluded.operation_ids) <= 96
        then t.operation_ids || excluded.operation_ids
        else array(select distinct unnest(t.operation_ids || excluded.operation_ids)) end"""
MERGE = f"""
insert into trace as t (trace_id, start_ns, end_ns, duration_ns, head_span_id, head_start_ns, head_duration_ns,
    head_operation_id, head_name, has_root, span_count, error_count, version, weight, project,
    service_ids, service_spans, service_errors, operation_ids, written_ns)
select trace_id, start_ns, end_ns, case when has_root then head_duration_ns else end_ns - start_ns end,
    head_span_id, head_start_ns, head_duration_ns, head_operation_id, head_name, has_root, span_count, error_count,
    1, weight, %s, service_ids::int[], service_spans::int[], service_errors::int[],
    operation_ids::int[], %s
from unnest(%s::uuid[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::int[],
    %s::bool[], %s::int[], %s::int[], %s::real[], %s::text[], %s::text[], %s::text[], %s::text[],
    %s::text[]) as s (trace_id, start_ns, end_ns, head_span_id, head_start_ns, head_duration_ns, head_operation_id,
    has_root, span_count, error_count, weight, head_name, service_ids, service_spans, service_errors, operation_ids)
on conflict (trace_id) do update set
    start_ns = least(t.start_ns, excluded.start_ns),
    end_ns = greatest(t.end_ns, excluded.end_ns),
    duration_ns = case
        when not (t.has_root or excluded.has_root)
            then greatest(t.end_ns, excluded.end_ns) - least(t.start_ns, excluded.start_ns)
        when {_BETTER} then excluded.head_duration_ns else t.head_duration_ns end,
{_HEAD}    has_root = t.has_root or excluded.has_root,
    span_count = t.span_count + excluded.span_count,
    error_count = t.error_count + excluded.error_count,
    version = t.version + 1,
    written_ns = excluded.written_ns,
    weight = greatest(t.weight, excluded.weight),
{_SERVICES},
{_OPERATIONS}"""


def merge(cursor: psycopg.Cursor[Any], spans: Sequence[Span], catalogue: Catalogue, *, project: int) -> None:
    """Adds the spans, which are sorted by trace id and were not stored before, to the rows of their traces."""
    rows = [_row(trace_id, list(group), catalogue) for trace_id, group in groupby(spans, key=itemgetter(0))]
    if rows:
        *columns, names, ids, counts, errors, operations = map(list, zip(*rows, strict=True))
        # Planned once a connection: planning takes as long as merging twenty rows.
        written_ns = time.time_ns()
        params = (project, written_ns, *map(_literal, columns), names, ids, counts, errors, operations)
        cursor.execute(MERGE, params, prepare=True)


def _row(trace_id: bytes, spans: list[Span], catalogue: Catalogue) -> tuple[object, ...]:
    """What a batch knows of one trace. One loop, because most batches bring two or three spans of each."""
    head = spans[0]
    start_ns, end_ns, heaviest = head.start_ns, head.end_ns, 1.0
    counts: dict[str, int] = {}
    errors: dict[str, int] = {}
    operations: set[int] = set()
    known = catalogue.operations
    for span in spans:
        begun_ns, service = span.start_ns, span.service
        ended_ns = begun_ns + span.duration_ns
        if begun_ns < start_ns:
            start_ns = begun_ns
        if ended_ns > end_ns:
            end_ns = ended_ns
        if span is not head and _head_order(span) < _head_order(head):
            head = span
        counts[service] = counts.get(service, 0) + 1
        name, kind = span.name, span.kind
        operations.add((known.get((service, name, kind)) or catalogue.operation_id(service, name, kind))[0])
        if span.status == _ERROR:
            errors[service] = errors.get(service, 0) + 1
        if span.trace_state:
            heaviest = max(heaviest, weight(span.trace_state))
    operation_id, own_name = catalogue.operation_id(head.service, head.name, head.kind)
    return (
        trace_id.hex(),
        start_ns,
        end_ns,
        int.from_bytes(head.span_id, signed=True),
        head.start_ns,
        head.duration_ns,
        operation_id,
        head.parent_span_id is None,
        len(spans),
        sum(errors.values()),
        heaviest,
        None if own_name is None else key_text(own_name),
        _literal([catalogue.service_id(service) for service in counts]),
        _literal(counts.values()),
        _literal([errors.get(service, 0) for service in counts]),
        _literal(operations),
    )


def _head_order(span: Span) -> tuple[bool, int, bytes]:
    return span.parent_span_id is not None, span.start_ns, span.span_id


def _literal(items: Iterable[object]) -> str:
    """PostgreSQL's text form of an array of numbers, booleans or ids; the driver adapts item by item, in Python."""
    return f"{{{','.join(map(str, items))}}}"
