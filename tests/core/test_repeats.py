from __future__ import annotations

from collections import Counter
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.drawing import a_span, calls_of, span_id
from tests.core.test_tree import any_spans
from tests.core.test_wide_and_deep import COUNT, SHAPES, shaped
from traces.core.columns import signed_id
from traces.core.filtering import Filter, left_by
from traces.core.folding import MOST_EXCEPTIONS, Fold, visible_places
from traces.core.repeats import REPEATED, Repeats, repeats_of
from traces.core.shown import BY_DEFAULT, Shown, shown_places
from traces.core.span import Span
from traces.core.trace import Trace
from traces.core.tree import build_trace

CART = build_trace(
    calls_of("""
        root  cart  server  GET       |======================|
          s1  cart  client  SELECT    |==|
          h1  cart  client  HGET       |==|
          s2  cart  client  SELECT       |==|
          s3  cart  client  SELECT!          |==|
          own cart  client  SELECT             |====|
            x  db   server  SELECT              |==|
          s4  cart  client  SELECT                 |==|
          h2  cart  client  HGET                     |==|
          s5  cart  client  SELECT                    |==|
    """)
)
SELECTS = ["s1", "s2", "s3", "s4", "s5"]


def place(name: str, trace: Trace = CART) -> int:
    found = trace.place_of(span_id(name))
    assert found is not None
    return found


def ids(*names: str) -> frozenset[int]:
    return frozenset(signed_id(span_id(name)) for name in names)


def seen(shown: Shown, fold: Fold | None = None, trace: Trace = CART) -> list[str]:
    visible = visible_places(trace, fold or Fold())
    left = left_by(trace, shown.filter).places
    places = shown_places(trace, visible, repeats_of(trace), shown, left)
    return [trace.nodes[one].span_id.decode().strip("_") for one in places]


def several(count: int) -> list[Span]:
    return [a_span("root", length=99), *(a_span(f"c{n}", "root", n, service="s", name="x") for n in range(count))]


def test_five_equal_leaves_of_one_parent_are_one_row_where_the_first_would_be() -> None:
    assert [[place(name) for name in SELECTS]] == [list(group) for group in repeats_of(CART)]
    assert seen(BY_DEFAULT) == ["root", "s1", "h1", "own", "x", "h2"]


def test_four_are_read_one_by_one() -> None:
    assert len(repeats_of(build_trace(several(REPEATED - 1)))) == 0
    assert len(repeats_of(build_trace(several(REPEATED)))) == 1


@pytest.mark.parametrize("differs", [{"service": "other"}, {"name": "other"}, {"kind": 3}, {"parent_span_id": None}])
def test_other_service_name_kind_or_parent_is_no_repeat(differs: dict[str, object]) -> None:
    spans = several(REPEATED)
    assert len(repeats_of(build_trace([*spans[:-1], spans[-1]._replace(**differs)]))) == 0  # type: ignore[arg-type]


def test_roots_are_nobodys_siblings() -> None:
    assert len(repeats_of(build_trace([span._replace(parent_span_id=None) for span in several(9)]))) == 0


def test_orphans_under_one_missing_parent_are_siblings() -> None:
    assert len(repeats_of(build_trace(several(REPEATED)[1:]))) == 1


def test_span_that_there_is_a_note_about_stays_by_itself() -> None:
    spans = several(REPEATED + 1)
    trace = build_trace([*spans, spans[3]._replace(start_ns=77)])
    (group,) = repeats_of(trace)
    assert place("c2", trace) not in group
    assert len(group) == REPEATED


def test_unfolded_row_and_all_unfolded() -> None:
    every = ["root", "s1", "h1", "s2", "s3", "own", "x", "s4", "h2", "s5"]
    assert seen(Shown(apart=ids("s1"))) == every
    assert seen(Shown(repeats=False)) == every
    assert seen(Shown(apart=ids("s2", "nobody"))) == seen(BY_DEFAULT)


def test_row_collapsed_above_hides_the_folded_row_too() -> None:
    assert seen(BY_DEFAULT, Fold(1)) == ["root"]
    assert seen(Shown(apart=ids("s1")), Fold(1)) == ["root"]


def test_member_is_revealed_by_unfolding_its_row_alone() -> None:
    group = repeats_of(CART).with_member(place("s3"))
    assert BY_DEFAULT.revealing(CART, group) == Shown(apart=ids("s1"))
    assert BY_DEFAULT.revealing(CART, repeats_of(CART).with_member(place("x"))) == BY_DEFAULT


