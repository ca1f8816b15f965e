"""A trace's spans: narrow ones for a drawing, whole ones for a panel or an export.

Each look-up carries the trace's extent, so that it touches the partitions of that time and no others.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any
from uuid import UUID

from traces.core.span import NO_ATTRIBUTES, Event, Link, Span
from traces.core.values import EncodedMap, key_from_text
from traces.queries import names
from traces.queries.columns import trace_columns
from traces.queries.reading import LONG_TIMEOUT_S, fetch, fetch_within, stream

EXTENT = "select start_ns, end_ns from trace where trace_id = %s"
WHOLE = """
select int8send(span_id), int8send(parent_span_id), start_ns, duration_ns, operation_id, name, status,
    resource_id, scope_id, flags, attributes::text, status_message, trace_state, events::text, links::text,
    dropped, notes
from span where trace_id = %s and start_ns between %s and %s"""
ONE_SPAN = f"{WHOLE} and span_id = %s order by start_ns limit %s"
AT_ONCE = 500
FIRST_SPANS = f"{WHOLE} order by start_ns, span_id limit {AT_ONCE}"
LATER_SPANS = f"{WHOLE} and (start_ns, span_id) > (%s, %s) order by start_ns, span_id"
SETTINGS = {"statement_timeout": f"{LONG_TIMEOUT_S}s"}


def trace_spans(trace_id: bytes) -> list[Span]:
    """All spans of a trace with the fields that drawing needs, by start and id. Empty: there is no such trace."""
    columns = trace_columns(trace_id)[1]
    return [columns.span(row) for row in range(len(columns))]


def span_details(trace_id: bytes, span_id: bytes, *, most: int | None = None) -> list[Span]:
    """The whole span; several where different spans came with one id, at most so many of the earliest."""
    rows = fetch(ONE_SPAN, (*_within(trace_id), int.from_bytes(span_id, signed=True), most))
    return list(_whole(trace_id, rows))


def stream_spans(trace_id: bytes) -> Iterator[Span]:
    """All whole spans of a trace by start, a few hundred in memory at a time.

    The first are read before it returns, so that an error of the database comes while there is still an answer to it.
    No query is open until more are asked for: nobody may ask.
    """
    within = _within(trace_id)
    return _streamed(trace_id, list(_whole(trace_id, fetch_within(FIRST_SPANS, within, settings=SETTINGS))), within)


def _streamed(trace_id: bytes, first: list[Span], within: tuple[UUID, int, int]) -> Iterator[Span]:
    yield from first
    if len(first) == AT_ONCE:
        last = first[-1].start_ns, int.from_bytes(first[-1].span_id, signed=True)
        rows = stream(LATER_SPANS, (*within, *last))
        while some := list(islice(rows, AT_ONCE)):
            yield from _whole(trace_id, some)


def _within(trace_id: bytes) -> tuple[UUID, int, int]:
    extent = fetch(EXTENT, (UUID(bytes=trace_id),))
    start_ns, end_ns = extent[0] if extent else (0, -1)
    return UUID(bytes=trace_id), start_ns, end_ns


def _whole(trace_id: bytes, rows: Iterable[tuple[Any, ...]]) -> Iterator[Span]:
    rows = list(rows)
    operations = names.operations({row[4] for row in rows})
    resources = names.resources({row[7] for row in rows})
    scopes = names.scopes({row[8] for row in rows})
    for row in rows:
        (span_id, parent, start_ns, duration_ns, operation_id, name, status, resource_id, scope_id, flags,
         attributes, message, trace_state, events, links, dropped, notes) = row  # fmt: skip
        operation = operations[operation_id]
        lost, lost_events, lost_links = dropped or (0, 0, 0)
        yield Span(
            trace_id,
            span_id,
            parent,
            start_ns,
            duration_ns,
            operation.service,
            (operation.name or "") if name is None else key_from_text(name),
            operation.kind,
            status,
            key_from_text(message or ""),
            EncodedMap(attributes.encode()) if attributes != "{}" else NO_ATTRIBUTES,
            tuple(map(event_of, json.loads(events or "[]"))),
            tuple(map(link_of, json.loads(links or "[]"))),
            resources[resource_id],
            scopes[scope_id],
            key_from_text(trace_state or ""),
            flags & 0xFFFFFFFF,
            lost,
            lost_events,
            lost_links,
            tuple(map(key_from_text, notes or ())),
        )


def event_of(stored: list[Any]) -> Event:
    time_ns, name, attributes, dropped = stored
    return Event(time_ns, key_from_text(name), attributes, dropped)


def link_of(stored: list[Any]) -> Link:
    trace_id, span_id, trace_state, flags, attributes, dropped = stored
    ids = bytes.fromhex(trace_id), bytes.fromhex(span_id)
    return Link(*ids, key_from_text(trace_state), flags, attributes, dropped)
