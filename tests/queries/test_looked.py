"""How far a list went, and that it never goes on for long."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.queries.meaning import chance_spans, trace_ids
from tests.spans import a_span
from traces import queries
from traces.core.evaluation import evaluate
from traces.queries import candidates, deciding, filters, looked
from traces.queries.looked import Looked
from traces.search import SORTS, Search, parse
from traces.store import Writer

# On a machine that does other things, too.
LONG_S = 3


def listings(search: Search, **options: Any) -> Iterator[queries.Listing]:
    """All pages, each in a time of its own."""
    while True:
        began = time.monotonic()
        listing = queries.search_traces(search, **options)
        assert time.monotonic() - began < LONG_S
        yield listing
        if listing.next is None:
            return
        search = replace(search, after=listing.next)


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("limit", [1, 7, 100])
def test_what_the_pages_of_a_list_went_over_is_all_there_is(writer: Writer, sort: str, limit: int) -> None:
    spans = chance_spans(30, seed=3)
    writer.write(spans)
    parts = [queries.looked_through(listing) for listing in listings(Search(sort=sort, limit=limit))]
    assert [sum(numbers) for numbers in zip(*filter(None, parts), strict=True)] == [30, len(spans)]
    assert None not in parts


def test_it_went_over_what_did_not_match_too(writer: Writer) -> None:
    writer.write([a_span(n, start=n, status_message="x" if n == 3 else "") for n in range(1, 6)])
    search = Search(condition=parse("status_message=x"))
    assert queries.looked_through(queries.search_traces(search)) == Looked(traces=5, spans=5)


def test_where_counting_takes_long_it_is_not_known(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    writer.write([a_span()])
    monkeypatch.setattr(looked, "LOOKED", looked.LOOKED.replace("from trace", "from pg_sleep(5), trace"))
    assert queries.looked_through(queries.search_traces(Search())) is None


@pytest.mark.usefixtures("committed")
def test_list_finds_something_though_its_first_traces_are_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """To look at a trace takes fifty milliseconds."""
    slow = filters.SOME_SPAN.replace("{}", "case when pg_sleep(0.005) is not null then {} end")
    monkeypatch.setattr(filters, "SOME_SPAN", slow)
    spans = [(n, k) for n in range(1, 41) for k in range(10)]
    Writer().write([a_span(n, n * 100 + k, status_message="x" if k == 9 else "") for n, k in spans])
    search = Search(condition=parse("status_message=x"), sort="spans")
    first = queries.search_traces(search, box_ms=600)
    assert first.traces
    assert first.stopped_at is not None


@pytest.mark.usefixtures("committed")
def test_what_is_decided_in_core_stops_with_the_clock_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """To decide one trace takes twenty milliseconds."""

    def slowly(*asked: Any) -> Any:
        time.sleep(0.02)
        return evaluate(*asked)

    monkeypatch.setattr(deciding, "evaluate", slowly)
    spans = [a_span(n, start=n) for n in range(1, 101)]
    Writer().write([*spans, *(a_span(n, 2, parent=1, start=n, name="below") for n in range(2, 101, 2))])
    search = Search(condition=parse("{} > {name=below}"), limit=60)
    pages = list(listings(search, box_ms=200))
    assert [trace.trace_id for listing in pages for trace in listing.traces] == trace_ids(range(100, 0, -2))
    assert len(pages) > 1
    began = time.monotonic()
    assert not queries.count_traces(search, box_ms=200).exact
    assert time.monotonic() - began < 1


def test_looking_for_what_is_rare_among_many_conditions_has_an_end(
    writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer.write([a_span(n, attributes={"k": n}) for n in range(1, 10)])
    asked, look = list[str](), candidates._within_time

    def slowly(query: str, params: tuple[object, ...]) -> Any:
        asked.append(query)
        time.sleep(0.1)
        return look(query, params)

    monkeypatch.setattr(candidates, "_within_time", slowly)
    several = parse(" or ".join(f"k={n}" for n in range(60)))
    assert candidates.candidates(several, None) is None
    assert len(asked) < 10
    (listing,) = listings(Search(condition=several))
    assert len(listing.traces) == 9
