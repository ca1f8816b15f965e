"""Of one trace, the spans that fulfil what somebody looks for inside it."""

from __future__ import annotations

import json
from typing import NamedTuple
from uuid import UUID

from django.db import OperationalError
from psycopg.errors import QueryCanceled

from traces.core.values import key_text
from traces.queries.conditions import Condition, conditions
from traces.queries.reading import fetch, fetch_within
from traces.search import Search
from traces.search.within import Find

TIMEOUT_MS = 2_000
BOUNDS = "select start_ns, end_ns from trace where trace_id = %s"
MATCHING = """
select s.span_id, s.start_ns from span s
where s.trace_id = %s and s.start_ns between %s and %s and {}"""
NAMED = """
select o.id from operation o join service s on s.id = o.service_id
where (s.name || ' ' || coalesce(o.name, '')) ilike %s"""
OF_RESOURCE = "select id from resource where attributes::text ilike %s"
TEXT = """(s.operation_id = any(%s::int[]) or s.resource_id = any(%s::int[]) or s.name ilike %s
    or s.status_message ilike %s or s.attributes::text ilike %s or s.events::text ilike %s)"""


class Matching(NamedTuple):
    """Signed span ids with their starts. Incomplete: looking took too long, and nothing is known."""

    keys: list[tuple[int, int]]
    complete: bool


def matching_spans(trace_id: bytes, find: Find) -> Matching:
    """In no order. Words as on the search page, but all on one span; the text in any case of letters."""
    trace = UUID(bytes=trace_id)
    bounds = fetch(BOUNDS, (trace,))
    wanted = conditions(Search(words=find.words)) + ([_text(find.text)] if find.text else [])
    if not bounds or not wanted:
        return Matching([], complete=True)
    query = MATCHING.format(" and ".join(f"({condition.sql})" for condition in wanted))
    params = (trace, *bounds[0], *(param for condition in wanted for param in condition.params))
    try:
        return Matching(fetch_within(query, params, settings={"statement_timeout": str(TIMEOUT_MS)}), complete=True)
    except OperationalError as error:
        if not isinstance(error.__cause__, QueryCanceled):
            raise
        return Matching([], complete=False)


def _text(text: str) -> Condition:
    plain, in_json = _pattern(key_text(text)), _pattern(json.dumps(key_text(text), ensure_ascii=False)[1:-1])
    operations = [id for (id,) in fetch(NAMED, (plain,))]
    resources = [id for (id,) in fetch(OF_RESOURCE, (in_json,))]
    return Condition(TEXT, (operations, resources, plain, plain, in_json, in_json), text, indexed=False)


def _pattern(text: str) -> str:
    """Of LIKE, for what has this text in it."""
    return "%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
