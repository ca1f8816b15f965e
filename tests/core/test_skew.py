"""Clocks that are off, drawn as they were recorded."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from tests.core.drawing import a_span, calls_of
from traces.core.analysis import analyse
from traces.core.skew import Skew, offsets_ns, skew_of
from traces.core.span import Kind, Resource, Span
from traces.core.timeline import timeline_of
from traces.core.timescale import MILLISECOND
from traces.core.tree import build_trace


def offsets_ms(drawing: str | list[Span]) -> dict[str, int]:
    """Instance -> offset, those that were corrected."""
    spans = calls_of(drawing) if isinstance(drawing, str) else drawing
    timeline = timeline_of(build_trace(spans))
    offsets = offsets_ns(timeline, skew_of(timeline))
    resources, places = timeline.trace.columns.resources, timeline.trace.columns.resource_places
    of_rows = {
        f"{resources[places[row]].service}{resources[places[row]].id}": offset // MILLISECOND
        for row, offset in zip(timeline.trace.order, offsets, strict=True)
    }
    return {instance: offset for instance, offset in of_rows.items() if offset}


def test_server_that_fits_into_its_client_stays() -> None:
    assert (
        offsets_ms("""
        a shop client charge   |==========|
          b pay server charge   |=====|
            c pay client db          |===|
    """)
        == {}
    )


def test_server_outside_of_its_client_is_put_into_the_middle_and_all_of_its_instance_with_it() -> None:
    assert offsets_ms("""
        a shop server order    |============|
          b shop client charge  |==========|
            c pay server charge             |====|
              d pay client db                 |=|
          e shop client stock  |==|
    """) == {"pay": -9}


def test_server_that_sticks_out_by_a_rounded_millisecond_stays() -> None:
    assert (
        offsets_ms("""
        a shop client charge   |====|
          b pay server charge   |====|
    """)
        == {}
    )


def test_server_that_goes_on_after_its_client_gave_up_says_nothing_of_clocks() -> None:
    assert (
        offsets_ms("""
        a shop client charge!  |====|
          b pay server charge   |===========|
    """)
        == {}
    )


def test_server_that_takes_longer_and_begins_before_its_client_is_moved_to_its_start() -> None:
    assert offsets_ms("""
        a shop client charge!      |====|
          b pay server charge  |===========|
    """) == {"pay": 4}


def test_one_call_that_ends_late_is_outvoted_by_those_that_fit() -> None:
    assert (
        offsets_ms("""
        a shop server order      |===================|
          b shop client one      |====|
            c pay server one      |==|
          d shop client two           |====|
            e pay server two           |==|
          f shop client three              |======|
            g pay server three               |========|
    """)
        == {}
    )


def test_offset_is_the_median_of_the_calls_that_dont_fit() -> None:
    assert offsets_ms("""
        a shop server order    |==============================|
          b shop client one    |====|
            c pay server one             |==|
          d shop client two         |====|
            e pay server two               |==|
          f shop client three            |=====|
            g pay server three                   |===|
    """) == {"pay": -7}


def test_offsets_add_up_from_instance_to_instance() -> None:
    assert offsets_ms("""
        a shop client charge      |==============|
          b pay server charge               |============|
            c pay client book                |==========|
              d bank server book     |====|
    """) == {"pay": -9, "bank": 2}


def test_stand_in_has_the_extent_of_what_hangs_under_it_by_corrected_clocks() -> None:
    spans = calls_of("""
        a shop server order    |============|
          b shop client charge  |==========|
            c pay server charge             |====|
    """)
    orphans = [a_span("x", "gone", 0, 9), a_span("y", "gone", 17, 5)]
    orphans[1] = orphans[1]._replace(resource=spans[2].resource)
    timeline = analyse(build_trace([*spans, *orphans])).timeline
    (stand_in,) = timeline.stand_ins()
    assert (timeline.starts_ns[stand_in], timeline.ends_ns[stand_in]) == (0, 13 * MILLISECOND)


def test_instances_of_one_service_have_clocks_of_their_own() -> None:
    assert offsets_ms("""
        a shop server order     |======================|
          b shop client one     |====|
            c pay@1 server one   |==|
          d shop client two            |====|
            e pay@2 server two               |==|
    """) == {"pay2": -5}


def test_calls_back_tell_of_the_same_two_clocks() -> None:
    assert offsets_ms("""
        a shop client charge            |==============|
          b pay server charge                      |========|
            c pay client back                       |======|
              d shop server back         |====|
    """) == {"pay": -12}


def test_calls_within_an_instance_and_spans_of_unknown_kind_tell_nothing() -> None:
    assert (
        offsets_ms("""
        a shop client charge   |====|
          b shop server charge        |====|
    """)
        == {}
    )
    assert (
        offsets_ms("""
        a shop internal charge   |====|
          b pay internal charge         |====|
    """)
        == {}
    )


def test_what_was_corrected_is_said_with_how_many_calls_say_so() -> None:
    timeline = timeline_of(
        build_trace(
            calls_of("""
        a shop@1 client charge   |====|
          b pay@7 server charge          |==|
    """)
        )
    )
    (pair,) = skew_of(timeline).pairs
    assert (pair.client.id, pair.server.id, pair.calls, pair.fitting) == ("1", "7", 1, 1)
    assert skew_of(timeline_of(build_trace([a_span("a")]))) == Skew({}, ())


@given(st.integers(-5_000, 5_000), st.randoms(use_true_random=False))
def test_a_clock_that_is_off_is_found_whatever_it_is_off_by(skew_ms: int, rng: random.Random) -> None:
    spans = [a_span("root", length=10_000, kind=Kind.SERVER, resource=Resource({"service.name": "shop"}))]
    at = 0
    for number in range(8):
        lead, length, tail = (rng.randint(1, 20) for _ in range(3))
        start, whole = at + rng.randint(0, 30), lead + length + tail
        at = start + whole
        client = a_span(
            f"c{number}", "root", start, whole, kind=Kind.CLIENT, resource=Resource({"service.name": "shop"})
        )
        there = Resource({"service.name": "pay"})
        server = a_span(f"s{number}", f"c{number}", start + lead + skew_ms, length, kind=Kind.SERVER, resource=there)
        spans += [client, server]
    trace = build_trace(spans)
    found = analyse(trace)
    assert set(found.offsets_ns) <= {0, *found.skew.offsets_by_instance_ns.values()}
    offset_ms = max(found.offsets_ns, key=abs) / MILLISECOND
    assert abs(offset_ms + skew_ms) <= 21
    if abs(skew_ms) > 62:
        assert offset_ms
    assert trace == build_trace(spans)
