from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.core.drawing import a_span
from tests.core.test_tree import any_spans
from traces.core.columns import signed_id
from traces.core.matching import last_before, next_of, places_of, with_ancestors
from traces.core.span import Span
from traces.core.tree import build_trace


def key(span: Span) -> tuple[int, int]:
    return signed_id(span.span_id), span.start_ns


def test_spans_are_found_at_their_places_and_what_came_later_nowhere() -> None:
    spans = [a_span("root"), a_span("b", "root", start=2), a_span("a", "root", start=1)]
    trace = build_trace(spans)
    assert list(places_of(trace, [key(spans[1]), key(a_span("late", start=1))])) == [2]
    assert list(places_of(trace, [])) == []


def test_of_two_spans_with_one_id_only_the_one_that_starts_then_is_found() -> None:
    spans = [a_span("same", start=1), a_span("same", start=5)]
    assert list(places_of(build_trace(spans), [key(spans[1])])) == [1]


def test_all_above_a_match_stays() -> None:
    trace = build_trace([a_span("a"), a_span("b", "a"), a_span("c", "b"), a_span("d", "a", start=1), a_span("e", "d")])
    names = [node.span.name for place in with_ancestors(trace, [2]) if (node := trace.nodes[place]).span]
    assert names == ["a", "b", "c"]


def test_next_and_previous_go_round() -> None:
    assert [next_of([3, 7], place) for place in (0, 3, 4, 8)] == [3, 3, 7, 3]
    assert [last_before([3, 7], place) for place in (0, 3, 4, 8)] == [7, 7, 3, 7]
    assert next_of([], 0) is last_before([], 0) is None


@given(any_spans, st.data())
def test_exactly_the_matches_and_their_ancestors_stay(spans: list[Span], data: st.DataObject) -> None:
    trace = build_trace(spans)
    places = sorted(data.draw(st.sets(st.integers(0, len(trace) - 1)))) if len(trace) else []
    wanted = {above for place in places for above in [place, *trace.ancestors(place)]}
    assert list(with_ancestors(trace, places)) == sorted(wanted)


@given(any_spans)
def test_every_span_is_found_where_it_stands(spans: list[Span]) -> None:
    trace = build_trace(spans)
    for span in spans:
        places = places_of(trace, [key(span)])
        found = [trace.nodes[place].span for place in places]
        assert found
        assert all(one and key(one) == key(span) for one in found)
