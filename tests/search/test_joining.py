"""Two conditions on one and the same span, and apart again: what it means, where the form takes part, what can't."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.core.drawing import a_span
from tests.search.queries import queries, span_conditions
from traces.core.evaluation import SpansAtHand, evaluate
from traces.core.meaning import EVERY, And, Condition, Not, Some, all_of
from traces.search import Search, attribute_is, from_params, meaning_of, parse, to_params, words_of
from traces.search.joining import joinable, joined, separable, taken_apart
from traces.search.parts import parts_of

SLOW = settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
KEYS, VALUES = ("a", "b", "c"), ("1", "2")
_words = st.lists(st.builds(Some, span_conditions) | queries.filter(lambda query: query != EVERY), max_size=4)
_fields = {
    "service": st.sampled_from(["", "checkout", "a b"]),
    "operation": st.sampled_from(["", "POST /pay"]),
    "status": st.sampled_from(["", "error"]),
    "max_duration_ns": st.sampled_from([None, 5]),
}
searches = st.builds(Search, condition=_words.map(lambda words: all_of(*words) if words else None), **_fields)
_simple = st.builds(attribute_is, st.sampled_from(KEYS), st.sampled_from(VALUES))
_attributes = st.dictionaries(st.sampled_from(KEYS), st.sampled_from(VALUES))


def words_meant(search: Search) -> tuple[Condition, ...]:
    return words_of(meaning_of(search))


def of(text: str, **fields: str) -> Search:
    return from_params({"q": text, "last": "all", **fields}, 0)


@SLOW
@given(searches)
def test_two_joined_are_one_brace_and_all_else_stays(search: Search) -> None:
    before = words_meant(search)
    for one, other in combinations(joinable(search), 2):
        first, second = before[one], before[other]
        assert isinstance(first, Some)
        assert isinstance(second, Some)
        after = joined(search, other, one)
        assert after == joined(search, one, other)
        both = Some(all_of(first.condition, second.condition))
        assert words_meant(after) == (*before[:one], both, *before[one + 1 : other], *before[other + 1 :])
        assert after.max_duration_ns == search.max_duration_ns


@SLOW
@given(searches)
def test_address_says_what_was_joined_and_taken_apart(search: Search) -> None:
    found = [joined(search, *pair) for pair in combinations(joinable(search), 2)]
    found += [taken_apart(search, place) for place in separable(search)]
    for one in found:
        assert from_params(to_params(one) | {"last": "all"}, 0) == one


@given(st.lists(_simple, min_size=2, max_size=4, unique=True), st.data())
def test_what_was_joined_comes_apart_into_the_same_conditions(words: list[Condition], data: st.DataObject) -> None:
    search = Search(condition=all_of(*words))
    one, other = sorted(data.draw(st.permutations(range(len(words))))[:2])
    both = joined(search, one, other)
    assert separable(both) == [one]
    assert set(words_meant(taken_apart(both, one))) == set(words)


@given(st.lists(_simple, min_size=2, max_size=2), st.lists(_attributes, min_size=1, max_size=3))
def test_joining_only_narrows_and_taking_apart_only_widens(words: list[Condition], spans: list[dict[str, str]]) -> None:
    known = SpansAtHand([a_span(f"s{n}", None, attributes=attributes) for n, attributes in enumerate(spans)])
    apart = Search(condition=all_of(*words))
    together = joined(apart, 0, 1)
    on_one = any(all(evaluate(word, SpansAtHand([span])).satisfied for word in words)
                 for span in (a_span("s", attributes=attributes) for attributes in spans))  # fmt: skip
    assert evaluate(meaning_of(together), known).satisfied == on_one
    if on_one:
        assert evaluate(meaning_of(apart), known).satisfied


def test_form_is_part_of_the_brace_and_its_fields_are_empty_then() -> None:
    search = of("user.id=42 x=1", service="checkout", status="error")
    both = joined(search, 0, 1)
    assert (both.service, both.operation, both.status) == ("", "", "")
    assert both.condition == parse("{service=checkout status=error user.id=42} x=1")
    words_alone = joined(search, 1, 2)
    assert (words_alone.service, words_alone.status) == ("checkout", "error")
    assert words_alone.condition == parse("{user.id=42 x=1}")


def test_form_is_taken_apart_into_words() -> None:
    search = of("x=1", service="checkout", status="error")
    assert taken_apart(search, 0) == of("service=checkout status=error x=1")
    assert separable(of("x=1", service="checkout")) == []


def test_fact_of_the_trace_leaves_the_brace_as_one() -> None:
    assert taken_apart(of("{a=1 trace.duration>1s}"), 0) == of("a=1 trace.duration>1s")


@pytest.mark.parametrize(
    "text", ["trace.duration>1s", "-a=1", "-{a=1 b=2}", "{a=1} >> {b=2}", "({a=1} | count() > 3)", "(a=1 or b=2)"]
)
def test_only_what_some_span_fulfils_can_be_joined(text: str) -> None:
    assert joinable(of(f"{text} c=3")) == [1]
    assert 0 not in separable(of(f"{text} c=3"))


def test_places_are_those_of_the_parts_and_every_span_fulfils_empty_braces() -> None:
    search = of("{} -a=1 b=2", service="checkout")
    assert [parts_of(search)[place].text for place in joinable(search)] == ["checkout", "{}", "b=2"]
    assert joined(search, 1, 3) == of("b=2 -a=1", service="checkout")
    assert separable(search) == []


def test_what_stands_on_one_span_is_said_as_the_form_is_and_not_comes_before() -> None:
    search = of("{a=1 (b=2 or c=3)} -{a=1 -b=2} {a=1 or b=2} -(a=1 b=2) -x=1", service="s", status="error")
    texts = [part.text for part in parts_of(search)]
    assert texts == ["s · error", "a=1 · (b=2 or c=3)", "not a=1 · -b=2", "{a=1 or b=2}", "-(a=1 b=2)", "not x=1"]
    assert isinstance(search.condition, And)
    assert isinstance(search.condition.items[1], Not)
