"""A search and a key -> all traces that match, newest first, each with its value of the key.

That is the one of its first span that has it, as an attribute or in its resource; of `service` and `name` the root's.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from traces.core.overview import Match
from traces.core.said import Said, said
from traces.core.values import key_from_text, key_text
from traces.queries import names
from traces.queries.answering import matching
from traces.queries.reading import fetch, fetch_as_far
from traces.queries.sql import OF_TRACE, since
from traces.search import Search

MOST = 100_000
TIMEOUT_MS = 800
SIZE = 500
OF_ROOT = ("service", "name")
_MATCH = "t.start_ns, t.duration_ns, t.error_count > 0, t.weight::float8"
ROOTS = f"""
select {_MATCH}, t.head_operation_id, t.head_name from trace t
where {{matching}} order by t.start_ns desc limit %s"""
RESOURCES = "select id from resource where attributes ? %s::text"
VALUES = f"""
select {_MATCH}, found.value, found.resource_id
from (select * from trace t where {{matching}} order by t.start_ns desc limit %s) t
left join lateral (
    select (s.attributes -> %s::text)::text as value, s.resource_id from span s
    where {OF_TRACE}
        and (s.attributes ? %s::text or s.resource_id = any(%s::int[]))
    order by s.start_ns, s.span_id limit 1
) found on true order by t.start_ns desc"""


class Grouped(NamedTuple):
    """The traces with their values, and whether these are all that match; all but `too_large`, where that isn't 0."""

    traces: list[tuple[Said | None, Match]]
    complete: bool
    too_large: int = 0


def grouped(search: Search, key: str, *, most: int = MOST, timeout_ms: int = TIMEOUT_MS) -> Grouped:
    wanted = matching(search)
    if key in OF_ROOT:
        query, params = ROOTS, (*wanted.params, most + 1)
    else:
        stored = key_text(key)
        resources = [id for (id,) in fetch(RESOURCES, (stored,))]
        query, params = VALUES, (*wanted.params, most + 1, stored, stored, resources)
    query = since(query, search.start_ns).format(matching=wanted.sql)
    rows, complete = fetch_as_far(query, params, timeout_ms=timeout_ms, size=SIZE)
    read = rows[:most]
    values = _root_values(read, key) if key in OF_ROOT else _values(read, key)
    traces = [(value, Match(*row[:4])) for value, row in zip(values, read, strict=True)]
    is_all = complete and len(rows) <= most
    return Grouped(traces, wanted.complete and is_all, is_all * wanted.too_large)


def _root_values(rows: list[tuple[Any, ...]], key: str) -> list[Said | None]:
    known = names.operations(row[4] for row in rows)
    if key == "service":
        return [Said(known[row[4]].service, is_scalar=True) for row in rows]
    found = (known[row[4]].name if row[5] is None else key_from_text(row[5]) for row in rows)
    return [Said(name or "", is_scalar=True) for name in found]


def _values(rows: list[tuple[Any, ...]], key: str) -> list[Said | None]:
    """A span's own attribute goes before that of its resource."""
    resources = names.resources(row[5] for row in rows if row[4] is None and row[5] is not None)
    known: dict[tuple[str | None, int | None], Said | None] = {}
    for *_, text, resource_id in rows:
        if (place := (text, None if text else resource_id)) not in known:
            known[place] = _value(text, resource_id, resources, key_text(key))
    return [known[row[4], None if row[4] else row[5]] for row in rows]


def _value(text: str | None, resource_id: int | None, resources: dict[int, Any], stored_key: str) -> Said | None:
    if text is not None:
        return said(json.loads(text))
    return None if resource_id is None else said(resources[resource_id].attributes[stored_key])
