from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given

from tests.core.drawing import a_span, spans_of
from tests.core.test_tree import any_spans
from traces.core.service_graph import BOX_HEIGHT, BOX_WIDTH, MOST_SERVICES, REST, ServiceGraph, service_graph_of
from traces.core.span import Kind, Span, Status
from traces.core.timescale import MILLISECOND
from traces.core.tree import build_trace


def graph(spans: Sequence[Span]) -> ServiceGraph:
    return service_graph_of(build_trace(spans))


def calls(found: ServiceGraph) -> list[tuple[str, str, int, int, float]]:
    names = [node.service for node in found.nodes]
    return [
        (names[edge.caller], names[edge.called], edge.calls, edge.errors, edge.p50_ns / MILLISECOND)
        for edge in found.edges
    ]


def test_calls_between_services_are_counted_and_those_within_one_are_not() -> None:
    spans = spans_of("""
        web      |===================|
          inner  |==================|
            db1    |=|
            db2       |===|
            db3             |====|
        """)
    services = {"inner": "web", "db1": "db", "db2": "db", "db3": "db"}
    found = graph([span._replace(service=services.get(span.name, span.service)) for span in spans])
    assert calls(found) == [("web", "db", 3, 0, 4)]
    assert [(node.service, node.spans, node.self_ns // MILLISECOND) for node in found.nodes] == [
        ("web", 2, 9),
        ("db", 3, 11),
    ]


def test_call_went_wrong_where_either_side_says_so() -> None:
    late = a_span("call", "web", service="web", kind=Kind.CLIENT, status=Status.ERROR)
    served = a_span("served", "call", service="pay", kind=Kind.SERVER)
    root = a_span("web", status=Status.ERROR)
    refused = a_span("refused", "web", 1, service="auth", status=Status.ERROR)
    fine = a_span("fine", "web", 2, service="cart")
    found = graph([root, late, served, refused, fine])
    assert sorted(calls(found)) == [("web", "auth", 1, 1, 1), ("web", "cart", 1, 0, 1), ("web", "pay", 1, 1, 1)]


def test_called_services_stand_right_of_all_their_callers() -> None:
    spans = spans_of("""
        a        |===================|
          b      |==================|
            d    |=|
          c         |===|
            d2      |=|
          d3             |==|
        """)
    found = graph([span._replace(service=span.name[0]) for span in spans])
    columns = {node.service: node.x for node in found.nodes}
    assert columns["a"] < columns["b"] == columns["c"] < columns["d"]
    assert not any(edge.is_back for edge in found.edges)


def test_call_back_is_drawn_as_one_and_moves_nothing() -> None:
    spans = [a_span("a1", length=9, service="a"), a_span("b1", "a1", service="b"), a_span("a2", "b1", service="a")]
    found = graph(spans)
    assert [(edge.caller, edge.called, edge.is_back) for edge in found.edges] == [(0, 1, False), (1, 0, True)]
    assert found.nodes[0].x < found.nodes[1].x


def test_services_beyond_the_bound_are_one_node() -> None:
    spans = [a_span("root", length=500)]
    for n in range(40):
        spans += [a_span(f"{n}-{m}", "root", n, service=f"s{n:02}") for m in range(1 + (n < 29))]
    found = graph(spans)
    assert len(found.nodes) == MOST_SERVICES + 1
    (rest,) = [node for node in found.nodes if node.service == REST]
    assert (rest.services, rest.spans) == (11, 11)
    assert sum(node.spans for node in found.nodes) == len(spans)


def test_first_service_is_always_shown() -> None:
    spans = [a_span("root", length=500, service="gateway")]
    for n in range(40):
        spans += [a_span(f"{n}-{m}", "root", n, service=f"s{n:02}") for m in range(2)]
    assert graph(spans).nodes[0].service == "gateway"


def test_orphans_are_called_by_nobody() -> None:
    found = graph([a_span("root"), a_span("orphan", "gone", 2)])
    assert found.edges == []
    assert [node.service for node in found.nodes] == ["root", "orphan"]


def test_no_spans_are_no_graph() -> None:
    assert graph([]).nodes == []


@given(any_spans)
def test_boxes_lie_apart_and_within_the_picture(spans: Sequence[Span]) -> None:
    shuffled = [span._replace(service=f"s{span.duration_ns % 7}") for span in spans]
    found = graph(shuffled)
    assert sum(node.spans for node in found.nodes) == len(spans)
    for number, node in enumerate(found.nodes):
        assert 0 <= node.x <= found.width - BOX_WIDTH
        assert 0 <= node.y <= found.height - BOX_HEIGHT
        for other in found.nodes[:number]:
            assert abs(node.x - other.x) >= BOX_WIDTH or abs(node.y - other.y) >= BOX_HEIGHT
    for edge in found.edges:
        assert edge.is_back or found.nodes[edge.caller].x < found.nodes[edge.called].x
