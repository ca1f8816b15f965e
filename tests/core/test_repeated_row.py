from __future__ import annotations

import re
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tests.core.drawing import a_span, calls_of, span_id
from traces.core.repeated_row import MOST_MARKS, RepeatedRow, Summary, repeated_row, summary_of, times_of
from traces.core.repeats import repeats_of
from traces.core.ruler import Stretch
from traces.core.span import Span, Status
from traces.core.timescale import MILLISECOND
from traces.core.tree import build_trace

LOOP = calls_of("""
    root  cart  server  GET       |===================|
      s1  cart  client  SELECT    |==|
      s2  cart  client  SELECT         |==|
      s3  cart  client  SELECT!        |=|
      s4  cart  client  SELECT               |
      s5  cart  client  SELECT               |=====|
""")
WHOLE = Stretch(0, 20 * MILLISECOND)


def row_of(spans: list[Span], stretch: Stretch = WHOLE, offsets_ns: list[int] | None = None) -> RepeatedRow:
    trace = build_trace(spans)
    (group,) = repeats_of(trace)
    times_ns = times_of(trace, group, offsets_ns or [])
    return repeated_row("cart SELECT", summary_of(trace, group), times_ns=times_ns, zero_ns=0, stretch=stretch)


def test_summary_counts_adds_up_and_says_the_middle_and_the_longest() -> None:
    trace = build_trace(LOOP)
    expected = Summary(5, 1, 14 * MILLISECOND, 3 * MILLISECOND, 6 * MILLISECOND)
    assert summary_of(trace, repeats_of(trace)[0]) == expected


def test_row_says_all_of_it_in_words() -> None:
    row = row_of(LOOP)
    assert row.repeats == "×5"
    assert row.duration == "sum 14 ms, p50 3 ms, max 6 ms, 1 with an error"
    assert row.title.split("\n") == [
        "cart SELECT ×5",
        "from +0 ns to +17 ms, sum 14,000,000 ns, p50 3 ms, max 6 ms",
        "1 with an error",
    ]
    assert row.hides_text == "5 repeats in one row, 1 with an error"
    assert row.hides_errors


def test_strip_has_a_line_for_each_time_and_one_for_those_that_overlap() -> None:
    assert strip(row_of(LOOP)) == [(0, 150), (250, 150), (550, 300)]


def test_strip_shows_what_lies_in_the_stretch() -> None:
    row = row_of(LOOP, Stretch(6 * MILLISECOND, 16 * MILLISECOND))
    assert strip(row) == [(0, 200), (500, 500)]
    assert row.cut == "left right"
    assert row_of(LOOP, Stretch(18 * MILLISECOND, 20 * MILLISECOND)).strip == ""


def test_strip_is_that_of_the_corrected_clocks() -> None:
    trace = build_trace(LOOP)
    later = [MILLISECOND if trace.nodes[place].span_id == span_id("s1") else 0 for place in range(len(trace))]
    assert strip(row_of(LOOP, offsets_ns=later)) == [(50, 150), (250, 150), (550, 300)]


def test_what_takes_no_time_is_still_a_mark() -> None:
    instants = [LOOP[0], *(span._replace(duration_ns=0) for span in LOOP[1:])]
    assert strip(row_of(instants)) == [(0, 1), (250, 1), (550, 1)]


def test_label_stands_where_there_is_room() -> None:
    sides = {
        Stretch(0, 40 * MILLISECOND): ("42.5%", "after"),
        WHOLE: ("0%", "over"),
        Stretch(-50 * MILLISECOND, 20 * MILLISECOND): ("71.429%", "before"),
    }
    assert {stretch: (row_of(LOOP, stretch).label_x, row_of(LOOP, stretch).side) for stretch in sides} == sides


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**4)), min_size=5, max_size=2_000))
def test_strip_is_short_ascending_and_within_the_ruler(times: list[tuple[int, int]]) -> None:
    ordered = sorted((start, start + length) for start, length in times)
    row = repeated_row("x", Summary(5, 0, 1, 1, 1), times_ns=ordered, zero_ns=0, stretch=Stretch(0, 10**6))
    marks = strip(row)
    assert 0 < len(marks) <= MOST_MARKS + 1
    assert all(x + width <= after for (x, width), (after, _) in pairwise(marks))
    assert all(0 <= x <= 1000 and x + width <= 1001 for x, width in marks)


def strip(row: RepeatedRow) -> list[tuple[int, int]]:
    """Where each line begins, and how long it is."""
    return [(int(x), int(width)) for x, width in re.findall(r"M(\d+) 21h(\d+)", row.strip)]


def test_huge_group_is_drawn_with_few_marks() -> None:
    spans = [a_span("root", length=20_000)]
    spans += [a_span(f"{n:05}", "root", 2 * n, service="s", name="x", status=Status.UNSET) for n in range(9_999)]
    row = row_of(spans, Stretch(0, 20_000 * MILLISECOND))
    assert len(strip(row)) <= MOST_MARKS + 1
    assert row.repeats == "×9,999"
