from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.core.drawing import a_span, spans_of
from tests.core.test_tree import any_spans
from traces.core.layout import MAX_INDENT, MIN_WIDTH, bar_of, percent, ruler, start_of_window_with, window_of
from traces.core.palette import HUES, colour_class
from traces.core.span import Kind, Span, Status
from traces.core.tree import build_trace


def number(text: str) -> float:
    assert text.endswith("%")
    return float(text[:-1])


def test_bars_lie_where_the_drawing_has_them() -> None:
    trace = build_trace(
        spans_of("""
            checkout      |===================|
              auth        |===|
              payment          |==========|
              done                            |
        """)
    )
    window = window_of(trace)
    assert [(row.name, row.bar.x, row.bar.width, row.duration) for row in window.rows] == [
        ("checkout", "0%", "100%", "20 ms"),
        ("auth", "0%", "20%", "4 ms"),
        ("payment", "25%", "55%", "11 ms"),
        ("done", "99.8%", "0.2%", "0 ns"),
    ]
    assert [row.bar.side for row in window.rows] == ["inside", "after", "after", "before"]
    assert [(tick.x, tick.label) for tick in window.ticks] == [
        ("0%", "0 ms"),
        ("25%", "5 ms"),
        ("50%", "10 ms"),
        ("75%", "15 ms"),
        ("100%", "20 ms"),
    ]


def test_trace_without_length_divides_by_nothing() -> None:
    window = window_of(build_trace([a_span("instant", length=0)]))
    assert (window.rows[0].bar.x, window.rows[0].bar.width) == ("0%", "0.2%")
    assert [tick.x for tick in window.ticks] == ["0%"]


def test_row_says_kind_error_and_exact_time() -> None:
    spans = [a_span("a", length=5), a_span("b", "a", 2, 3, kind=Kind.SERVER, status=Status.ERROR)]
    row = window_of(build_trace(spans)).rows[1]
    assert (row.kind, row.is_error, row.exact) == ("server", True, "3,000,000 ns, starts at +2 ms")
    assert row.colour == colour_class("b")


def test_unheard_of_kind_is_no_kind() -> None:
    assert window_of(build_trace([a_span("a", kind=77)])).rows[0].kind == ""


def test_stand_in_reaches_over_what_hangs_under_it() -> None:
    spans = [a_span("root", length=10), a_span("x", "gone", 2, 3), a_span("y", "gone", 6, 2)]
    row = window_of(build_trace(spans)).rows[1]
    assert (row.missing, row.bar.x, row.bar.width, row.duration) == (True, "20%", "60%", "")


def test_deep_rows_stop_indenting_and_say_their_level() -> None:
    chain = [a_span("0"), *(a_span(str(n), str(n - 1)) for n in range(1, 5_000))]
    rows = window_of(build_trace(chain), start=4_900).rows
    assert {row.indent for row in rows} == {MAX_INDENT}
    assert rows[-1].level_text == "5,000"


def test_window_knows_its_neighbours() -> None:
    trace = build_trace([a_span(str(n), start=n) for n in range(450)])
    seen = [window_of(trace, start=start) for start in (0, 200, 400)]
    assert [(w.first, w.last, w.previous, w.next) for w in seen] == [
        (1, 200, None, 200),
        (201, 400, 0, 400),
        (401, 450, 200, None),
    ]
    assert seen[0].last_start == 400


def test_start_outside_the_trace_is_moved_into_it() -> None:
    trace = build_trace([a_span("a"), a_span("b")])
    assert (window_of(trace, start=99).first, window_of(trace, start=-5).first) == (2, 1)
    assert window_of(build_trace([]), start=3).total == 0


def test_window_of_a_span_starts_at_its_page() -> None:
    trace = build_trace([a_span(str(n), start=n) for n in range(450)])
    assert start_of_window_with(trace, trace.nodes[399].span_id) == 200
    assert start_of_window_with(trace, b"nowhere!") == 0


@given(st.integers(0, 2**63), st.integers(0, 2**63), st.integers(0, 2**63))
def test_every_bar_lies_within_the_ruler_and_can_be_seen(offset_ns: int, duration_ns: int, extent_ns: int) -> None:
    bar = bar_of(offset_ns, duration_ns, extent_ns)
    assert 0 <= number(bar.x) <= number(bar.x) + number(bar.width) <= 100 + 1e-9
    assert number(bar.width) >= MIN_WIDTH
    assert 0 <= number(bar.label_x) <= 100
    assert bar.side in ("after", "before", "inside")


@given(any_spans, st.integers(1, 5))
def test_windows_together_are_the_whole_trace(spans: list[Span], count: int) -> None:
    trace = build_trace(spans)
    places, start = [], 0
    while True:
        window = window_of(trace, start=start, count=count)
        places += [row.place for row in window.rows]
        if window.next is None:
            break
        start = window.next
    assert places == list(range(len(trace.nodes)))


@given(any_spans)
def test_rows_are_a_permutation_of_the_spans_and_stay_on_the_ruler(spans: list[Span]) -> None:
    rows = window_of(build_trace(spans)).rows
    shown = sorted(row.span_id for row in rows if not row.missing)
    assert shown == sorted(span.span_id.hex() for span in spans)
    assert all(number(row.bar.x) + number(row.bar.width) <= 100 + 1e-9 for row in rows)


@given(st.integers(0, 2**63))
def test_ticks_stay_on_the_ruler_from_left_to_right(extent_ns: int) -> None:
    places = [number(tick.x) for tick in ruler(extent_ns)]
    assert places == sorted(set(places))
    assert places[0] == 0
    assert places[-1] <= 100


def test_percent_has_a_point_and_stays_between_0_and_100() -> None:
    assert [percent(1, 8), percent(5, 0), percent(9, 3), percent(-1, 3)] == ["12.5%", "0%", "100%", "0%"]


def test_colours_are_stable_and_all_in_use() -> None:
    assert colour_class("checkout") == "c9"
    assert colour_class("\ud800")
    assert len({colour_class(name) for name in ("checkout", "payment", "auth", "cart", "shipping", "gateway")}) == 6
    assert len({colour_class(f"service-{n}") for n in range(200)}) == HUES
