"""Of some spans, those in view: when their events were, whether an error is a timeout, and attributes asked for."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from uuid import UUID

from traces.core.layout import MOST_EVENT_MARKS, Details
from traces.core.outcome import TELLING, is_timeout
from traces.core.span import NO_ATTRIBUTES, Event, Resource, Span, Status
from traces.core.values import Value, key_from_text
from traces.queries import names
from traces.queries.reading import fetch

# Of attributes only those that tell a timeout, and of errors alone: stack traces stay where they are.
TELLS = "(select jsonb_object_agg(key, {0} -> key) from unnest(%(telling)s::text[]) as t (key) where {0} ? key)"
# What is longer isn't sent: nobody reads it in a row.
LONGEST_VALUE = 1_000
VALUES = """(select jsonb_object_agg(key, case when length((attributes -> key)::text) > %(longest)s
        then to_jsonb(left(attributes ->> key, %(longest)s) || '…') else attributes -> key end)
    from unnest(%(wanted)s::text[]) as t (key) where attributes ? key)::text"""
DETAILS = f"""
select span_id, start_ns, jsonb_array_length(coalesce(events, '[]')),
    array(select (event ->> 0)::bigint from jsonb_array_elements(events) with ordinality as e (event, number)
        where number <= %(most)s),
    status_message,
    case when status = {Status.ERROR:d} then {TELLS.format("attributes")}::text end,
    case when status = {Status.ERROR:d} then
        (select jsonb_agg({TELLS.format("event -> 2")}) from jsonb_array_elements(events) as e (event))::text
    end, {{}}
from span
where trace_id = %(trace)s and start_ns between %(first)s and %(last)s and span_id = any(%(ids)s)"""
TELLING_DETAILS = f"{DETAILS.format('null, null')} and (status = {Status.ERROR:d} or events is not null)"
DETAILS_WITH_VALUES = DETAILS.format(f"{VALUES}, resource_id")


def row_details(
    trace_id: bytes, keys: Sequence[tuple[int, int]], attributes: Sequence[str] = ()
) -> dict[tuple[int, int], Details]:
    """By signed span id and start; spans of which there is nothing to say are left out. Attributes, by stored key, are
    the span's, or else its resource's."""
    if not keys:
        return {}
    starts_ns = [start_ns for _, start_ns in keys]
    params = {
        "trace": UUID(bytes=trace_id),
        "first": min(starts_ns),
        "last": max(starts_ns),
        "ids": [span_id for span_id, _ in keys],
        "telling": list(TELLING),
        "most": MOST_EVENT_MARKS,
        "longest": LONGEST_VALUE,
        "wanted": list(attributes),
    }
    rows = fetch(DETAILS_WITH_VALUES if attributes else TELLING_DETAILS, params)
    resources = names.resources({row[-1] for row in rows}) if attributes else {}
    return {
        (span_id, start_ns): Details(
            times, events, _is_timeout(message, telling, of_events), _values(own, resources.get(resource), attributes)
        )
        for span_id, start_ns, events, times, message, telling, of_events, own, resource in rows
    }


def _values(own: str | None, resource: Resource | None, wanted: Sequence[str]) -> Mapping[str, Value]:
    if not wanted:
        return NO_ATTRIBUTES
    origin = resource.attributes if resource else NO_ATTRIBUTES
    found: dict[str, Value] = json.loads(own or "{}")
    return {key: origin[key] for key in wanted if key in origin} | found


def _is_timeout(message: str | None, attributes: str | None, of_events: str | None) -> bool:
    telling = [Event(0, "", found or NO_ATTRIBUTES) for found in json.loads(of_events or "[]")]
    error = Span(b"", b"", None, 0, 0, "", "", status=Status.ERROR)
    return is_timeout(
        error._replace(
            status_message=key_from_text(message or ""),
            attributes=json.loads(attributes or "{}"),
            events=tuple(telling),
        )
    )
