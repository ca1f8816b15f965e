from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.core.drawing import calls_of
from tests.core.test_tree import any_spans
from traces.core.filtering import Filter, choices_ns, left_by
from traces.core.span import Span, Status
from traces.core.timescale import MILLISECOND, SECOND
from traces.core.tree import build_trace

SHOP = build_trace(
    calls_of("""
        a  shop  server    GET    |==================|
          b  auth  client    check   ||
          c  auth  client    check!    ||
          d  queue  producer  send        ||
            e  bank  consumer  pay            |======|
    """)
)


def left(min_ms: int = 0, *services: str) -> tuple[str, int, int]:
    found = left_by(SHOP, Filter(min_ms * MILLISECOND, frozenset(services)))
    names = "".join(SHOP.nodes[place].span_id.decode()[0] for place in found.places)
    return names, found.short, found.of_services


def test_nothing_is_hidden_unless_asked_for() -> None:
    assert left() == ("abcde", 0, 0)
    assert not Filter()


def test_short_spans_go_but_errors_and_what_is_above_the_rest_stay() -> None:
    assert left(2) == ("acde", 1, 0)
    assert left(8) == ("ac", 3, 0)
    assert left(1) == ("abcde", 0, 0)


def test_services_go_with_their_errors_and_what_others_have_below_stays() -> None:
    assert left(0, "auth") == ("ade", 0, 2)
    assert left(0, "queue", "nobody") == ("abce", 0, 1)
    assert left(0, "shop", "auth", "queue", "bank") == ("", 0, 5)


def test_span_hidden_for_both_reasons_counts_for_its_service() -> None:
    assert left(8, "auth") == ("a", 2, 2)
    assert left(2, "queue") == ("ace", 1, 1)


def test_durations_offered_suit_the_trace() -> None:
    assert choices_ns(7_480 * MILLISECOND) == [5 * MILLISECOND, 50 * MILLISECOND, 500 * MILLISECOND]
    assert choices_ns(SECOND) == [MILLISECOND, 10 * MILLISECOND, 100 * MILLISECOND]
    assert choices_ns(999) == choices_ns(0) == []


@given(any_spans, st.integers(0, 20), st.frozensets(st.sampled_from("ab")))
def test_row_is_left_exactly_if_its_service_is_and_something_long_or_wrong_is_in_its_subtree(
    spans: list[Span], min_ns: int, services: frozenset[str]
) -> None:
    trace = build_trace(spans)
    nodes, found = trace.nodes, left_by(trace, Filter(min_ns, services))

    def shown(place: int) -> bool:
        span = nodes[place].span
        return span is None or span.service not in services

    def matters(place: int) -> bool:
        span = nodes[place].span
        wrong = span is not None and span.status == Status.ERROR
        return shown(place) and (trace.start_and_duration_ns(place)[1] >= min_ns or wrong)

    expected = [
        place
        for place, node in enumerate(nodes)
        if shown(place) and any(matters(below) for below in range(place, place + node.size))
    ]
    assert list(found.places) == expected
    assert len(found.places) + found.short + found.of_services == len(trace)
