"""A search -> one trace that stands for what it finds."""

from __future__ import annotations

from django.db import OperationalError
from psycopg.errors import QueryCanceled

from traces.queries.answering import matching
from traces.queries.reading import fetch_within
from traces.search import Search

PICKS = ("slowest", "p95", "first_error", "latest")
TIMEOUT_MS = 2_000
_ORDERS = {
    "slowest": "t.duration_ns desc, t.trace_id desc",
    "p95": "t.duration_ns desc, t.trace_id desc",
    "first_error": "t.start_ns, t.trace_id",
    "latest": "t.start_ns desc, t.trace_id desc",
}


class TooLong(Exception):
    """Finding it took longer than anybody should wait."""


def pick_trace(search: Search, pick: str) -> bytes | None:
    """Its id; None where nothing matches. `p95`: as slow as one in twenty, or slower. Raises TooLong."""
    found = matching(search)
    if not found.complete:
        raise TooLong
    where, params = found.sql + (" and t.error_count > 0" if pick == "first_error" else ""), found.params
    skipped = "0"
    if pick == "p95":
        skipped, params = f"(select count(*) / 20 from trace t where {where})", (*params, *params)
    query = f"select t.trace_id from trace t where {where} order by {_ORDERS[pick]} offset {skipped} limit 1"
    try:
        rows = fetch_within(query, params, settings={"statement_timeout": str(TIMEOUT_MS)})
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            raise TooLong from error
        raise
    return rows[0][0].bytes if rows else None
