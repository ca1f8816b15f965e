"""A trace's events in the order of their times, a page at a time: what happened, in which span."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

from traces.core.values import key_from_text
from traces.queries import names
from traces.queries.reading import fetch

MOST_MESSAGE = 1_000
# Each event of the trace is looked at; of their attributes only these two leave the database, and only for one page.
EVENTS = f"""
select (event ->> 0)::bigint as time_ns, span_id, start_ns, number::int, operation_id, name, event ->> 1,
    left(event -> 2 ->> 'exception.type', {MOST_MESSAGE}), left(event -> 2 ->> 'exception.message', {MOST_MESSAGE})
from span cross join lateral jsonb_array_elements(events) with ordinality as e (event, number)
where trace_id = %(trace)s and start_ns between %(start)s and %(end)s and events is not null
    and (event ->> 0)::bigint between %(first)s and %(last)s
    and ((event ->> 0)::bigint, span_id, start_ns, number) > (%(time)s, %(span)s, %(span_start)s, %(number)s)
order by time_ns, span_id, start_ns, number
limit %(most)s"""
LEAST, MOST = -(1 << 63), (1 << 63) - 1


class EventKey(NamedTuple):
    """Where an event stands in the order."""

    time_ns: int
    span_id: int  # signed
    span_start_ns: int
    number: int  # among the span's, from 1


BEFORE_ALL = EventKey(LEAST, LEAST, LEAST, 0)


class TraceEvent(NamedTuple):
    key: EventKey
    service: str
    span_name: str
    name: str
    exception_type: str  # empty where it is none
    exception_message: str


def trace_events(
    trace_id: bytes,
    extent: tuple[int, int],
    *,
    within: tuple[int, int] = (LEAST, MOST),
    after: EventKey = BEFORE_ALL,
    most: int,
) -> list[TraceEvent]:
    """The first `most` after a place in the order; `extent` is that of the trace's starts, `within` of the events."""
    places = {"time": after.time_ns, "span": after.span_id, "span_start": after.span_start_ns, "number": after.number}
    bounds = {"start": extent[0], "end": extent[1], "first": within[0], "last": within[1]}
    rows = fetch(EVENTS, {"trace": UUID(bytes=trace_id), "most": most} | places | bounds)
    operations = names.operations({row[4] for row in rows})
    found = []
    for *key, operation_id, own_name, name, exception_type, message in rows:
        operation = operations[operation_id]
        span_name = (operation.name or "") if own_name is None else key_from_text(own_name)
        said = key_from_text(name), key_from_text(exception_type or ""), key_from_text(message or "")
        found.append(TraceEvent(EventKey(*key), operation.service, span_name, *said))
    return found
