"""A search and keys -> which values the newest matching traces have, and in how many of them each is found. A trace
that was sampled counts as many times as it stands for.

A value is one of a span's attributes or of its resource's. Service, name and status are what the trace itself knows:
its services, its root's name, the statuses of its spans.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from traces.core.said import Said, said
from traces.core.span import Status
from traces.core.values import key_from_text, key_text
from traces.queries import names
from traces.queries.answering import matching
from traces.queries.reading import fetch_as_far
from traces.queries.sql import OF_TRACE, since
from traces.search import Search

MOST_TRACES = 2_000
# Of each trace: one of a hundred thousand spans would take all the time there is.
MOST_SPANS = 1_000
TIMEOUT_MS = 700
SIZE = 100
QUERY = f"""
select t.weight::float8, t.service_ids, t.head_operation_id, t.head_name, found.*
from (
    select * from trace t where {{matching}} order by t.start_ns desc limit %s
) t cross join lateral (
    select array_agg(distinct s.status), array_agg(distinct s.resource_id){{columns}}
    from (
        select s.status, s.resource_id, s.attributes from span s
        where {OF_TRACE} limit %s
    ) s
) found order by t.start_ns desc"""
COLUMN = ", array_agg(distinct (s.attributes -> %s::text)::text)"
# Before the columns of the keys.
FIXED = 6
Counts = dict[Said, float]


class ValueCounts(NamedTuple):
    """For each key the traces that have a value, by weight; of so many traces, and whether these are all that match;
    all but `too_large`, where that isn't 0."""

    counts: Mapping[str, Counts]
    traces: int
    complete: bool
    weighted: bool = False
    too_large: int = 0


def value_counts(
    search: Search, keys: Sequence[str], *, most: int = MOST_TRACES, timeout_ms: int = TIMEOUT_MS
) -> ValueCounts:
    wanted, stored = matching(search), [key_text(key) for key in keys]
    query = since(QUERY, search.start_ns).format(matching=wanted.sql, columns=COLUMN * len(keys))
    params = (*wanted.params, most + 1, *stored, MOST_SPANS)
    rows, complete = fetch_as_far(query, params, timeout_ms=timeout_ms, size=SIZE)
    read = rows[:most]
    counts = {"service": _services(read), "name": _operations(read), "status": _statuses(read)}
    for place, key in enumerate(keys):
        counts[key] = _attributes(read, FIXED + place, stored[place])
    weighted = any(row[0] != 1 for row in read)
    is_all = complete and len(rows) <= most
    return ValueCounts(counts, len(read), wanted.complete and is_all, weighted, is_all * wanted.too_large)


def _services(rows: Sequence[tuple[Any, ...]]) -> Counts:
    known = names.services({id for row in rows for id in row[1]})
    return _weighed(rows, (map(_plain, {known[id] for id in row[1]}) for row in rows))


def _operations(rows: Sequence[tuple[Any, ...]]) -> Counts:
    known = names.operations(row[2] for row in rows)
    return _weighed(rows, ([_plain(known[row[2]].name if row[3] is None else key_from_text(row[3]))] for row in rows))


def _statuses(rows: Sequence[tuple[Any, ...]]) -> Counts:
    return _weighed(rows, ([_plain(Status(status).name.lower()) for status in row[4]] for row in rows))


def _attributes(rows: Sequence[tuple[Any, ...]], place: int, stored_key: str) -> Counts:
    """In each trace a value counts once, however many spans and resources have it."""
    by_text, by_resource = _Values(), _of_resources({id for row in rows for id in row[5]}, stored_key)
    return _weighed(rows, (_distinct(row[5], row[place], by_resource, by_text) for row in rows))


def _weighed(rows: Sequence[tuple[Any, ...]], values: Iterable[Iterable[Said]]) -> Counts:
    """Of the values of each row."""
    counts: Counts = {}
    for (weight, *_), found in zip(rows, values, strict=True):
        for value in found:
            counts[value] = counts.get(value, 0) + weight
    return counts


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
