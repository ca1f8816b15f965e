from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.drawing import a_span, spans_of
from tests.core.test_tree import any_spans
from traces.core.analysis import analyse
from traces.core.ruler import Stretch
from traces.core.selection import Selection
from traces.core.self_time import self_times_of
from traces.core.span import Kind, Span, Status
from traces.core.statistics import BY, Group, percentile, statistics_of
from traces.core.table import SORTS, Order, sorted_places
from traces.core.timescale import MILLISECOND
from traces.core.trace import Trace
from traces.core.tree import build_trace

SHOP = [
    span._replace(service=service, name=name, kind=kind, status=status)
    for span, (service, name, kind, status) in zip(
        spans_of("""
            root      |===================|
              a         |=|
              b            |====|
              c                  |=======|
        """),
        [
            ("web", "GET /", Kind.SERVER, Status.UNSET),
            ("db", "SELECT", Kind.CLIENT, Status.ERROR),
            ("db", "SELECT", Kind.CLIENT, Status.UNSET),
            ("db", "INSERT", Kind.CLIENT, Status.ERROR),
        ],
        strict=True,
    )
]


def groups(spans: Sequence[Span], by: str) -> list[Group]:
    trace = build_trace(spans)
    return statistics_of(trace, Selection().places(trace), by=by, self_times_ns=self_times_of(trace))


def test_groups_say_how_many_how_wrong_and_how_long() -> None:
    ms = MILLISECOND
    assert groups(SHOP, "operation") == [
        Group("db", "INSERT", Kind.CLIENT, 1, 1, 8 * ms, 8 * ms, 8 * ms, 8 * ms, 8 * ms),
        Group("db", "SELECT", Kind.CLIENT, 2, 1, 7 * ms, 7 * ms, 2 * ms, 5 * ms, 5 * ms),
        Group("web", "GET /", Kind.SERVER, 1, 0, 20 * ms, 5 * ms, 20 * ms, 20 * ms, 20 * ms),
    ]
    assert [(group.service, group.spans, group.self_ns // ms) for group in groups(SHOP, "service")] == [
        ("db", 3, 15),
        ("web", 1, 5),
    ]
    assert [(group.kind, group.service, group.errors) for group in groups(SHOP, "kind")] == [
        (Kind.CLIENT, None, 2),
        (Kind.SERVER, None, 0),
    ]


def test_spans_are_grouped_by_any_value_and_those_without_one_together() -> None:
    trace, ms = build_trace(SHOP), MILLISECOND
    values = ["a", None, "b", "a"]  # by start: root, a, b, c
    places, path_ns = Selection().places(trace), analyse(trace).path_ns
    found = statistics_of(trace, places, values=values, self_times_ns=self_times_of(trace), path_ns=path_ns)
    assert [(group.value, group.spans, group.self_ns // ms, group.path_ns // ms, group.errors) for group in found] == [
        ("a", 2, 13, 13, 1),
        ("b", 1, 5, 5, 0),
        (None, 1, 2, 2, 1),
    ]


@given(any_spans, st.sampled_from(list(BY)))
def test_shares_of_the_critical_path_add_up_to_it(spans: Sequence[Span], by: str) -> None:
    trace = build_trace(spans)
    analysis = analyse(trace)
    places = Selection().places(trace)
    found = statistics_of(trace, places, by=by, self_times_ns=analysis.self_ns, path_ns=analysis.path_ns)
    of_missing = sum(ns for place, ns in enumerate(analysis.path_ns) if place not in set(places))
    assert sum(group.path_ns for group in found) + of_missing == sum(analysis.critical_path.durations_ns())


def test_stand_ins_are_no_spans() -> None:
    assert [group.spans for group in groups([a_span("x", "gone"), a_span("y", "gone", 1)], "kind")] == [2]


def test_percentile_is_one_that_was_measured() -> None:
    hundred = list(range(1, 101))
    assert [percentile(hundred, percent) for percent in (0, 1, 50, 95, 100)] == [1, 1, 50, 95, 100]
    assert [percentile([7], percent) for percent in (0, 50, 100)] == [7, 7, 7]
    assert percentile([1, 2, 3], 50) == 2


def names(trace: Trace, places: Sequence[int]) -> list[str]:
    return [node.span.name for node in map(trace.nodes.__getitem__, places) if node.span]


def test_selection_narrows_by_each_of_its_conditions() -> None:
    trace = build_trace([*SHOP, a_span("lost", "gone", 30, 2)])

    def chosen(**conditions: object) -> list[str]:
        return names(trace, Selection(**conditions).places(trace))  # type: ignore[arg-type]

    assert chosen() == ["GET /", "SELECT", "SELECT", "INSERT", "lost"]
    assert chosen(service="db", name="SELECT") == ["SELECT", "SELECT"]
    assert chosen(service="db", status=Status.ERROR) == ["SELECT", "INSERT"]
    assert chosen(kind=Kind.SERVER) == ["GET /"]
    assert chosen(stretch=Stretch(15 * MILLISECOND, 25 * MILLISECOND)) == ["GET /", "INSERT"]
    assert chosen(service="") == []


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (Order(), "root a b c"),
        (Order("start", reverse=True), "c b a root"),
        (Order("duration"), "root c b a"),
        (Order("duration", reverse=True), "a b c root"),
        (Order("self"), "c root b a"),
        (Order("service"), "a b c root"),
        (Order("name"), "root c a b"),
    ],
)
def test_table_is_sorted_by_each_column(order: Order, expected: str) -> None:
    trace = build_trace(SHOP)
    places = sorted_places(trace, Selection().places(trace), order, self_times_of(trace))
    ids = [trace.nodes[place].span_id.decode().strip("_") for place in places]
    assert " ".join(ids) == expected


@given(any_spans, st.sampled_from(SORTS), st.booleans())
def test_sorting_loses_and_repeats_no_span(spans: Sequence[Span], column: str, reverse: bool) -> None:
    trace = build_trace(spans)
    places = Selection().places(trace)
    found = sorted_places(trace, places, Order(column, reverse), self_times_of(trace))
    assert sorted(found) == sorted(places)
    assert len(places) == len(spans)


@given(any_spans, st.sampled_from(list(BY)))
def test_groups_add_up_to_all_spans(spans: Sequence[Span], by: str) -> None:
    found = groups(spans, by)
    assert sum(group.spans for group in found) == len(spans)
    assert sum(group.total_ns for group in found) == sum(span.duration_ns for span in spans)
    assert all(group.p50_ns <= group.p95_ns <= group.max_ns <= group.total_ns for group in found)
