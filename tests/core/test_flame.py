from __future__ import annotations

import re
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from tests.core.drawing import a_span, span_id, spans_of
from tests.core.test_tree import any_spans
from traces.core.flame import MOST_FRAMES, MOST_LEVELS, Flame, flame_by_time, flame_merged, subtree_extent
from traces.core.merging import merged_frames
from traces.core.ruler import MIN_WIDTH, Stretch
from traces.core.span import Span, Status
from traces.core.timescale import MILLISECOND
from traces.core.trace import Trace
from traces.core.tree import build_trace

CHECKOUT = spans_of("""
    checkout      |===================|
      auth        |===|
      payment          |==========|
        charge         |====|
""")


def drawn(trace: Trace, flame: Flame, places: Sequence[int] | None = None) -> list[tuple[str, str, str, int]]:
    """Name, left, width and height of each frame."""
    found = []
    for frame in flame.frames:
        span = trace.nodes[places[frame.number] if places else frame.number].span
        found.append((span.name if span else "?", frame.x, frame.width, frame.y))
    return found


def by_time(spans: Sequence[Span], focus: str | None = None) -> list[tuple[str, str, str, int]]:
    trace = build_trace(spans)
    place = trace.place_of(span_id(focus)) if focus else None
    stretch = Stretch(0, trace.extent_ns) if place is None else subtree_extent(trace, place)
    return drawn(trace, flame_by_time(trace, place, stretch))


def merged(spans: Sequence[Span], focus: str | None = None) -> list[tuple[str, str, str, int]]:
    trace = build_trace(spans)
    frames = merged_frames(trace)
    place = trace.place_of(span_id(focus)) if focus else None
    return drawn(trace, flame_merged(frames, place), frames.places)


def test_by_time_a_level_is_a_row_and_a_millisecond_a_place() -> None:
    assert by_time(CHECKOUT) == [
        ("checkout", "0%", "100%", 0),
        ("auth", "0%", "20%", 20),
        ("payment", "25%", "55%", 20),
        ("charge", "25%", "25%", 40),
    ]


def test_in_focus_a_subtree_takes_all_of_the_width() -> None:
    focused = [("payment", "0%", "100%", 0), ("charge", "0%", f"{round(100 * 5 / 11, 3)}%", 20)]
    assert by_time(CHECKOUT, "payment") == focused
    assert merged(CHECKOUT, "payment") == focused


def test_spans_of_a_level_that_overlap_are_drawn_over_each_other_the_longest_of_one_start_first() -> None:
    spans = spans_of("""
        root      |==========|
          short   |==|
          long    |=======|
          late       |===|
    """)
    trace = build_trace(spans)
    flame = flame_by_time(trace, None, Stretch(0, trace.extent_ns))
    assert [name for name, *_ in drawn(trace, flame)] == ["root", "long", "short", "late"]
    assert [frame.is_before for frame in flame.frames] == [False, False, True, True]


def test_merged_spans_of_one_operation_under_one_path_are_one_frame() -> None:
    spans = spans_of("""
        root      |===================|
          a1      |===|
          b            |====|
          a2                 |=====|
            c                |==|
        """)
    same = [span._replace(service="s", name=span.name.rstrip("12")) for span in spans]
    assert merged(same) == [
        ("root", "0%", "100%", 0),
        ("a", "0%", "50%", 20),
        ("b", "50%", "25%", 20),
        ("c", "0%", "15%", 40),
    ]


def test_merged_frame_is_as_wide_as_its_children_that_ran_side_by_side() -> None:
    spans = spans_of("""
        root      |=========|
          x       |=========|
          y       |====|
        """)
    trace = build_trace(spans)
    frames = merged_frames(trace)
    assert (frames.widths[0], frames.totals_ns[0]) == (15 * MILLISECOND, 10 * MILLISECOND)
    assert merged(spans) == [("root", "0%", "100%", 0), ("x", "0%", "66.667%", 20), ("y", "66.667%", "33.333%", 20)]


