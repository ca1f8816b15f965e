from __future__ import annotations

import random
from dataclasses import replace

import pytest

from tests.queries.meaning import chance_search, chance_spans, matching, trace_ids
from tests.spans import MILLISECOND, START_NS, a_span, batches, id_bytes, many_spans
from traces import queries
from traces.core.meaning import all_of
from traces.core.span import Span, Status
from traces.core.values import from_python, key_text
from traces.queries import Total, answering, candidates, filters, listing
from traces.queries.batches import Size
from traces.search import SORTS, Search, from_params, parse, to_params, word
from traces.store import Writer

TRACES = 60


@pytest.fixture
def spans(writer: Writer) -> list[Span]:
    made = chance_spans(TRACES, seed=5)
    for batch in batches(made, random.Random(1)):
        writer.write(batch)
    return made


def found(search: Search) -> list[bytes]:
    """However busy the machine is."""
    return [trace.trace_id for trace in queries.search_traces(search, box_ms=60_000).traces]


def pages(search: Search) -> list[bytes]:
    ids, after = [], ""
    while True:
        page = queries.search_traces(replace(search, after=after))
        ids += [trace.trace_id for trace in page.traces]
        if page.next is None:
            return ids
        after = page.next


@pytest.mark.parametrize(
    ("rare", "very_rare", "look"),
    [(10_000, 1_000, Size(4_096, 64)), (20, 5, Size(4, 2)), (10_000, 2, Size(6, 1)), (0, 0, Size(6, 2))],
)
def test_search_finds_what_its_words_mean(
    spans: list[Span], monkeypatch: pytest.MonkeyPatch, rare: int, very_rare: int, look: Size
) -> None:
    """At the first look, through the index, from its newest part on, and by walking: the answer is the same."""
    monkeypatch.setattr(candidates, "RARE", rare)
    monkeypatch.setattr(candidates, "FEW", rare // 20)
    monkeypatch.setattr(answering, "VERY_RARE", very_rare)
    monkeypatch.setattr(answering, "LOOK", look)
    chance, hits = random.Random(rare), 0
    for _ in range(120):
        search = chance_search(chance, TRACES)
        expected = matching(spans, search)
        assert found(search) == expected, search
        assert queries.count_traces(search, box_ms=60_000) == Total(len(expected), exact=True), search
        hits += bool(expected)
    assert hits > 30


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("limit", [1, 2, 3, 7, 59, 60, 61])
def test_pages_skip_and_repeat_nothing(spans: list[Span], sort: str, limit: int) -> None:
    search = Search(sort=sort, limit=limit)
    assert pages(search) == matching(spans, search)


def test_conditions_hold_on_every_page(spans: list[Span]) -> None:
    search = Search(status="error", condition=word("service", "shop"), sort="duration", limit=3)
    assert pages(search) == matching(spans, search) != []


def test_traces_that_no_span_reaches_are_neither_skipped_nor_repeated(writer: Writer, spans: list[Span]) -> None:
    search = Search(start_ns=0, end_ns=START_NS + TRACES * MILLISECOND, limit=5)
    before, chance = matching(spans, search), random.Random(9)
    seen, after, reached = [], "", set[bytes]()
    while True:
        page = queries.search_traces(replace(search, after=after))
        seen += [trace.trace_id for trace in page.traces]
        if page.next is None:
            break
        after = page.next
        writer.write(many_spans(5, traces=2, seed=chance.randrange(1 << 30)))
        late = a_span(chance.choice(before), chance.getrandbits(60), parent=1, start=chance.randint(-20, 100))
        writer.write([late])
        reached.add(late.trace_id)
    kept = [id for id in seen if id in set(before) - reached]
    assert kept == [id for id in before if id not in reached]


def test_first_page_freezes_the_time_range(spans: list[Span], writer: Writer) -> None:
    now_ns = START_NS + TRACES * MILLISECOND
    first = queries.search_traces(from_params({"last": "1h", "limit": "10"}, now_ns))
    assert first.next is not None
    writer.write([a_span(trace=1_000, start_ns=now_ns + 120 * 10**9)])
    later = from_params({**to_params(first.search), "after": first.next}, now_ns + 500 * 10**9)
    assert (later.start_ns, later.end_ns) == (first.search.start_ns, first.search.end_ns)
    rest = pages(replace(later, after=""))
    assert rest == matching(spans, Search())


HOSTILE = ["'", '"', "\\", "%", "%s", "%(x)s", "{}", '{"a":1}', "\x00", "\ud800", "'; drop table span; --", "$1", "[]",
           "null", "NaN", "1e999", "-", "1٢", "x" * 100_000, "\n", "\u202e", "1" * 5_000, "$text:", "00",
           "-0.0"]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_values_are_found_where_they_are_and_nowhere_else(writer: Writer, text: str) -> None:
    key = text[:50].replace("\x00", "nul")
    mine = a_span(1, service=text[:1_000], name=text[:30_000], attributes={key_text(key): from_python(text[:30_000])})
    writer.write([mine, a_span(2, attributes={"a": "b"})])
    for search in (
        Search(service=text[:1_000]),
        Search(operation=text[:30_000]),
        Search(condition=word("service", text[:1_000])),
        Search(condition=word("name", text[:30_000])),
        Search(condition=word(key, text[:30_000])),
    ):
        assert found(search) == trace_ids([1])
    for search in (Search(service=text + "x"), Search(operation="x" + text), Search(condition=word(text + "y", text))):
        assert found(search) == []


@pytest.mark.parametrize(
    ("text", "value"),
    [("42", 42), ("42", "42"), ("42.0", 42), ("4.2e1", 42), ("true", True), ("true", "true"), ("-0.5", -0.5),
     ("18446744073709551616", 1 << 64), ("1e16", 1e16), ("10000000000000000", 1e16), ("NaN", float("nan")),
     ("-Infinity", float("-inf")), ("1e300", 1e300), ("9007199254740993", 9007199254740993)],
)  # fmt: skip
def test_value_is_found_as_text_number_and_boolean_alone_and_in_a_list(
    writer: Writer, text: str, value: object
) -> None:
    writer.write([a_span(1, attributes={"k": from_python(value)}), a_span(2, attributes={"k": [from_python(value)]})])
    assert found(Search(condition=word("k", text))) == trace_ids([2, 1])


@pytest.mark.parametrize(("text", "value"), [("42", "42.0"), ("42", True), ("1", True), ("true", 1), ("042", 42),
                                             ("null", None), ("", None), ("43", 42), ("TRUE", True)])  # fmt: skip
def test_value_isnt_found_as_what_it_isnt(writer: Writer, text: str, value: object) -> None:
    writer.write([a_span(1, attributes={"k": value})])
    assert found(Search(condition=word("k", text))) == []


def test_words_may_hold_on_different_spans_and_the_form_on_one(writer: Writer) -> None:
    root = a_span(1, 1, service="web", attributes={"user.id": 42})
    leaf = a_span(1, 2, parent=1, service="db", status=Status.ERROR)
    writer.write([root, leaf])
    assert found(Search(status="error", condition=word("user.id", "42"))) == trace_ids([1])
    assert found(Search(service="web", status="error")) == []
    assert found(Search(service="db", status="error")) == trace_ids([1])
    assert found(Search(condition=all_of(word("service", "web"), word("status", "error")))) == trace_ids([1])


def test_trace_without_a_root_is_listed_and_marked(writer: Writer) -> None:
    writer.write([a_span(1, 2, parent=1, start=5, name="late"), a_span(1, 3, parent=1, name="early")])
    listed = queries.search_traces(Search(min_duration_ns=6 * MILLISECOND)).traces
    assert [(trace.name, trace.has_root) for trace in listed] == [("early", False)]


def test_counts_are_exact_up_to_ten_thousand_and_then_at_least(writer: Writer) -> None:
    spans = [a_span(n, service="a", attributes={"all": 1}) for n in range(1, 10_001)]
    writer.write(spans)
    searches = Search(), Search(service="a"), Search(condition=word("all", "1"))
    assert [queries.count_traces(search, box_ms=60_000) for search in searches] == [Total(10_000, exact=True)] * 3
    writer.write([a_span(10_001, service="a", attributes={"all": 1})])
    assert [queries.count_traces(search, box_ms=60_000) for search in searches] == [Total(10_000, exact=False)] * 3


def test_counts_say_what_sampled_traces_stand_for(writer: Writer) -> None:
    half, tenth = "ot=th:8", "ot=th:e666666666666"
    writer.write([a_span(1, service="a", trace_state=half), a_span(2, service="a", trace_state=tenth)])
    writer.write([a_span(3, 1, service="a"), a_span(3, 2, parent=1, service="b", trace_state=half), a_span(4)])
    weighted = [Search(service="a"), Search(condition=parse("{service=a} | count() > 0"))]
    for search in weighted:
        number, exact, weight = queries.count_traces(search)
        assert (number, exact) == (3, True)
        assert weight == pytest.approx(14, rel=1e-6)
    assert queries.count_each([Search(service="a")], most=2)[0][:2] == (2, False)
    assert queries.count_each([Search(service="a")], most=2)[0].weight == pytest.approx(12, rel=1e-6)
    unsampled = Search(condition=parse("-service=a"))
    assert queries.count_traces(unsampled) == Total(1, exact=True, weight=None)


@pytest.fixture
def slow_spans(monkeypatch: pytest.MonkeyPatch) -> None:
    """To look at a span takes five milliseconds."""
    slow = filters.SOME_SPAN.replace("{}", "case when pg_sleep(0.005) is not null then {} end")
    monkeypatch.setattr(filters, "SOME_SPAN", slow)


@pytest.mark.usefixtures("slow_spans", "committed")
def test_count_that_takes_too_long_says_at_least() -> None:
    Writer().write([a_span(n, status_message="x") for n in range(1, 400)])
    total = queries.count_traces(Search(condition=parse("status_message=x")), box_ms=1_000)
    assert 0 < total.number < 399
    assert not total.exact
    assert queries.count_traces(Search()) == Total(399, exact=True)


@pytest.mark.usefixtures("slow_spans", "committed")
def test_search_that_takes_too_long_says_how_far_it_came_and_goes_on_from_there() -> None:
    Writer().write([a_span(n, start=n, status_message="x" if n % 50 == 1 else "") for n in range(1, 200)])
    search, found = Search(condition=parse("status_message=x"), limit=100), []
    listing = queries.search_traces(search, box_ms=400)
    assert listing.stopped_at is not None
    stops = [listing.stopped_at]
    while listing.next:
        found += listing.traces
        listing = queries.search_traces(replace(search, after=listing.next), box_ms=400)
        stops += [] if listing.stopped_at is None else [listing.stopped_at]
    found += listing.traces
    assert [trace.trace_id for trace in found] == trace_ids(range(151, 0, -50))
    assert len(stops) > 1
    assert stops == sorted(stops, reverse=True)


def test_several_searches_are_counted_each_for_itself_and_up_to_a_limit(writer: Writer) -> None:
    writer.write([a_span(n, service="web") for n in range(1, 6)])
    searches = [Search(service="web"), Search(service="nobody")]
    assert queries.count_each(searches) == [Total(5, exact=True), Total(0, exact=True)]
    assert queries.count_each(searches, most=4) == [Total(4, exact=False), Total(0, exact=True)]


def test_what_there_is_no_time_to_count_says_at_least_none(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    writer.write([a_span()])
    monkeypatch.setattr(listing, "ALL_BOX_S", -1.0)
    assert queries.count_each([Search()]) == [Total(0, exact=False)]


def test_time_range_includes_its_start_and_not_its_end(writer: Writer) -> None:
    writer.write([a_span(n, start=n) for n in range(1, 5)])
    search = Search(start_ns=START_NS + 2 * MILLISECOND, end_ns=START_NS + 4 * MILLISECOND)
    assert found(search) == trace_ids([3, 2])


def test_span_that_is_later_than_the_range_counts_for_its_trace(writer: Writer) -> None:
    writer.write([a_span(1), a_span(1, 2, parent=1, start=60_000, attributes={"k": "v"})])
    search = Search(start_ns=START_NS, end_ns=START_NS + MILLISECOND, condition=word("k", "v"))
    assert found(search) == trace_ids([1])


def test_store_is_empty_until_the_first_span(writer: Writer) -> None:
    assert queries.store_is_empty()
    assert queries.search_traces(Search()).traces == []
    writer.write([a_span()])
    assert not queries.store_is_empty()


def test_time_zero_can_be_searched_for(writer: Writer) -> None:
    writer.write([a_span(1, start_ns=0, duration_ns=0), a_span(2)])
    assert found(Search(start_ns=0, end_ns=1)) == trace_ids([1])
    assert found(Search(max_duration_ns=0)) == trace_ids([1])
    assert found(Search(end_ns=0)) == []


def test_ids_above_half_page_like_all_others(writer: Writer) -> None:
    ids = [1, 1 << 127, (1 << 128) - 1, 1 << 63]
    writer.write([a_span(id) for id in ids])
    assert pages(Search(limit=1)) == [id_bytes(id, 16) for id in sorted(ids, reverse=True)]
