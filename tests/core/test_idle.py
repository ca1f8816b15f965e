from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tests.core.drawing import a_span, spans_of
from tests.core.test_tree import any_spans
from traces.core.idle import MOST_GAPS, idle_gaps
from traces.core.ruler import Stretch
from traces.core.span import Span
from traces.core.timescale import MILLISECOND
from traces.core.tree import build_trace


def gaps_of(spans: list[Span]) -> list[tuple[int, int]]:
    """In milliseconds."""
    return [(start // MILLISECOND, end // MILLISECOND) for start, end in idle_gaps(build_trace(spans))]


def test_queue_between_producer_and_consumer_is_idle() -> None:
    drawing = """
        order         |=====|
          send          |==|
            receive                      |===|
    """
    assert gaps_of(spans_of(drawing)) == [(0, 2), (5, 6), (6, 19)]


def test_root_that_sleeps_between_two_calls_is_idle() -> None:
    drawing = """
        root      |====================|
          one     |==|
          two                      |===|
    """
    assert gaps_of(spans_of(drawing)) == [(3, 17)]


def test_span_without_others_in_its_time_may_have_worked() -> None:
    assert gaps_of(spans_of("call |==========|")) == []
    drawing = """
        send      |==========|
          late               |==|
    """
    assert gaps_of(spans_of(drawing)) == []


def test_gap_ends_where_something_that_waits_ends() -> None:
    drawing = """
        root      |=======================|
          inner   |===========|
            leaf  |==|
          last                        |===|
    """
    assert gaps_of(spans_of(drawing)) == [(3, 12), (12, 20)]


def test_gaps_go_by_the_clocks_that_are_shown() -> None:
    drawing = """
        root      |====================|
          one     |==|
          two              |===|
    """
    trace = build_trace(spans_of(drawing))
    moved = idle_gaps(trace, [0, 0, 5 * MILLISECOND])
    assert [(start // MILLISECOND, end // MILLISECOND) for start, end in moved] == [(3, 14), (18, 21)]


def test_the_longest_of_very_many_are_kept() -> None:
    spans = [a_span("root", length=100_000)]
    spans += [a_span(str(n), "root", start=n * (n + 1) // 2, length=0) for n in range(400)]
    gaps = idle_gaps(build_trace(spans))
    assert len(gaps) == MOST_GAPS
    assert min(gap.length_ns for gap in gaps) == (400 - MOST_GAPS + 1) * MILLISECOND


@given(any_spans, st.booleans())
def test_in_no_gap_anything_starts_or_ends_and_all_that_is_open_goes_on(spans: list[Span], corrected: bool) -> None:
    trace = build_trace(spans)
    offsets = [0] * len(trace) if corrected else None
    gaps = idle_gaps(trace, offsets)
    assert gaps == idle_gaps(trace)
    assert gaps == sorted(gaps)
    moments = {ns - trace.start_ns for span in spans for ns in (span.start_ns, span.start_ns + span.duration_ns)}
    for before, after in pairwise(gaps):
        assert before.end_ns <= after.start_ns
    for gap in gaps:
        assert Stretch(0, trace.extent_ns).start_ns <= gap.start_ns < gap.end_ns <= trace.extent_ns
        assert not any(gap.start_ns < ns < gap.end_ns for ns in moments)
