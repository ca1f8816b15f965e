from __future__ import annotations

import random
from collections import Counter
from textwrap import dedent
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.drawing import TRACE_ID, a_span, drawn, span_id, spans_of
from traces.core.span import Kind, Span
from traces.core.trace import CYCLE, OWN_PARENT, SHARED_ID
from traces.core.tree import build_trace

CHECKOUT = """
    checkout      |==================|
      auth        |==|
        token      ||
      payment          |=============|
        charge          |==|
        again                |====|
"""


def test_children_follow_their_parent_in_order_of_start() -> None:
    spans = spans_of(CHECKOUT)
    random.Random(1).shuffle(spans)
    trace = build_trace(spans)
    assert drawn(trace) == dedent("""\
        checkout
          auth
            token
          payment
            charge
            again""")
    assert [node.size for node in trace.nodes] == [6, 2, 1, 3, 1, 1]
    assert (trace.start_ns, trace.end_ns, trace.levels) == (0, 19_000_000, 3)


def test_a_trace_without_spans_is_empty() -> None:
    trace = build_trace([])
    assert (list(trace.nodes), trace.extent_ns, trace.levels) == ([], 0, 0)


def test_several_roots_are_shown_by_start() -> None:
    trace = build_trace([a_span("late", start=5), a_span("early"), a_span("child", "late", start=1)])
    assert drawn(trace) == "early\nlate\n  child"


def test_orphan_gets_a_stand_in_parent() -> None:
    trace = build_trace([a_span("root", start=3), a_span("orphan", "gone"), a_span("child", "orphan")])
    assert drawn(trace) == "root\nmissing parent gone\n  orphan\n    child"
    assert (trace.orphans, trace.missing_parents) == (1, 1)
    assert trace.nodes[1].span is None
    assert trace.nodes[1].size == 3


def test_orphans_of_one_parent_share_its_stand_in() -> None:
    spans = [a_span("b", "gone", 2), a_span("a", "gone", 1), a_span("c", "lost", 3)]
    assert drawn(build_trace(spans)) == dedent("""\
        missing parent gone
          a
          b
        missing parent lost
          c""")


def test_span_that_is_its_own_parent_becomes_a_root_and_says_so() -> None:
    trace = build_trace([a_span("self", "self"), a_span("child", "self")])
    assert drawn(trace) == "self\n  child"
    assert trace.nodes[0].note == OWN_PARENT
    assert trace.cycles == 1


def test_cycle_is_cut_at_its_earliest_span() -> None:
    spans = [a_span("a", "c", 2), a_span("b", "a", 1), a_span("c", "b", 3), a_span("tail", "c", 0)]
    trace = build_trace(spans)
    assert drawn(trace) == "b\n  c\n    tail\n    a"
    assert [node.note for node in trace.nodes] == [CYCLE, "", "", ""]


def test_two_cycles_beside_a_healthy_root_are_both_shown() -> None:
    spans = [a_span("root"), *(a_span(x, y) for x, y in ("ab", "ba", "xy", "yx"))]
    trace = build_trace(spans)
    assert drawn(trace) == "a\n  b\nroot\nx\n  y"
    assert trace.cycles == 2


def test_server_side_of_a_shared_id_hangs_under_its_client_side_and_takes_the_children() -> None:
    client = a_span("shared", "root", 1, 8, kind=Kind.CLIENT, service="front")
    server = a_span("shared", "root", 2, 6, kind=Kind.SERVER, service="back", name="server side")
    trace = build_trace([a_span("root", length=10), server, client, a_span("query", "shared", 3)])
    assert drawn(trace) == "root\n  shared\n    server side\n      query"
    assert [node.note for node in trace.nodes] == ["", SHARED_ID, SHARED_ID, ""]


def test_child_under_a_shared_id_prefers_the_span_of_its_own_service() -> None:
    one = a_span("twin", None, 0, service="one", name="of one")
    two = a_span("twin", None, 1, service="two", name="of two")
    trace = build_trace([one, two, a_span("child", "twin", 2, service="two")])
    assert drawn(trace) == "of one\nof two\n  child"


def test_shared_id_that_names_itself_as_parent_still_shows_all_its_spans() -> None:
    spans = [a_span("x", "x", start, name=f"x{start}") for start in range(3)]
    assert drawn(build_trace(spans)) == "x0\n  x1\n  x2"


@pytest.mark.parametrize("length", [5_000, 50_000])
def test_chain_of_thousands_is_legal(length: int) -> None:
    ids = [number.to_bytes(8, "big") for number in range(1, length + 1)]
    spans = [a_span("x", span_id=ids[i], parent_span_id=ids[i - 1] if i else None) for i in range(length)]
    assert build_trace(spans).levels == length
    spans[0] = spans[0]._replace(parent_span_id=ids[-1])
    assert build_trace(spans).cycles == 1


def test_100_000_spans_of_one_id_take_no_quadratic_time() -> None:
    spans = [a_span("x", "x", kind=place % 6, start=place) for place in range(100_000)]
    started = process_time()
    build_trace(spans)
    assert process_time() - started < 3


ids = st.integers(1, 12).map(lambda number: number.to_bytes(8, "big"))
times = st.integers(0, 20)
any_spans = st.lists(
    st.tuples(
        st.just(TRACE_ID),
        ids,
        st.none() | ids,
        times,
        times,
        st.sampled_from("ab"),
        st.just("x"),
        st.integers(0, 5),
    ).map(lambda fields: Span(*fields)),
    max_size=14,
)


@given(any_spans)
def test_every_span_is_there_exactly_once_and_the_input_unchanged(spans: list[Span]) -> None:
    before = list(spans)
    trace = build_trace(spans)
    assert spans == before
    assert Counter(node.span[:9] for node in trace.nodes if node.span) == Counter(span[:9] for span in spans)


@given(any_spans)
def test_depth_rises_by_one_at_a_parent_and_sizes_nest(spans: list[Span]) -> None:
    nodes = build_trace(spans).nodes
    for place, node in enumerate(nodes):
        inside = nodes[place + 1 : place + node.size]
        assert all(below.depth > node.depth for below in inside)
        assert inside[:1] == [] or inside[0].depth == node.depth + 1
        after = nodes[place + node.size : place + node.size + 1]
        assert not after or after[0].depth <= node.depth


@given(any_spans)
def test_parent_is_right_above_its_child_unless_a_note_says_why_not(spans: list[Span]) -> None:
    above: list[bytes] = []
    for node in build_trace(spans).nodes:
        del above[node.depth :]
        if node.span and not node.note and node.span.parent_span_id:
            assert above[-1] == node.span.parent_span_id
        above.append(node.span_id)


@given(any_spans, st.randoms(use_true_random=False))
def test_order_of_arrival_makes_no_difference(spans: list[Span], rng: random.Random) -> None:
    distinct = list({(span.start_ns, span.span_id): span for span in spans}.values())
    shuffled = rng.sample(distinct, len(distinct))
    assert build_trace(shuffled) == build_trace(distinct)


def test_missing_parent_keeps_its_id() -> None:
    node = build_trace([a_span("orphan", "gone")]).nodes[0]
    assert node.span_id == span_id("gone")
