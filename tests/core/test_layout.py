from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from tests.core.drawing import a_span, spans_of
from tests.core.test_tree import any_spans
from traces.core.folding import ALL_OPEN, Fold, visible_places
from traces.core.layout import MAX_INDENT, MOST_PX, ROW_PX, Details, Row, counted, row_of, window_of
from traces.core.palette import HUES, colour_class
from traces.core.ruler import Stretch
from traces.core.span import Kind, Span, Status
from traces.core.trace import Trace
from traces.core.tree import build_trace


def rows_of(
    spans: Sequence[Span], *, fold: Fold = ALL_OPEN, stretch: Stretch | None = None, details: Details | None = None
) -> list[Row]:
    trace = build_trace(spans)
    return [
        row_of(
            trace,
            place,
            number=number,
            fold=fold,
            stretch=stretch or Stretch(0, trace.extent_ns),
            details=details or Details(),
        )
        for number, place in enumerate(visible_places(trace, fold), start=1)
    ]


def chain(length: int) -> Trace:
    return build_trace([a_span("0"), *(a_span(str(n), str(n - 1), start=n) for n in range(1, length))])


def test_bars_lie_where_the_drawing_has_them() -> None:
    rows = rows_of(
        spans_of("""
            checkout      |===================|
              auth        |===|
              payment          |==========|
              done                            |
        """)
    )
    assert [(row.name, row.x, row.width, row.duration) for row in rows] == [
        ("checkout", "0%", "100%", "20 ms"),
        ("auth", "0%", "20%", "4 ms"),
        ("payment", "25%", "55%", "11 ms"),
        ("done", "99.8%", "0.2%", "0 ns"),
    ]
    assert [row.side for row in rows] == ["inside", "after", "after", "before"]


def test_trace_without_length_divides_by_nothing() -> None:
    (row,) = rows_of([a_span("instant", length=0)])
    assert (row.x, row.width) == ("0%", "0.2%")


def test_row_says_kind_error_and_exact_time() -> None:
    spans = [a_span("a", length=5), a_span("b", "a", 2, 3, kind=Kind.SERVER, status=Status.ERROR)]
    row = rows_of(spans)[1]
    assert (row.kind, row.trouble, row.title) == ("server", "error", "b b\n3,000,000 ns, starts at +2 ms")
    assert row.classes == f"row d1 {colour_class('b')} error"


def test_timeout_is_told_apart_from_other_errors() -> None:
    error = a_span("a", status=Status.ERROR)
    assert [rows_of([error], details=Details(is_timeout=late))[0].trouble for late in (False, True)] == [
        "error",
        "timeout",
    ]
    assert rows_of([a_span("a")], details=Details(is_timeout=True))[0].trouble == ""


def test_events_are_counted_and_marked_where_they_happened() -> None:
    spans = [a_span("a", length=10)]
    row = rows_of(spans, details=Details((2_500_000, 99_000_000), 34))[0]
    assert (row.events, row.event_marks) == ("34 events", "M250 1v7")
    assert "34 events" in row.title


def test_unheard_of_kind_is_no_kind() -> None:
    assert rows_of([a_span("a", kind=77)])[0].kind == ""


def test_stand_in_reaches_over_what_hangs_under_it() -> None:
    spans = [a_span("root", length=10), a_span("x", "gone", 2, 3), a_span("y", "x", 6, 2)]
    row = rows_of(spans)[1]
    assert (row.missing, row.x, row.width, row.duration) == (True, "20%", "60%", "")


def test_deep_rows_stop_indenting_and_say_their_level() -> None:
    trace = chain(5_000)
    row = row_of(trace, 4_999, number=1, fold=ALL_OPEN, stretch=Stretch(0, trace.extent_ns), details=Details())
    assert (row.classes.split()[1], row.level_text) == (f"d{MAX_INDENT}", "5,000")


def test_collapsed_row_says_what_it_hides() -> None:
    spans = [a_span("a"), a_span("b", "a"), a_span("c", "b", status=Status.ERROR), a_span("d", "b")]
    (row,) = rows_of(spans, fold=Fold(levels=1))
    assert (row.below, row.hides, row.hides_errors) == (True, "3", True)
    assert row.hides_text == "3 rows hidden, 1 error among them"
    assert [(row.below, row.hides) for row in rows_of(spans)] == [(True, ""), (True, ""), (False, ""), (False, "")]


def test_window_knows_its_neighbours_by_their_places() -> None:
    windows = [window_of(range(450), start, count=200) for start in (0, 200, 400)]
    assert [(w.first, len(w.places), w.previous, w.next, w.last) for w in windows] == [
        (0, 200, None, 200, 250),
        (200, 200, 0, 400, 250),
        (250, 200, 50, None, 250),
    ]
    assert windows[1].text == "Rows 201 to 400 of 450"


def test_start_outside_the_trace_is_moved_into_it() -> None:
    assert [window_of(range(3), start).places for start in (-5, 99)] == [range(3), range(3)]
    assert window_of([], 3).total == 0


def test_spacers_stand_for_the_rows_that_are_not_drawn() -> None:
    window = window_of(range(1_000), 300, count=100)
    assert (window.above_px, window.below_px) == (300 * ROW_PX, 600 * ROW_PX)


@given(st.integers(0, 2_000_000), st.integers(-10, 2_000_000), st.integers(1, 300))
def test_no_range_to_scroll_is_too_high_for_a_browser(total: int, start: int, count: int) -> None:
    window = window_of(range(total), start, count=count)
    assert len(window.places) == min(count, total)
    rows_px = len(window.places) * ROW_PX
    assert window.above_px >= 0
    assert window.below_px >= 0
    assert window.above_px + rows_px + window.below_px == min(total * ROW_PX, MOST_PX)
    assert (window.above_px > 0) >= (window.first > 0) or total * ROW_PX > MOST_PX


@given(any_spans, st.integers(1, 5))
def test_windows_together_are_the_whole_trace(spans: list[Span], count: int) -> None:
    total = len(build_trace(spans))
    seen: set[int] = set()
    start: int | None = 0
    while start is not None:
        window = window_of(range(total), start, count=count)
        seen.update(window.places)
        start = window.next
    assert seen == set(range(total))


@given(any_spans)
def test_rows_are_a_permutation_of_the_spans(spans: list[Span]) -> None:
    shown = sorted(row.span_id for row in rows_of(spans) if not row.missing)
    assert shown == sorted(span.span_id.hex() for span in spans)


def test_numbers_agree_with_their_nouns() -> None:
    assert (counted(1, "row", "rows"), counted(1_200, "row", "rows")) == ("1 row", "1,200 rows")


def test_colours_are_stable_and_all_in_use() -> None:
    assert colour_class("checkout") == "c9"
    assert colour_class("\ud800")
    assert len({colour_class(name) for name in ("checkout", "payment", "auth", "cart", "shipping", "gateway")}) == 6
    assert len({colour_class(f"service-{n}") for n in range(200)}) == HUES
