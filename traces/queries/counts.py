"""A search and keys -> which values the newest matching traces have, and in how many of them each is found.

A value is one of a span's attributes or of its resource's. Service, name and status are what the trace itself knows:
its services, its root's name, the statuses of its spans.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from traces.core.said import Said, said
from traces.core.span import Status
from traces.core.values import key_from_text, key_text
from traces.queries import names
from traces.queries.listing import matching
from traces.queries.reading import fetch_as_far
from traces.search import Search

MOST_TRACES = 2_000
# Of each trace: one of a hundred thousand spans would take all the time there is.
MOST_SPANS = 1_000
TIMEOUT_MS = 700
SIZE = 100
QUERY = """
select t.service_ids, t.head_operation_id, t.head_name, found.*
from (
    select * from trace t where {matching} order by t.start_ns desc limit %s
) t cross join lateral (
    select array_agg(distinct s.status), array_agg(distinct s.resource_id){columns}
    from (
        select s.status, s.resource_id, s.attributes from span s
        where s.trace_id = t.trace_id and s.start_ns between t.start_ns and t.end_ns limit %s
    ) s
) found order by t.start_ns desc"""
COLUMN = ", array_agg(distinct (s.attributes -> %s::text)::text)"
# Before the columns of the keys.
FIXED = 5


class ValueCounts(NamedTuple):
    """For each key the traces that have a value; of so many traces, and whether these are all that match."""

    counts: Mapping[str, Counter[Said]]
    traces: int
    complete: bool


def value_counts(
    search: Search, keys: Sequence[str], *, most: int = MOST_TRACES, timeout_ms: int = TIMEOUT_MS
) -> ValueCounts:
    wanted, stored = matching(search), [key_text(key) for key in keys]
    query = QUERY.format(matching=wanted.sql, columns=COLUMN * len(keys))
    params = (*wanted.params, most + 1, *stored, MOST_SPANS)
    rows, complete = fetch_as_far(query, params, timeout_ms=timeout_ms, size=SIZE)
    read = rows[:most]
    counts = {"service": _services(read), "name": _operations(read), "status": _statuses(read)}
    for place, key in enumerate(keys):
        counts[key] = _attributes(read, FIXED + place, stored[place])
    return ValueCounts(counts, len(read), wanted.complete and complete and len(rows) <= most)


def _services(rows: Sequence[tuple[Any, ...]]) -> Counter[Said]:
    known = names.services({id for row in rows for id in row[0]})
    return Counter(_plain(known[id]) for row in rows for id in set(row[0]))


def _operations(rows: Sequence[tuple[Any, ...]]) -> Counter[Said]:
    known = names.operations(row[1] for row in rows)
    return Counter(_plain(known[row[1]].name if row[2] is None else key_from_text(row[2])) for row in rows)


def _statuses(rows: Sequence[tuple[Any, ...]]) -> Counter[Said]:
    return Counter(_plain(Status(status).name.lower()) for row in rows for status in row[3])


def _attributes(rows: Sequence[tuple[Any, ...]], place: int, stored_key: str) -> Counter[Said]:
    """In each trace a value counts once, however many spans and resources have it."""
    by_text, by_resource = _Values(), _of_resources({id for row in rows for id in row[4]}, stored_key)
    return Counter(value for row in rows for value in _distinct(row[4], row[place], by_resource, by_text))


def _distinct(
    resources: Iterable[int], texts: Iterable[str | None], by_resource: Mapping[int, Said], by_text: _Values
) -> set[Said]:
    found = {by_text[text] for text in texts if text is not None}
    return found.union(by_resource[id] for id in resources if id in by_resource) if by_resource else found


class _Values(dict[str, Said]):
    """Each JSON text is decoded once."""

    def __missing__(self, text: str) -> Said:
        self[text] = value = said(json.loads(text))
        return value


def _of_resources(ids: set[int], stored_key: str) -> dict[int, Said]:
    """The value of each resource that has one."""
    known = names.resources(ids)
    return {id: said(attributes[stored_key]) for id in ids if stored_key in (attributes := known[id].attributes)}


def _plain(text: str | None) -> Said:
    return Said(text or "", is_scalar=True)
