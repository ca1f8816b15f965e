"""A trace that alone takes too long is stepped over, said to be, and what is behind it is found."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.queries.meaning import trace_ids
from tests.spans import a_span
from traces import queries
from traces.core.evaluation import evaluate
from traces.queries import deciding, filters, verdicts, walking
from traces.queries.answering import matching
from traces.queries.known import Extent, KnownTrace
from traces.queries.reading import fetch
from traces.search import Search, parse
from traces.store import Writer

pytestmark = pytest.mark.usefixtures("committed")
GIANT = 50
QUERY = "{name=above} > {name=below}"
SMALL = range(1, 11)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Large is a trace of fifty spans, and a tenth of a second a fair time."""
    monkeypatch.setattr(deciding, "SPANS_AT_ONCE", GIANT)
    monkeypatch.setattr(deciding, "FAIR_MS", 100)
    monkeypatch.setattr(walking, "FAIR_MS", 100)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What was stepped over: each large trace takes more than the time it is given."""
    tried, remember = list[bytes](), verdicts.remember

    def slowly(query: Any, known: KnownTrace) -> Any:
        if len(known.trace) >= GIANT:
            time.sleep(max(known._until_s - time.monotonic(), 0) + 0.001)
        return evaluate(query, known)

    def watched(key: Any, *, satisfied: bool | None) -> None:
        tried.append(key[1].trace_id.bytes)
        remember(key, satisfied=satisfied)

    monkeypatch.setattr(deciding, "evaluate", slowly)
    monkeypatch.setattr(verdicts, "remember", watched)
    return tried


def store(*giants: int) -> None:
    """Ten small traces that match, the giants' numbers from small ones' times; all match."""
    for number in (*SMALL, *giants):
        below = range(2, GIANT + 1 if number in giants else 3)
        spans = [a_span(number, n, parent=1, start=_start(number), name="below") for n in below]
        Writer().write([a_span(number, 1, start=_start(number), name="above"), *spans])


def _start(number: int) -> int:
    """Giant 105 is right behind the small trace 5, in the order of time."""
    return 10 * number if number < 100 else 10 * (number - 100) - 5


def pages(search: Search, **options: Any) -> Iterator[queries.Listing]:
    for _ in range(30):
        listing = queries.search_traces(search, **options)
        yield listing
        if listing.next is None:
            return
        search = replace(search, after=listing.next)
    pytest.fail("it never comes to an end")


def found(listings: list[queries.Listing]) -> list[bytes]:
    return [trace.trace_id for listing in listings for trace in listing.traces]


def too_large(listings: list[queries.Listing]) -> list[bytes]:
    return [id for listing in listings for id in listing.too_large]


SEARCH = Search(condition=parse(QUERY), limit=100)


@pytest.mark.parametrize("giants", [[105], [110], [101], [110, 109, 102, 101]])
@pytest.mark.parametrize("limit", [1, 3, 100])
def test_what_is_behind_a_giant_is_found(slow: list[bytes], giants: list[int], limit: int) -> None:
    store(*giants)
    listings = list(pages(replace(SEARCH, limit=limit), box_ms=200))
    assert found(listings) == trace_ids(reversed(SMALL))
    assert too_large(listings) == trace_ids(giants)


def test_giant_that_can_be_decided_in_time_is(monkeypatch: pytest.MonkeyPatch) -> None:
    store(105)
    listings = list(pages(SEARCH, box_ms=200))
    assert found(listings) == trace_ids([10, 9, 8, 7, 6, 5, 105, 4, 3, 2, 1])
    assert too_large(listings) == []


def test_giant_is_tried_once_for_all_that_ask_the_same(slow: list[bytes]) -> None:
    store(105)
    for _ in range(3):
        list(pages(SEARCH, box_ms=200))
        assert not queries.count_traces(SEARCH).exact
        assert not queries.matches(SEARCH).complete
    assert slow == trace_ids([105])
    list(pages(replace(SEARCH, condition=parse("{name=above} >> {name=below}")), box_ms=200))
    assert slow == trace_ids([105, 105])


def test_it_is_tried_again_after_a_while_and_when_it_has_changed(
    slow: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    store(105)
    list(pages(SEARCH, box_ms=200))
    Writer().write([a_span(105, 99, parent=1, start=_start(105))])
    list(pages(SEARCH, box_ms=200))
    assert len(slow) == 2
    monkeypatch.setattr(verdicts, "KEPT_S", -1)
    verdicts.forget()
    list(pages(SEARCH, box_ms=200))
    list(pages(SEARCH, box_ms=200))
    assert len(slow) == 4


def test_what_was_stepped_over_is_nowhere_said_to_be_all(slow: list[bytes]) -> None:
    store(105)
    assert queries.count_traces(SEARCH) == queries.Total(10, exact=False)
    assert not matching(SEARCH).complete
    found = queries.matches(SEARCH)
    assert (len(found.found), found.complete, found.too_large) == (10, False, 1)
    counts, groups = queries.value_counts(SEARCH, ["k"]), queries.grouped(SEARCH, "service")
    assert (counts.complete, counts.too_large, groups.complete, groups.too_large) == (False, 1, False, 1)
    assert not queries.sample_of(SEARCH).is_all
    with pytest.raises(queries.TooLong):
        queries.pick_trace(SEARCH, "slowest")


def test_trace_that_the_database_alone_can_not_judge_in_time_is_stepped_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """To look at a span takes ten milliseconds."""
    slow = filters.SOME_SPAN.replace("{}", "case when pg_sleep(0.01) is not null then {} end")
    monkeypatch.setattr(filters, "SOME_SPAN", slow)
    store(105)
    Writer().write([a_span(n, 3, parent=1, start=_start(n) + 1, status_message="x") for n in SMALL])
    listings = list(pages(Search(condition=parse("status_message=x"), limit=100), box_ms=400))
    assert found(listings) == trace_ids(reversed(SMALL))
    assert too_large(listings) == trace_ids([105])


def test_short_look_is_no_reason_to_step_over(slow: list[bytes]) -> None:
    store(105)
    (extent,) = (
        Extent(*row) for row in fetch("select trace_id, start_ns, end_ns, span_count from trace") if row[3] > 2
    )
    query = parse(QUERY)
    assert deciding.decide(query, [extent], timeout_ms=50).number == 0
    decided = deciding.decide(query, [extent], timeout_ms=50, fair_ms=100)
    assert (decided.too_large, decided.number) == ({extent.trace_id}, 1)


@pytest.mark.parametrize(
    ("query", "spans"), [(f"{QUERY} | rate()", 10), ("{} | quantile_over_time(self_time, .5)", 20)]
)
def test_metric_is_of_all_but_the_giant(slow: list[bytes], query: str, spans: int) -> None:
    """Which is met as its traces are looked for, or as their spans are."""
    store(105)
    found = queries.metric_spans(Search(condition=parse(query)))
    assert found is not None
    assert (len(found.spans), found.complete, found.too_large) == (spans, False, 1)


def test_what_is_behind_the_first_giant_is_found_at_once(slow: list[bytes]) -> None:
    store(110)
    listing = queries.search_traces(SEARCH, box_ms=300)
    assert found([listing]) == trace_ids(reversed(SMALL))
    assert too_large([listing]) == trace_ids([110])
    assert listing.next is None
