"""A trace and an attribute's key -> the value that each of its spans, or its resource, has under that key."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import NamedTuple
from uuid import UUID

from traces.core.trace import Trace
from traces.core.values import Value, key_text
from traces.queries.reading import fetch_in_time

TIMEOUT_MS = 2_000
# Longer ones go by their beginning: nobody groups spans by stack traces.
LONGEST = 300
VALUES = f"""
select s.start_ns, s.span_id, left(coalesce(s.attributes -> %(key)s, r.attributes -> %(key)s)::text, {LONGEST})
from span s join resource r on r.id = s.resource_id
where s.trace_id = %(trace)s and s.start_ns between %(first)s and %(last)s
    and coalesce(s.attributes -> %(key)s, r.attributes -> %(key)s) is not null"""


class Cut(NamedTuple):
    """The beginning of a value that is too long to be compared as a whole."""

    json: str


def attribute_values(trace: Trace, key: str, *, timeout_ms: int = TIMEOUT_MS) -> list[Value | Cut | None] | None:
    """By row of the trace's columns; None for a span without it. None at all: it took too long."""
    columns, count = trace.columns, trace.span_count
    bounds = {"first": columns.starts_ns[0], "last": columns.starts_ns[count - 1]}
    params = {"trace": UUID(bytes=columns.trace_id), "key": key_text(key)} | bounds
    rows = fetch_in_time(VALUES, params, timeout_ms=timeout_ms)
    if rows is None:
        return None
    read: dict[str, Value | Cut] = {text: _value(text) for text in {text for _, _, text in rows}}
    found = {(start_ns, span_id): read[text] for start_ns, span_id, text in rows}
    keys = zip(columns.starts_ns, columns.span_ids, strict=True)
    return list(map(found.get, keys))


def _value(text: str) -> Value | Cut:
    with suppress(ValueError):
        found: Value = json.loads(text)
        return found
    return Cut(text)
