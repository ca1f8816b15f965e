"""A list whose time is over after four traces, for tests of what happens then."""

from __future__ import annotations

from traces import queries
from traces.search import Search

AT_ONCE = 4
_search_traces = queries.search_traces


def hasty(search: Search) -> queries.Listing:
    """What `search_traces` finds among the next few traces: the page is full by then, or goes on behind them."""
    everything = Search(search.start_ns, search.end_ns, sort=search.sort, after=search.after, limit=AT_ONCE)
    near = _search_traces(everything)
    ids = {trace.trace_id for trace in near.traces}
    listing = _search_traces(search)
    found = [trace for trace in listing.traces if trace.trace_id in ids]
    if len(found) == search.limit and listing.next:
        return listing
    stopped_at = None if near.next is None else int(near.next.partition(".")[0])
    return queries.Listing(found, near.next, search, stopped_at)