def test_more_rows_than_an_address_holds_are_revealed_by_unfolding_all() -> None:
    full = Shown(apart=frozenset(range(MOST_EXCEPTIONS)))
    group = repeats_of(CART)[0]
    assert full.toggled(CART, group) == full
    assert full.revealing(CART, group) == Shown(repeats=False)


def test_folded_row_goes_when_nothing_of_it_is_left() -> None:
    one_long = build_trace([*several(5), a_span("long", "root", 9, 50, service="s", name="x")])
    assert seen(Shown(filter=Filter(min_ns=10_000_000)), trace=one_long) == ["root", "c0"]
    assert seen(Shown(apart=ids("c0"), filter=Filter(min_ns=10_000_000)), trace=one_long) == ["root", "long"]
    assert seen(Shown(filter=Filter(min_ns=60_000_000)), trace=one_long) == ["root"]


@pytest.mark.parametrize("shape", SHAPES)
def test_groups_are_found_in_time_whatever_the_shape(shape: str) -> None:
    trace, started = shaped(shape), process_time()
    repeats = repeats_of(trace)
    shown_places(trace, range(COUNT), repeats, BY_DEFAULT, ())
    assert process_time() - started < 0.5
    assert len(repeats.members) == {"wide": COUNT - 1}.get(shape, 0)


fields = st.tuples(st.integers(1, 30), st.integers(1, 3), st.integers(0, 9), st.sampled_from("ab"), st.integers(0, 2))


@st.composite
def leafy(draw: st.DrawFn) -> list[Span]:
    """Three levels, each with leaves that are often alike."""
    levels = [a_span(f"p{level}", f"p{level - 1}" if level > 1 else None, length=9) for level in (1, 2, 3)]
    return levels + [
        a_span(f"x{id}", f"p{parent}", start, name=name, service="s", status=status)
        for id, parent, start, name, status in draw(st.lists(fields, max_size=30))
    ]


shapes = any_spans | leafy()
filters = st.builds(Filter, st.sampled_from([0, 3, 9_000_000]), st.frozensets(st.sampled_from(["a", "s", "p2"])))
folds = st.builds(Fold, st.none() | st.integers(1, 4))


def shown_of(trace: Trace, repeats: Repeats, fold: Fold, apart: frozenset[int], wanted: Filter) -> list[int]:
    shown = Shown(apart=frozenset(trace.columns.span_ids[trace.order[place]] for place in apart), filter=wanted)
    return list(shown_places(trace, visible_places(trace, fold), repeats, shown, left_by(trace, wanted).places))


@given(shapes)
def test_repeats_are_leaves_of_one_parent_and_operation_and_in_one_group(spans: list[Span]) -> None:
    trace = build_trace(spans)
    repeats = repeats_of(trace)
    assert max(Counter(repeats.members).values(), default=1) == 1
    assert list(repeats.heads()) == sorted(repeats.heads())
    for group in repeats:
        assert list(group) == sorted(group)
        assert len(group) >= REPEATED
        alike = {(*trace.nodes[one].span[5:8], trace.nodes[one].size, trace.ancestors(one)[0]) for one in group}  # type: ignore[index]
        assert len(alike) == 1
        assert all(list(repeats.with_member(one)) == list(group) for one in group)
        assert list(repeats.headed_by(group[0])) == list(group)
        assert not repeats.headed_by(group[1])


@given(shapes, folds, st.data())
def test_every_row_is_seen_or_in_one_row_that_is(spans: list[Span], fold: Fold, data: st.DataObject) -> None:
    trace = build_trace(spans)
    repeats = repeats_of(trace)
    apart = data.draw(st.frozensets(st.sampled_from(list(repeats.heads())))) if len(repeats) else frozenset[int]()
    visible, seen = list(visible_places(trace, fold)), shown_of(trace, repeats, fold, apart, Filter())
    assert seen == sorted(set(seen) & set(visible))
    for place in set(visible) - set(seen):
        group = repeats.with_member(place)
        assert place != group[0]
        assert group[0] in seen
        assert group[0] not in apart
    assert shown_of(trace, repeats, fold, frozenset(repeats.heads()), Filter()) == visible


@given(shapes, folds, filters)
def test_filter_leaves_of_the_rows_what_it_leaves_of_the_trace(spans: list[Span], fold: Fold, wanted: Filter) -> None:
    trace = build_trace(spans)
    repeats, left = repeats_of(trace), set(left_by(trace, wanted).places)
    visible = set(visible_places(trace, fold))
    assert set(shown_of(trace, repeats, fold, frozenset(repeats.heads()), wanted)) == visible & left
    folded = set(shown_of(trace, repeats, fold, frozenset(), wanted))
    assert folded <= visible
    for place in visible & left:
        group = repeats.with_member(place)
        assert (group[0] if group else place) in folded
