"""A search and a moment -> how many of its traces spans have reached since: these a list may skip or repeat."""

from __future__ import annotations

from django.db import OperationalError
from psycopg.errors import QueryCanceled

from traces.queries.answering import matching
from traces.queries.listing import Total
from traces.queries.reading import fetch_within
from traces.search import Search

MOST = 1_000
TIMEOUT_MS = 300
CHANGED = "select count(*) from (select from trace t where t.written_ns > %s and {} limit %s) as changed"


def count_changed(search: Search, since_ns: int) -> Total:
    """Those that match now. "At least none" where counting takes long."""
    wanted = matching(search)
    query, settings = CHANGED.format(wanted.sql), {"statement_timeout": f"{TIMEOUT_MS}ms"}
    try:
        number = int(fetch_within(query, (since_ns, *wanted.params, MOST + 1), settings=settings)[0][0])
    except OperationalError as error:
        if not isinstance(error.__cause__, QueryCanceled):
            raise
        return Total(0, exact=False)
    return Total(min(number, MOST), exact=wanted.complete and number <= MOST)