def test_merged_frame_stands_for_its_slowest_span_and_counts_errors() -> None:
    error = {"name": "a", "service": "s", "status": Status.ERROR}
    spans = [a_span("root", length=20), a_span("1", "root", 0, 2, **error), a_span("2", "root", 5, 9, **error)]
    trace = build_trace(spans)
    frames = merged_frames(trace)
    assert (list(frames.places), list(frames.counts), list(frames.errors)) == ([0, 2], [1, 2], [0, 2])


def test_long_chain_says_how_much_is_deeper() -> None:
    chain = [a_span("0", length=9_999), *(a_span(str(n), str(n - 1), n, 9_999 - n) for n in range(1, 5_000))]
    trace = build_trace(chain)
    for flame in (flame_by_time(trace, None, Stretch(0, trace.extent_ns)), flame_merged(merged_frames(trace), None)):
        assert (len(flame.frames), flame.levels, flame.deeper) == (MOST_LEVELS, MOST_LEVELS, 5_000 - MOST_LEVELS)


def test_what_is_narrower_than_half_a_pixel_is_marked_where_it_lies() -> None:
    spans = [a_span("root", length=10_000), a_span("a", "root", 5_000, 1), a_span("b", "root", 5_050, 1)]
    trace = build_trace(spans)
    flame = flame_by_time(trace, None, Stretch(0, trace.extent_ns))
    assert [name for name, *_ in drawn(trace, flame)] == ["root"]
    assert (flame.narrow, list(flame.marks)) == (2, ["M125 20h2v19h-2z"])


def test_frames_are_bounded_and_the_widest_are_kept() -> None:
    spans = [a_span("root", length=4_000), *(a_span(f"{n:x}", "root", 0, 1_000 + n) for n in range(2_000))]
    trace = build_trace(spans)
    flame = flame_by_time(trace, None, Stretch(0, trace.extent_ns))
    assert (len(flame.frames), flame.narrow) == (MOST_FRAMES, 501)
    narrowest = min(trace.start_and_duration_ns(frame.number)[1] for frame in flame.frames)
    assert narrowest == (1_000 + 501) * MILLISECOND


def test_traces_without_spans_or_length_are_drawn() -> None:
    assert by_time([]) == []
    assert merged([]) == []
    assert by_time([a_span("instant", length=0)]) == [("instant", "0%", f"{MIN_WIDTH}%", 0)]
    assert merged([a_span("instant", length=0)]) == [("instant", "0%", f"{MIN_WIDTH}%", 0)]


@given(any_spans, st.booleans(), st.data())
def test_frames_lie_within_the_picture_and_none_is_lost(spans: Sequence[Span], by: bool, data: st.DataObject) -> None:
    trace = build_trace(spans)
    places = st.none() | st.integers(0, len(trace) - 1) if len(trace) else st.none()
    focus = data.draw(places)
    frames = merged_frames(trace)
    if by:
        stretch = Stretch(0, trace.extent_ns) if focus is None else subtree_extent(trace, focus)
        flame, expected = flame_by_time(trace, focus, stretch), trace.sizes[focus] if focus is not None else len(trace)
        assert len(flame.frames) + flame.narrow + flame.deeper == expected
    else:
        flame = flame_merged(frames, focus)
        if focus is None:
            assert len(flame.frames) + flame.narrow + flame.deeper == len(frames.places)
    for frame in flame.frames:
        x, width = float(frame.x[:-1]), float(frame.width[:-1])
        assert 0 <= x <= 100
        assert MIN_WIDTH <= width <= 100
        assert x + width <= 100.001
    assert all(re.fullmatch(r"(M\d+ \d+h\d+v19h-\d+z)+", path) for path in flame.marks)


@given(any_spans)
def test_merged_children_lie_beside_each_other_within_their_parent(spans: Sequence[Span]) -> None:
    frames = merged_frames(build_trace(spans))
    assert sum(frames.counts) == len(frames.frame_of)
    ends: dict[int, int] = {}
    for number, parent in enumerate(frames.parents):
        start, end = frames.starts[number], frames.starts[number] + frames.widths[number]
        assert start == ends.get(parent, frames.starts[parent] if parent >= 0 else 0)
        assert end <= (frames.starts[parent] + frames.widths[parent] if parent >= 0 else frames.whole)
        ends[parent] = end
