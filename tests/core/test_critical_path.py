"""Which span a request was waiting for, drawn; and what holds for every trace."""

from __future__ import annotations

from time import process_time

import pytest
from hypothesis import given

from tests.core.drawing import a_span, spans_of
from tests.core.test_tree import any_spans
from traces.core.critical_path import critical_path, head_of
from traces.core.span import Kind, Span
from traces.core.timeline import blocking, timeline_of
from traces.core.timescale import MILLISECOND
from traces.core.tree import build_trace

Drawn = list[tuple[str, int, int]]


def path_of(spans: str | list[Span], **kinds: Kind) -> Drawn:
    """Names with times in milliseconds."""
    drawn = spans_of(spans) if isinstance(spans, str) else spans
    timeline = timeline_of(build_trace([span._replace(kind=kinds.get(span.name, span.kind)) for span in drawn]))
    path = critical_path(timeline, blocking(timeline))
    names = [getattr(timeline.operation(place), "name", "missing") for place in path.places]
    bounds_ms = [bound // MILLISECOND for bound in path.bounds_ns]
    return list(zip(names, bounds_ms, bounds_ms[1:], strict=False))


def test_a_span_without_children_is_its_own_path() -> None:
    assert path_of("alone |====|") == [("alone", 0, 5)]


def test_child_after_child_with_the_caller_itself_between_them() -> None:
    assert path_of("""
        caller |===================|
          one    |====|
            in     |==|
          two            |====|
    """) == [
        ("caller", 0, 2), ("one", 2, 4), ("in", 4, 7), ("caller", 7, 10), ("two", 10, 15), ("caller", 15, 20),
    ]  # fmt: skip


def test_of_children_at_once_the_one_that_ends_last_is_waited_for() -> None:
    assert path_of("""
        caller |==========|
          short  |==|
          long   |=======|
          mid    |====|
    """) == [("caller", 0, 2), ("long", 2, 10), ("caller", 10, 11)]


def test_children_that_touch_are_back_to_back() -> None:
    assert path_of("""
        caller |=======|
          one  |==|
          two     |====|
    """) == [("one", 0, 3), ("two", 3, 8)]


def test_children_that_overlap_by_a_little_are_back_to_back_too() -> None:
    assert path_of("""
        caller |===========|
          one  |======|
          two       |======|
    """) == [("one", 0, 5), ("two", 5, 12)]


def test_child_that_goes_on_for_most_of_its_time_beside_the_next_was_not_waited_for_before_it() -> None:
    assert path_of("""
        caller |===========|
          one    |========|
          two     |======|
          three      |=====|
    """) == [("caller", 0, 6), ("three", 6, 12)]


def test_child_that_outlives_its_caller_is_cut_to_it() -> None:
    assert path_of("""
        caller |======|
          late    |=====|
            in       |=|
    """) == [("caller", 0, 3), ("late", 3, 6), ("in", 6, 7)]


def test_child_that_precedes_its_caller_is_cut_to_it() -> None:
    assert path_of("""
        caller   |======|
          early |====|
    """) == [("early", 1, 5), ("caller", 5, 8)]


def test_child_that_is_mostly_outside_was_left_to_itself() -> None:
    assert path_of("""
        caller |======|
          mail     |=======|
    """) == [("caller", 0, 7)]


def test_exactly_half_inside_is_enough() -> None:
    assert path_of("""
        caller |======|
          half    |=======|
    """) == [("caller", 0, 3), ("half", 3, 7)]


def test_consumer_is_left_to_itself_by_its_producer_but_not_by_others() -> None:
    drawing = """
        caller |======|
          work   |==|
    """
    assert path_of(drawing, caller=Kind.PRODUCER, work=Kind.CONSUMER) == [("caller", 0, 7)]
    assert path_of(drawing, work=Kind.CONSUMER) == [("caller", 0, 2), ("work", 2, 5), ("caller", 5, 7)]
    assert path_of(drawing, caller=Kind.PRODUCER) == [("caller", 0, 2), ("work", 2, 5), ("caller", 5, 7)]


def test_grandchild_beyond_what_its_parent_was_waited_for_is_no_part() -> None:
    assert path_of("""
        caller |=====|
          late    |=====|
            after     |=|
    """) == [("caller", 0, 3), ("late", 3, 6)]


def test_child_without_length_takes_no_time() -> None:
    assert path_of("""
        caller |====|
          mark   |
    """) == [("caller", 0, 5)]


def test_root_without_length_has_an_empty_path() -> None:
    assert path_of([a_span("root", length=0), a_span("child", "root", length=5)]) == []
    assert path_of([]) == []


def test_of_several_roots_the_earliest_is_explained() -> None:
    assert path_of("""
        first  |====|
          in     |==|
        second  |==========|
    """) == [("first", 0, 2), ("in", 2, 5)]


def test_what_hangs_under_a_missing_parent_has_no_part_beside_a_root() -> None:
    spans = [a_span("root", start=3, length=4), a_span("orphan", "gone", 0, 9)]
    assert path_of(spans) == [("root", 3, 7)]


def test_without_a_root_the_stand_in_is_explained() -> None:
    spans = [a_span("one", "gone", 0, 4), a_span("two", "gone", 6, 3)]
    assert path_of(spans) == [("one", 0, 4), ("missing", 4, 6), ("two", 6, 9)]


def test_root_made_of_a_cycle_comes_after_one_that_was_reported_as_root() -> None:
    spans = [a_span("self", "self", 0, 9), a_span("root", None, 2, 3)]
    assert path_of(spans) == [("root", 2, 5)]
    assert path_of(spans[:1]) == [("self", 0, 9)]


@given(any_spans)
def test_pieces_are_disjoint_and_add_up_to_the_roots_duration(spans: list[Span]) -> None:
    timeline = timeline_of(build_trace(spans))
    places, bounds_ns = critical_path(timeline, blocking(timeline))
    head = head_of(timeline)
    if not places:
        assert head is None or timeline.starts_ns[head] == timeline.ends_ns[head]
        return
    assert head is not None
    assert (bounds_ns[0], bounds_ns[-1]) == (timeline.starts_ns[head], timeline.ends_ns[head])
    assert list(bounds_ns) == sorted(set(bounds_ns))
    assert len(bounds_ns) == len(places) + 1


@given(any_spans)
def test_every_piece_lies_in_its_span_which_everybody_above_waited_for(spans: list[Span]) -> None:
    timeline = timeline_of(build_trace(spans))
    blocks = blocking(timeline)
    head = head_of(timeline)
    path = critical_path(timeline, blocks)
    for place, start_ns, end_ns in zip(path.places, path.bounds_ns, path.bounds_ns[1:], strict=False):
        assert timeline.starts_ns[place] <= start_ns
        assert end_ns <= timeline.ends_ns[place]
        while place != head:
            assert blocks[place]
            place = timeline.parents[place]
            assert timeline.starts_ns[place] <= start_ns


@pytest.mark.parametrize("shape", ["wide", "chain"])
def test_100_000_spans_of_any_shape_take_no_quadratic_time(shape: str) -> None:
    ids = [number.to_bytes(8) for number in range(1, 100_001)]
    parents = [None, *ids[:-1]] if shape == "chain" else [None, *[ids[0]] * 99_999]
    lengths = range(200_000, 0, -2) if shape == "chain" else [200_000] + [7] * 99_999
    spans = [
        a_span("x", start=start, length=length, span_id=id, parent_span_id=parent)
        for start, (id, parent, length) in enumerate(zip(ids, parents, lengths, strict=True))
    ]
    timeline = timeline_of(build_trace(spans))
    started = process_time()
    path = critical_path(timeline, blocking(timeline))
    assert process_time() - started < 4
    assert len(path.places) > 10_000
