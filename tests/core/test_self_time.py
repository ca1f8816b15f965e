from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given

from tests.core.drawing import a_span, spans_of
from tests.core.test_tree import any_spans
from traces.core.self_time import self_times_ns
from traces.core.span import Kind, Span
from traces.core.timeline import Timeline, blocking, timeline_of
from traces.core.timescale import MILLISECOND
from traces.core.tree import build_trace


def own_ms(spans: str | list[Span]) -> list[int]:
    """In the order of the rows."""
    timeline = timeline_of(build_trace(spans_of(spans) if isinstance(spans, str) else spans))
    return [own // MILLISECOND for own in self_times_ns(timeline, blocking(timeline))]


def test_time_in_which_several_children_run_is_taken_off_once() -> None:
    assert own_ms("""
        caller |==========|
          one    |===|
          two      |===|
            in      |==|
          three         |=|
    """) == [11 - 6 - 2, 4, 4 - 3, 3, 2]


def test_child_within_another_ones_time_takes_nothing_more() -> None:
    assert own_ms("""
        caller |==========|
          long   |=======|
          short    |==|
    """) == [3, 8, 3]


def test_children_count_as_far_as_they_lie_inside() -> None:
    assert own_ms("""
        caller   |=======|
          early |==|
          late         |===|
    """) == [8 - 2 - 2, 3, 4]


def test_what_was_left_to_itself_takes_nothing() -> None:
    assert own_ms("""
        caller |====|
          mail    |=======|
    """) == [5, 8]
    producer = a_span("producer", length=10, kind=Kind.PRODUCER)
    assert own_ms([producer, a_span("consumer", "producer", 2, 4, kind=Kind.CONSUMER)]) == [10, 4]


def test_of_a_missing_span_no_own_time_is_known() -> None:
    assert own_ms([a_span("one", "gone", 0, 4), a_span("two", "gone", 6, 3)]) == [0, 4, 3]


@given(any_spans)
def test_it_is_what_counting_moment_by_moment_gives(spans: list[Span]) -> None:
    timeline = timeline_of(build_trace(spans))
    blocks = blocking(timeline)
    assert list(self_times_ns(timeline, blocks)) == [counted(timeline, blocks, place) for place in range(len(timeline))]


@given(any_spans)
def test_corrected_clocks_may_change_the_order_of_siblings(spans: list[Span]) -> None:
    timeline = timeline_of(build_trace(spans))
    moved = timeline.shifted([7 * place % 5 for place in range(len(timeline))])
    blocks = blocking(moved)
    assert list(self_times_ns(moved, blocks)) == [counted(moved, blocks, place) for place in range(len(moved))]


def counted(timeline: Timeline, blocks: Sequence[bool], place: int) -> int:
    """One nanosecond after the other."""
    if place in timeline.stand_ins():
        return 0
    busy: set[int] = set()
    for child in timeline.children(place):
        if blocks[child]:
            busy.update(range(timeline.starts_ns[child], timeline.ends_ns[child]))
    return len(set(range(timeline.starts_ns[place], timeline.ends_ns[place])) - busy)
