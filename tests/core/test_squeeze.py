from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tests.core.test_ruler import number, stretches
from traces.core.ruler import MIN_WIDTH, Scale, Stretch, bar_of, lines, marks
from traces.core.squeeze import MOST_STRIPS, STRIP, breaks, gaps_worth_it, squeezed, squeezed_ruler
from traces.core.timescale import HOUR, MILLISECOND, MINUTE, SECOND

QUEUE = Stretch(40 * MILLISECOND, 2 * HOUR)
ORDER = Stretch(0, 2 * HOUR + 55 * MILLISECOND)


@st.composite
def scales(draw: st.DrawFn) -> Scale:
    """A stretch with gaps of any length in it and around it, which may touch."""
    stretch = draw(stretches())
    corners = sorted(draw(st.sets(st.integers(0, stretch.end_ns * 2 + 10), max_size=14)))
    gaps = [Stretch(*ends) for ends in pairwise(corners)]
    return squeezed(stretch, draw(st.lists(st.sampled_from(gaps), unique=True).map(sorted)) if gaps else [])


def test_two_hours_in_a_queue_are_a_strip_between_what_was_done() -> None:
    scale = squeezed(ORDER, [QUEUE])
    assert [round(scale.at(ns)) for ns in (0, QUEUE.start_ns, QUEUE.end_ns, ORDER.end_ns)] == [0, 40, 45, 100]
    assert [(one.x, one.width, one.label) for one in breaks(scale)] == [("40%", "5%", "2 h")]
    assert [(tick.label, round(number(tick.x))) for tick in squeezed_ruler(scale)] == [
        ("0 ms", 0),
        ("20 ms", 20),
        ("+20 ms", 65),
        ("+40 ms", 85),
    ]
    near = squeezed(Stretch(0, SECOND), [Stretch(100 * MILLISECOND, 733 * MILLISECOND)])
    assert [tick.label for tick in squeezed_ruler(near)] == ["0 ms", "800 ms", "900 ms", "1 s"]


def test_ruler_of_a_part_begins_with_the_time_gone_by() -> None:
    part = squeezed(Stretch(2 * HOUR, 2 * HOUR + SECOND), [Stretch(2 * HOUR + SECOND // 2, 2 * HOUR + SECOND)])
    assert [tick.label for tick in squeezed_ruler(part)] == ["2 h", "+100 ms", "+200 ms", "+300 ms", "+400 ms"]


def test_gap_is_worth_it_from_a_tenth_of_the_stretch_or_half_of_what_longer_ones_leave() -> None:
    stretch, day = Stretch(0, 1_000), Stretch(0, 24 * HOUR)
    assert gaps_worth_it(stretch, [Stretch(0, 99)]) == []
    assert gaps_worth_it(stretch, [Stretch(0, 100)]) == [Stretch(0, 100)]
    less, half, long = Stretch(0, SECOND // 2), Stretch(SECOND, 3 * SECOND), Stretch(4 * SECOND, 24 * HOUR)
    assert gaps_worth_it(day, [less, half]) == []
    assert gaps_worth_it(day, [less, half, long]) == [half, long]


def test_where_nothing_would_be_left_nothing_is_squeezed() -> None:
    assert squeezed(Stretch(100, 200), [Stretch(0, 900)]) == Stretch(100, 200)
    assert squeezed(Stretch(0, 0), [Stretch(0, 0)]) == Stretch(0, 0)


def test_gap_that_leaves_the_stretch_counts_for_what_is_in_it() -> None:
    assert squeezed(Stretch(0, 100), [Stretch(50, 900)]).gaps == [Stretch(50, 100)]


def test_bars_marks_and_paths_break_where_time_does() -> None:
    scale = squeezed(ORDER, [QUEUE])
    root, receive = bar_of(0, ORDER.end_ns, scale), bar_of(QUEUE.end_ns, 55 * MILLISECOND, scale)
    assert (root.x, root.width, root.cut) == ("0%", "100%", "")
    assert (receive.x, receive.width) == ("45%", "55%")
    assert marks([QUEUE.start_ns, QUEUE.end_ns], scale) == "M400 1v7M450 1v7"
    assert lines([(0, QUEUE.start_ns), (QUEUE.end_ns, ORDER.end_ns)], scale) == "M0 21h400M450 21h550"


def test_words_of_gaps_that_are_close_to_each_other_stand_once() -> None:
    scale = squeezed(Stretch(0, HOUR), [Stretch(SECOND, 20 * MINUTE), Stretch(20 * MINUTE, HOUR - SECOND)])
    assert [bool(one.label) for one in breaks(scale)] == [True, False]
    assert all(one.title.endswith("drawn narrow") for one in breaks(scale))


@given(stretches(), st.integers(-(2**62), 2**63))
def test_without_gaps_time_runs_as_ever(stretch: Stretch, ns: int) -> None:
    scale = squeezed(stretch, [])
    assert scale is stretch
    assert scale.time_ns(scale.drawn_ns(ns)) == ns
    assert breaks(scale) == []


@given(scales(), st.lists(st.integers(-(2**62), 2**64), min_size=2, max_size=8))
def test_what_is_later_is_never_drawn_before(scale: Scale, times: list[int]) -> None:
    places = [scale.drawn_ns(ns) for ns in sorted(times)]
    assert places == sorted(places)
    shares = [scale.at(ns) for ns in sorted(times)]
    assert shares == sorted(shares)
    assert all(0 <= share <= 100 for share in shares)


@given(scales(), st.integers(0, 2**63))
def test_place_leads_back_to_its_time(scale: Scale, ns: int) -> None:
    again = scale.time_ns(scale.drawn_ns(ns))
    in_gap = any(gap.start_ns < ns < gap.end_ns for gap in scale.gaps)
    assert scale.drawn_ns(again) <= scale.drawn_ns(ns) <= scale.drawn_ns(again) + 1 if in_gap else again == ns


@given(scales())
def test_each_gap_takes_its_share_and_less_than_before(scale: Scale) -> None:
    assert len(scale.gaps) <= MOST_STRIPS
    for gap in scale.gaps:
        drawn = scale.drawn_ns(gap.end_ns) - scale.drawn_ns(gap.start_ns)
        assert 1 <= drawn <= gap.length_ns
        total = scale.corners[-1][1] - scale.corners[0][1]
        assert drawn == 1 or abs(drawn / total - STRIP) < 0.002 or total < 2_000


@given(scales(), st.integers(0, 2**63), st.integers(0, 2**63))
def test_every_bar_lies_within_the_ruler_and_can_be_seen(scale: Scale, offset_ns: int, duration_ns: int) -> None:
    bar = bar_of(offset_ns, duration_ns, scale)
    assert bool(bar.width) == (offset_ns <= scale.end_ns and offset_ns + duration_ns >= scale.start_ns)
    if bar.width:
        assert 0 <= number(bar.x) <= number(bar.x) + number(bar.width) <= 100 + 1e-9
        assert number(bar.width) >= MIN_WIDTH


@given(scales())
def test_ticks_stand_from_left_to_right_and_clear_of_the_gaps(scale: Scale) -> None:
    places = [number(tick.x) for tick in squeezed_ruler(scale)]
    assert places == sorted(places)
    assert all(0 <= place <= 100 for place in places)
    for one in breaks(scale):
        assert not any(number(one.x) < place < number(one.x) + number(one.width) for place in places)
