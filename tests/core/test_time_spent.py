"""What each piece of the critical path was spent on."""

from __future__ import annotations

from hypothesis import given

from tests.core.drawing import a_span, calls_of
from tests.core.test_tree import any_spans
from traces.core.analysis import Analysis, analyse
from traces.core.span import Span
from traces.core.time_spent import SpentOn
from traces.core.timescale import MILLISECOND
from traces.core.tree import build_trace


def analysed(drawing: str) -> Analysis:
    return analyse(build_trace(calls_of(drawing)))


def spent_ms(drawing: str) -> list[tuple[str, int]]:
    """Piece by piece."""
    return [(piece.spent_on.value, piece.duration_ns // MILLISECOND) for piece in analysed(drawing).critical_path]


def test_client_without_its_server_is_network() -> None:
    assert spent_ms("""
        a shop client order  |=========|
          b pay server order   |====|
    """) == [("network", 2), ("compute", 5), ("network", 3)]


def test_call_whose_other_side_sends_no_spans_is_a_dependency() -> None:
    drawing = """
        a shop server order   |=========|
          b shop client SELECT  |====|
    """
    assert spent_ms(drawing) == [("compute", 2), ("dependency", 5), ("compute", 3)]


def test_call_with_only_its_own_steps_below_it_is_a_dependency_too() -> None:
    assert spent_ms("""
        a shop client GET    |=========|
          b shop internal dns |==|
    """) == [("dependency", 1), ("compute", 3), ("dependency", 6)]


def test_client_around_another_client_is_the_programs_own_work() -> None:
    assert spent_ms("""
        a shop client PutObject |=========|
          b shop client PUT       |====|
    """) == [("compute", 2), ("dependency", 5), ("compute", 3)]


def test_without_kinds_another_service_below_is_no_network_as_nobody_said_so() -> None:
    assert spent_ms("""
        a shop unspecified order |=========|
          b pay unspecified order  |====|
    """) == [("compute", 2), ("compute", 5), ("compute", 3)]


def test_producer_waits_for_its_broker() -> None:
    assert spent_ms("a shop producer send |==|") == [("dependency", 3)]


def test_until_the_consumer_begins_it_was_the_queue() -> None:
    assert spent_ms("""
        a shop internal ask       |=========|
          b shop internal encode   |=|
          c pay consumer work          |==|
    """) == [("compute", 1), ("compute", 2), ("queue", 2), ("compute", 3), ("compute", 2)]


def test_gap_between_children_is_waiting_from_ten_milliseconds_on() -> None:
    assert spent_ms("""
        a shop server order   |==========================================|
          b shop client one                |==|
          c shop client two                            |==|
          d shop client three                                  |==|
    """) == [
        ("compute", 13), ("dependency", 3), ("compute", 9), ("dependency", 3), ("compute", 5), ("dependency", 3),
        ("compute", 7),
    ]  # fmt: skip
    assert spent_ms("""
        a shop server order   |================================|
          b shop client one    |==|
          c shop client two                 |==|
    """) == [("compute", 1), ("dependency", 3), ("waiting", 10), ("dependency", 3), ("compute", 16)]


def test_client_whose_server_went_on_alone_was_waiting() -> None:
    assert spent_ms("""
        a shop client order! |====|
          b pay server order   |=========|
    """) == [("waiting", 5)]


def test_between_spans_whose_parent_is_missing_nothing_is_known() -> None:
    spans = [a_span("one", "gone", 0, 4), a_span("two", "gone", 6, 3)]
    assert [piece.spent_on for piece in analyse(build_trace(spans)).critical_path] == ["compute", "waiting", "compute"]


ORDER = """
    a shop server order    |=====================|
      b shop client charge   |=========|
        c pay server charge   |======|
          d pay client SELECT  |====|
      e shop client stock                |==|
"""


def test_sums_of_the_trace_of_services_and_of_a_span_and_all_below_it() -> None:
    found = analysed(ORDER)
    compute, network, dependency, ms = SpentOn.COMPUTE, SpentOn.NETWORK, SpentOn.DEPENDENCY, MILLISECOND
    assert found.spent == {compute: 11 * ms, network: 3 * ms, dependency: 8 * ms}
    assert sum(found.spent.values()) == 22 * ms
    assert found.spent_by_service["pay"] == {compute: 2 * ms, dependency: 5 * ms}
    assert list(found.spent_by_service) == ["shop", "pay"]
    assert found.spent_within(1) == {network: 3 * ms, compute: 2 * ms, dependency: 5 * ms}


def test_time_in_the_queue_is_known_though_nobody_waited_for_it() -> None:
    found = analysed("""
        a shop producer send   |==|
          b pay consumer work         |====|
    """)
    assert (found.queued_ns, found.left_alone) == ({1: 4 * MILLISECOND}, [1])


def test_pieces_of_rows_come_by_row_and_join_to_the_line_of_a_collapsed_one() -> None:
    found = analysed(ORDER)
    assert [piece.place for piece in found.pieces_within(1, 4)] == [1, 1, 2, 2, 3]
    (line,) = found.stretches_within(1, 4)
    assert (line.start_ns // MILLISECOND, line.end_ns // MILLISECOND) == (2, 12)
    assert len(found.stretches_within(0, 1)) == 3
    assert found.pieces_within(5, 9) == []


@given(any_spans)
def test_all_that_was_spent_is_the_length_of_the_path(spans: list[Span]) -> None:
    found = analyse(build_trace(spans))
    whole = sum(piece.duration_ns for piece in found.critical_path)
    assert sum(found.spent.values()) == whole
    assert sum(sum(spent.values()) for spent in found.spent_by_service.values()) == whole
    assert len(found.pieces_within(0, len(found.trace))) == len(found.critical_path)
