"""A search -> what is drawn of all traces that match: start, duration, error and weight of each, newest first."""

from __future__ import annotations

from typing import NamedTuple

from traces.core.overview import Match
from traces.queries.answering import matching
from traces.queries.reading import fetch_as_far
from traces.search import Search

MOST = 200_000
TIMEOUT_MS = 800
# Rows of one look at the clock.
SIZE = 1_000
QUERY = """
select t.start_ns, t.duration_ns, t.error_count > 0, t.weight::float8 from trace t
where {matching} order by t.start_ns desc limit %s"""


class Matches(NamedTuple):
    """All that match, or the newest of them where they are too many to be read in time. Each is a `Match` in all but
    name: making one takes longer than reading it. `too_large`: all but so many, which may match or not."""

    found: list[Match]
    complete: bool
    too_large: int = 0


def matches(search: Search, *, most: int = MOST, timeout_ms: int = TIMEOUT_MS) -> Matches:
    wanted = matching(search)
    query = QUERY.format(matching=wanted.sql)
    found, complete = fetch_as_far(query, (*wanted.params, most + 1), timeout_ms=timeout_ms, size=SIZE)
    is_all = complete and len(found) <= most
    return Matches(found[:most], wanted.complete and is_all, is_all * wanted.too_large)  # type: ignore[arg-type]
