"""What holds for every two traces, and for a trace and a copy with one change."""

from __future__ import annotations

import copy
import itertools
import random
from collections import Counter

from hypothesis import example, given
from hypothesis import strategies as st

from tests.core.diff.diffing import analysed, different, ids
from tests.core.drawing import TRACE_ID
from tests.core.test_tree import any_spans
from traces.core.diff import Change, diff_of
from traces.core.span import Kind, Span
from traces.core.timescale import MILLISECOND

seeds = st.integers(0, 2**32)


def a_trace(chance: random.Random, most: int = 40) -> list[Span]:
    """Any tree with times as exact as a clock's, many siblings of one operation among its spans."""
    spans: list[Span] = []
    for number in range(chance.randint(2, most)):
        parent = chance.choice(spans[-6:]) if spans else None
        start_ns = parent.start_ns + chance.randrange(10**6) if parent else 0
        operation = chance.choice(["query", "query", "call", "work"])
        spans.append(_span(number, parent, start_ns, chance.randrange(1, 10**8), operation, chance.choice("ab")))
    return spans


def _span(number: int, parent: Span | None, start_ns: int, length_ns: int, name: str, service: str) -> Span:
    id = number.to_bytes(8) if number else b"\xff" * 8
    return Span(TRACE_ID, id, parent.span_id if parent else None, start_ns, length_ns, service, name, Kind.INTERNAL)


def leaves(spans: list[Span]) -> list[Span]:
    parents = {span.parent_span_id for span in spans}
    return [span for span in spans if span.span_id not in parents and span.parent_span_id]


def _x(kind: Kind, id: int = 1, parent: int | None = None, service: str = "a") -> Span:
    return Span(TRACE_ID, id.to_bytes(8), parent.to_bytes(8) if parent else None, 0, 0, service, "x", kind)


# Two that moved, one under the other: what hangs under both has one partner.
NESTED_A = [_x(Kind.UNSPECIFIED), _x(Kind.SERVER), _x(Kind.CLIENT), _x(Kind.UNSPECIFIED, 2, 1, "b")]
NESTED_B = [_x(Kind.SERVER), _x(Kind.SERVER), _x(Kind.CLIENT, 1, 1), _x(Kind.UNSPECIFIED, 2, 1, "b")]


@given(any_spans, any_spans)
@example(NESTED_B, NESTED_A)
def test_rows_have_each_span_once_and_add_up_to_the_difference(a: list[Span], b: list[Span]) -> None:
    one, other = analysed(a), analysed(b)
    before = copy.deepcopy((list(one.trace.nodes), list(other.trace.nodes)))
    found = diff_of(one, other)
    assert (list(one.trace.nodes), list(other.trace.nodes)) == before
    assert sorted(place for place in found.tree.places_a if place >= 0) == list(range(len(one.trace)))
    assert sorted(place for place in found.tree.places_b if place >= 0) == list(range(len(other.trace)))
    assert sum(found.deltas_ns) + found.rest_ns == found.difference_ns
    assert sum(part.delta_ns for part in found.contributions) + found.rest_ns == found.difference_ns
    assert 0 <= found.matched_share <= 1
    depths = [-1, *found.tree.depths]
    assert all(depth <= above + 1 for above, depth in itertools.pairwise(depths))


@given(any_spans, any_spans)
@example(NESTED_A, NESTED_B)
def test_swapping_the_sides_mirrors_it(a: list[Span], b: list[Span]) -> None:
    one, other = analysed(a), analysed(b)
    there, back = diff_of(one, other), diff_of(other, one)
    mirror = {Change.ADDED: Change.REMOVED, Change.REMOVED: Change.ADDED}
    rows = Counter(zip(there.tree.places_a, there.tree.places_b, there.changes, there.deltas_ns, strict=True))
    assert rows == Counter(
        (place_a, place_b, mirror.get(change, change), -delta_ns)
        for place_b, place_a, change, delta_ns in zip(
            back.tree.places_a, back.tree.places_b, back.changes, back.deltas_ns, strict=True
        )
    )
    assert there.difference_ns == -back.difference_ns


@given(any_spans)
def test_trace_has_no_difference_from_itself(spans: list[Span]) -> None:
    found = diff_of(analysed(spans), analysed(spans))
    assert different(found) == set()
    assert all(ids(found, row)[0] == ids(found, row)[1] for row in range(len(found)))
    assert not any(found.deltas_ns)


@given(seeds)
def test_inserted_or_removed_span_is_all_that_is_said(seed: int) -> None:
    chance = random.Random(seed)
    spans = a_trace(chance)
    removed = chance.choice(leaves(spans))
    rest = [span for span in spans if span is not removed]
    assert different(diff_of(analysed(spans), analysed(rest))) == {("removed", removed.span_id, b"")}
    assert different(diff_of(analysed(rest), analysed(spans))) == {("added", b"", removed.span_id)}


@given(seeds)
def test_slowed_span_is_all_that_is_said(seed: int) -> None:
    chance = random.Random(seed)
    spans = a_trace(chance)
    number = chance.randrange(len(spans))
    slowed = spans[number]._replace(duration_ns=spans[number].duration_ns + chance.randint(1, 10**9))
    found = diff_of(analysed(spans), analysed([*spans[:number], slowed, *spans[number + 1 :]]))
    assert different(found) == {("slower", slowed.span_id, slowed.span_id)}


@given(seeds)
def test_renamed_span_is_all_that_is_said(seed: int) -> None:
    chance = random.Random(seed)
    spans = a_trace(chance)
    number = chance.randrange(len(spans))
    renamed = spans[number]._replace(name="another")
    found = different(diff_of(analysed(spans), analysed([*spans[:number], renamed, *spans[number + 1 :]])))
    id = renamed.span_id
    # Without anything below it nothing tells that it is the same.
    assert found in ({("renamed", id, id)}, {("removed", id, b""), ("added", b"", id)})


@given(seeds)
def test_moved_subtree_is_all_that_is_said(seed: int) -> None:
    chance = random.Random(seed)
    spans = a_trace(chance)
    moved = _span(1000, chance.choice(spans), 0, MILLISECOND, "moved", "a")
    below = _span(1001, moved, 0, 5, "query", "a")
    target = chance.choice([span for span in spans if span.span_id != moved.parent_span_id])
    found = diff_of(analysed([*spans, moved, below]),
                    analysed([*spans, moved._replace(parent_span_id=target.span_id), below]))  # fmt: skip
    assert different(found) == {("moved", moved.span_id, moved.span_id)}
