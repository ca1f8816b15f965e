from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.core.drawing import calls_of
from tests.core.test_tree import any_spans
from traces.core.analysis import Analysis, Stretch, analyse
from traces.core.gaps import around, gaps_of, number_at
from traces.core.span import Span
from traces.core.time_spent import SpentOn
from traces.core.timescale import MILLISECOND
from traces.core.tree import build_trace

PAY = calls_of("""
    root  shop  internal  POST   |======================================================================|
      a   shop  internal  try    |====|
      b   shop  internal  try                   |====|
      c   shop  internal  try                                                   |===================|
""")


def gaps(analysis: Analysis) -> list[tuple[int, int]]:
    """From when to when, in milliseconds."""
    found = gaps_of(analysis.critical_path)
    return [(gap.start_ns // MILLISECOND, gap.end_ns // MILLISECOND) for gap in found]


def test_longest_wait_comes_first() -> None:
    assert gaps(analyse(build_trace(PAY))) == [(20, 47), (5, 15)]


def test_what_lies_before_the_first_child_and_after_the_last_is_no_gap() -> None:
    assert gaps(analyse(build_trace([PAY[0], PAY[2]]))) == []


def test_wait_below_one_part_in_a_hundred_is_not_worth_a_look() -> None:
    longer = [PAY[0]._replace(duration_ns=2_000 * MILLISECOND), *PAY[1:3], PAY[3]._replace(duration_ns=10**9)]
    assert gaps(analyse(build_trace(longer))) == [(20, 47)]


def test_stretch_around_a_gap_shows_what_ran_before_and_after_and_tells_which_it_is() -> None:
    analysis = analyse(build_trace(PAY))
    found, extent_ns = gaps_of(analysis.critical_path), analysis.trace.extent_ns
    assert around(found[1], 0, extent_ns) == (0, 20 * MILLISECOND)
    for number, gap in enumerate(found):
        assert number_at(found, around(gap, 0, extent_ns), 0, extent_ns) == number
    assert number_at(found, None, 0, extent_ns) is None


@given(any_spans)
def test_gaps_are_waits_of_the_path(spans: list[Span]) -> None:
    slow = [span._replace(start_ns=span.start_ns * 10**7, duration_ns=span.duration_ns * 10**7) for span in spans]
    analysis = analyse(build_trace(slow))
    found = gaps_of(analysis.critical_path)
    assert all(gap in analysis.critical_path and gap.spent_on is SpentOn.WAITING for gap in found)
    assert [gap.duration_ns for gap in found] == sorted((gap.duration_ns for gap in found), reverse=True)


@given(any_spans.filter(bool), st.data())
def test_path_through_single_rows_is_that_of_each_joined(spans: list[Span], data: st.DataObject) -> None:
    analysis = analyse(build_trace(spans))
    places = sorted(data.draw(st.sets(st.integers(0, len(analysis.trace) - 1), min_size=1)))
    singly = [one for place in places for one in analysis.stretches_within(place, place + 1)]
    together = analysis.stretches_of(places)
    assert sum(end - start for start, end in together) == sum(end - start for start, end in singly)
    assert together == sorted(together)
    if places == list(range(places[0], places[-1] + 1)):
        assert together == analysis.stretches_within(places[0], places[-1] + 1)
    assert all(isinstance(one, Stretch) for one in together)
