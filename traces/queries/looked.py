"""A list that ended early -> how much it went over to find its traces."""

from __future__ import annotations

from typing import NamedTuple

from traces.queries.answering import bounds_of
from traces.queries.listing import SORT_COLUMNS, Listing, place_of
from traces.queries.reading import fetch_in_time
from traces.queries.sql import Sql, all_sql
from traces.queries.walked import AFTER

TIMEOUT_MS = 200
LOOKED = "select count(*), coalesce(sum(t.span_count), 0)::bigint from trace t where {}"
UNTIL = "(t.{column}, t.trace_id) >= (%s, %s)"


class Looked(NamedTuple):
    traces: int
    spans: int


def looked_through(listing: Listing) -> Looked | None:
    """From the place where the list starts up to the next one, or to the end, in the range of time that it is of; None
    where counting takes long."""
    search, column = listing.search, SORT_COLUMNS[listing.search.sort]
    places = ((AFTER, place_of(search.after)), (UNTIL, place_of(listing.next or "")))
    between = [Sql(text.format(column=column), tuple(place)) for text, place in places if place]
    bounds = all_sql([bounds_of(search), *between])
    rows = fetch_in_time(LOOKED.format(bounds.text), bounds.params, timeout_ms=TIMEOUT_MS)
    return None if rows is None else Looked(*rows[0])
