from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from traces.core.ruler import MIN_WIDTH, Stretch, bar_of, marks, percent, ruler, stretch_text, stretch_within
from traces.core.timescale import MICROSECOND, MILLISECOND, SECOND

lengths = st.integers(0, 2**63)


def number(text: str) -> float:
    assert text.endswith("%")
    return float(text[:-1])


@st.composite
def stretches(draw: st.DrawFn) -> Stretch:
    start_ns = draw(st.integers(0, 2**62))
    return Stretch(start_ns, start_ns + draw(st.integers(1, 2**62)))


def test_ticks_are_round_and_count_from_the_traces_start() -> None:
    assert [(tick.x, tick.label) for tick in ruler(Stretch(0, 20 * MILLISECOND))] == [
        ("0%", "0 ms"),
        ("25%", "5 ms"),
        ("50%", "10 ms"),
        ("75%", "15 ms"),
        ("100%", "20 ms"),
    ]
    zoomed = ruler(Stretch(7 * MILLISECOND, 13 * MILLISECOND))
    assert [tick.label for tick in zoomed] == [f"{n} ms" for n in range(7, 14)]


def test_ticks_of_a_very_short_stretch_tell_each_other_apart() -> None:
    start_ns = SECOND + 234 * MILLISECOND
    labels = [tick.label for tick in ruler(Stretch(start_ns, start_ns + 60 * MICROSECOND))]
    assert labels == ["1.23 s", "+10 µs", "+20 µs", "+30 µs", "+40 µs", "+50 µs", "+60 µs"]


def test_no_time_at_all_has_one_tick() -> None:
    assert [tick.x for tick in ruler(Stretch(0, 0))] == ["0%"]


@given(stretches())
def test_ticks_stay_on_the_ruler_from_left_to_right_and_differ(stretch: Stretch) -> None:
    ticks = ruler(stretch)
    places = [number(tick.x) for tick in ticks]
    assert places == sorted(places)
    assert places[0] >= 0
    assert places[-1] <= 100
    assert len(ticks) <= 8
    assert len({tick.label for tick in ticks}) == len(ticks)


@given(lengths, lengths, stretches())
def test_every_bar_lies_within_the_ruler_and_can_be_seen(offset_ns: int, duration_ns: int, stretch: Stretch) -> None:
    bar = bar_of(offset_ns, duration_ns, stretch)
    is_inside = offset_ns <= stretch.end_ns and offset_ns + duration_ns >= stretch.start_ns
    assert bool(bar.width) == is_inside
    if is_inside:
        assert 0 <= number(bar.x) <= number(bar.x) + number(bar.width) <= 100 + 1e-9
        assert number(bar.width) >= MIN_WIDTH
    assert 0 <= number(bar.label_x) <= 100
    assert bar.side in ("after", "before", "inside")


def test_bar_is_cut_where_it_leaves_the_stretch_and_says_on_which_side() -> None:
    stretch = Stretch(100, 200)
    bars = [bar_of(start, length, stretch) for start, length in ((120, 30), (50, 100), (150, 90), (0, 500))]
    assert [(bar.x, bar.width, bar.cut) for bar in bars] == [
        ("20%", "30%", ""),
        ("0%", "50%", "left"),
        ("50%", "50%", "right"),
        ("0%", "100%", "left right"),
    ]
    assert [bar_of(start, 20, stretch)[1:] for start in (10, 300)] == [
        ("", "0%", "after", "left"),
        ("", "100%", "before", "right"),
    ]


def test_stretch_is_moved_into_the_trace_or_given_up() -> None:
    assert stretch_within(100, -5, 50) == Stretch(0, 50)
    assert stretch_within(100, 50, 500) == Stretch(50, 100)
    assert [stretch_within(100, *ends) for ends in ((0, 100), (-9, 900), (60, 60), (70, 60), (200, 300))] == [None] * 5


def test_moments_outside_the_stretch_have_no_mark_and_equal_ones_have_one() -> None:
    assert marks([5, 10, 10, 15, 99], Stretch(10, 20)) == "M0 1v7M500 1v7"


def test_percent_has_a_point_and_stays_between_0_and_100() -> None:
    assert [percent(1, 8), percent(5, 0), percent(9, 3), percent(-1, 3)] == ["12.5%", "0%", "100%", "0%"]


def test_stretch_is_told_in_words() -> None:
    assert stretch_text(Stretch(0, 1_500_000)) == "0 ns to 1.5 ms, 1.5 ms"
