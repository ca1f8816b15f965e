"""Times that can't be right, and spans too short to say anything."""

from __future__ import annotations

import pytest

from tests.core.doctor.examining import changed, codes, found, names_of
from tests.core.drawing import a_span, spans_of
from traces.core.doctor.timing import NEGATIVE
from traces.core.span import Kind, Span
from traces.core.timescale import MICROSECOND
from traces.wire import END_BEFORE_START

LATE = spans_of("""
    add         |========|
      track       |===============|
""")
LOST_END = spans_of("""
    handle      |
      read      |=====|
""")


def in_one_service(spans: list[Span], **fields: object) -> list[Span]:
    return [span._replace(service="shop", **fields) for span in spans]  # type: ignore[arg-type]


def test_note_of_the_intake_is_understood() -> None:
    assert END_BEFORE_START.startswith(NEGATIVE)


def test_end_before_start_is_found() -> None:
    spans = changed(in_one_service(LOST_END), handle={"notes": (END_BEFORE_START,)})
    assert codes(spans) == ["negative_duration"]
    assert names_of(found("negative_duration", spans)) == ["handle"]


def test_parent_without_duration_was_not_ended() -> None:
    assert names_of(found("unended", in_one_service(LOST_END))) == ["handle"]


def test_parent_of_another_service_may_be_a_moment() -> None:
    assert codes(LOST_END) == []


def test_child_long_after_its_parent_is_found() -> None:
    finding = found("outlives_parent", in_one_service(LATE))
    assert names_of(finding) == ["track"]
    assert "shop track goes on for 9 ms after shop add, its parent in the same service, has ended." in finding.message


@pytest.mark.parametrize("kind", [Kind.CONSUMER, Kind.SERVER])
def test_child_that_nobody_waits_for_may_take_its_time(kind: Kind) -> None:
    assert codes(changed(in_one_service(LATE), track={"kind": kind})) == []


def test_clocks_of_two_services_are_not_compared() -> None:
    assert codes(LATE) == []


def test_rounding_is_no_late_end() -> None:
    rounded = LATE[1]._replace(duration_ns=LATE[0].end_ns - LATE[1].start_ns + 2_000 * MICROSECOND)
    assert codes(in_one_service([LATE[0], rounded])) == []


def loop(count: int, length_ns: int) -> list[Span]:
    spans = [
        a_span(str(n), "root", n, service="shop", name="check")._replace(duration_ns=length_ns) for n in range(count)
    ]
    return [a_span("root", None, 0, 10_000, service="shop"), *spans]


def test_flood_of_tiny_spans_is_found() -> None:
    assert "500 of 501 spans are shop check" in found("tiny_spans", loop(500, 50 * MICROSECOND)).message


@pytest.mark.parametrize(("count", "length_ns"), [(499, 50 * MICROSECOND), (500, 150 * MICROSECOND)])
def test_fewer_or_longer_ones_are_no_flood(count: int, length_ns: int) -> None:
    assert codes(loop(count, length_ns)) == []


def test_flood_that_is_a_small_part_of_a_trace_is_none() -> None:
    others = [a_span(f"o{n}", "root", n, service="shop", name="other") for n in range(3_000)]
    assert codes([*loop(500, 50 * MICROSECOND), *others]) == []


def test_many_spans_without_duration_are_found() -> None:
    assert "10 of 11 spans have no duration" in found("zero_lengths", loop(10, 0)).message


def test_a_few_moments_are_fine() -> None:
    assert codes(loop(9, 0)) == []
