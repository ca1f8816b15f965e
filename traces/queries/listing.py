"""A search -> the traces that match, exactly sorted, a page at a time; their number."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from traces.queries.answering import answer
from traces.queries.reading import fetch
from traces.queries.summaries import COLUMNS, TraceSummary, summaries
from traces.queries.walked import KEY, Order, Place
from traces.queries.walking import BOX_MS
from traces.search import Search

MOST_COUNTED = 10_000
COUNT_BOX_MS = 900
MOST_OF_EACH = 1_000
EACH_BOX_MS = 200
ALL_BOX_S = 1.0
SORT_COLUMNS = {
    "start": "start_ns",
    "duration": "duration_ns",
    "spans": "span_count",
    "errors": "error_count",
}
_IS_EMPTY = "select not exists (select from trace)"
# COLUMNS begins with the trace's id, and so does what walking needs.
_LISTED = f"{KEY}, {COLUMNS}"
# Of most traces that is null, which costs next to nothing.
_COUNTED = f"{KEY}, nullif(t.weight, 1)::float8"
_BEFORE_SUMMARY = 5


class Listing(NamedTuple):
    """A page of traces; `next` is the place where the following one starts; `search` has its time range frozen."""

    traces: list[TraceSummary]
    next: str | None
    search: Search
    # Where time was over before the page was full: the value of the order up to which all was looked through.
    stopped_at: int | None = None
    # Traces before `next` that were stepped over, as each alone takes too long to decide: it may match or not.
    too_large: tuple[bytes, ...] = ()


class Total(NamedTuple):
    """How many traces match; at least so many where it is not exact. `weight` is how many these stand for, where some
    were sampled."""

    number: int
    exact: bool
    weight: float | None = None


def total_of(weights: Sequence[float | None], *, exact: bool) -> Total:
    """None and 1 alike are of traces that weren't sampled."""
    sampled = [weight for weight in weights if weight is not None and weight != 1]
    return Total(len(weights), exact, sum(sampled) + len(weights) - len(sampled) if sampled else None)


def search_traces(search: Search, *, box_ms: int = BOX_MS) -> Listing:
    """Raises BadQuery for what only the database finds too complex."""
    order = Order(SORT_COLUMNS[search.sort], search.limit + 1, place_of(search.after), _LISTED)
    found = answer(search, order, box_ms=box_ms)
    traces = summaries([row[_BEFORE_SUMMARY:] for row in found.rows])
    is_full = len(traces) > search.limit
    until = Place(*found.rows[search.limit - 1][:2]) if is_full else found.until
    too_large = tuple(place.trace_id.bytes for place in found.too_large if until is None or place >= until)
    stopped_at = None if is_full or until is None else until.value
    return Listing(traces[: search.limit], until and _cursor(until), search, stopped_at, too_large)


def count_traces(search: Search, *, most: int = MOST_COUNTED, box_ms: int = COUNT_BOX_MS) -> Total:
    """Exact up to `most`, and as far as the time reaches."""
    found = answer(search, Order("start_ns", most + 1, columns=_COUNTED), box_ms=box_ms)
    exact = found.is_complete and len(found.rows) <= most
    return total_of([row[-1] for row in found.rows[:most]], exact=exact)


def count_each(searches: Sequence[Search], *, most: int = MOST_OF_EACH) -> list[Total]:
    """Up to `most` each, and all of them in about a second; what is left then is "at least none"."""
    until_s = time.monotonic() + ALL_BOX_S
    return [
        count_traces(search, most=most, box_ms=EACH_BOX_MS) if time.monotonic() < until_s else Total(0, exact=False)
        for search in searches
    ]


def store_is_empty() -> bool:
    return bool(fetch(_IS_EMPTY)[0][0])


def place_of(after: str) -> Place | None:
    value, _, trace_id = after.partition(".")
    return Place(int(value), UUID(trace_id)) if after else None


def _cursor(place: Place) -> str:
    return f"{place.value}.{place.trace_id.hex}"
