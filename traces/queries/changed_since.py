"""A search and a moment -> how many of its traces spans have reached since: these a list may skip or repeat."""

from __future__ import annotations

from traces.queries.answering import matching
from traces.queries.listing import Total
from traces.queries.reading import fetch_in_time
from traces.search import Search

MOST = 1_000
TIMEOUT_MS = 300
CHANGED = "select count(*) from (select from trace t where t.written_ns > %s and {} limit %s) as changed"


def count_changed(search: Search, since_ns: int) -> Total:
    """Those that match now. "At least none" where counting takes long."""
    wanted = matching(search)
    params = (since_ns, *wanted.params, MOST + 1)
    rows = fetch_in_time(CHANGED.format(wanted.sql), params, timeout_ms=TIMEOUT_MS)
    if rows is None:
        return Total(0, exact=False)
    number = int(rows[0][0])
    return Total(min(number, MOST), exact=wanted.complete and number <= MOST)
