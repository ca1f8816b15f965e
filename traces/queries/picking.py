"""A search -> one trace that stands for what it finds."""

from __future__ import annotations

from traces.queries.answering import matching
from traces.queries.reading import fetch_in_time
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
    rows = fetch_in_time(query, params, timeout_ms=TIMEOUT_MS)
    if rows is None:
        raise TooLong
    return rows[0][0].bytes if rows else None
