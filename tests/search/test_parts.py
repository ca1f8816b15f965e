from __future__ import annotations

from dataclasses import replace

from traces.core.meaning import all_of
from traces.search import Search, attribute_is
from traces.search.parts import as_query, parts_of
from traces.search.wording import query_words

WHOLE = Search(
    start_ns=1,
    end_ns=9,
    service="checkout",
    operation="POST /pay",
    status="error",
    min_duration_ns=500_000_000,
    max_duration_ns=2_000_000_000,
    condition=all_of(attribute_is("user.id", "42"), attribute_is("http.route", "/a b")),
    sort="duration",
    after="7.00000000000000000000000000000000",
)


def test_what_holds_on_one_span_is_one_part_and_each_word_and_duration_another() -> None:
    texts = [part.text for part in parts_of(WHOLE)]
    assert texts == [
        "checkout · POST /pay · error",
        "user.id=42",
        'http.route="/a b"',
        "at least 500 ms",
        "at most 2 s",
    ]


def test_part_and_rest_together_are_the_search_from_its_first_page() -> None:
    for part in parts_of(WHOLE):
        assert part.alone != part.rest
        assert (part.rest.start_ns, part.rest.sort, part.rest.after) == (1, "duration", "")
        assert (part.alone.start_ns, part.alone.sort, part.alone.after) == (1, "duration", "")
        [alone], rest = parts_of(part.alone), parts_of(part.rest)
        assert alone.text == part.text
        assert {one.text for one in rest} == {one.text for one in parts_of(WHOLE)} - {part.text}


def test_search_for_everything_has_no_parts() -> None:
    assert parts_of(Search(sort="errors", start_ns=5)) == []


def test_word_twice_is_taken_away_once() -> None:
    word = attribute_is("k", "v")
    assert [part.rest.condition for part in parts_of(Search(condition=all_of(word, word)))] == [word, word]


def test_all_that_is_asked_for_is_one_query_that_can_be_said() -> None:
    assert query_words(as_query(replace(WHOLE, max_duration_ns=9_999_999_999))) == (
        "traces with a span where service is checkout and name is POST /pay and status is error,"
        " with a span where user.id is 42, with a span where http.route is /a b,"
        " whose duration is at least 500 ms, and whose duration is under 10 s"
    )


def test_limit_below_a_round_duration_is_said_so() -> None:
    assert [part.text for part in parts_of(Search(max_duration_ns=9_999_999_999))] == ["under 10 s"]
