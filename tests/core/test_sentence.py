"""The one sentence that says where the time went."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from tests.core.drawing import a_span, calls_of
from tests.core.test_tree import any_spans
from traces.core.analysis import analyse
from traces.core.sentence import MOST_CHARACTERS
from traces.core.span import Span
from traces.core.tree import build_trace


def said(spans: str | list[Span]) -> str:
    return analyse(build_trace(calls_of(spans) if isinstance(spans, str) else spans)).sentence


def test_payment_that_was_asked_again_and_again() -> None:
    assert (
        said("""
        a checkout server order       |===============================================================|
          b checkout client Charge!    |========|
            c payment server Charge     |=======|
              d payment client POST      |=====|
          e checkout client Charge!                         |========|
            f payment server Charge                          |======|
          g checkout client Charge                                               |========|
            h payment server Charge                                               |=====|
    """)
        == "64 ms: 42 % in payment (Charge, tried 3 times), 38 % waiting between attempts, 20 % in checkout (order)."
    )


def test_equal_calls_that_all_went_well_are_no_attempts() -> None:
    assert (
        said("""
        a checkout server order       |========================|
          b checkout client Charge    |========|
          e checkout client Charge              |==============|
    """)
        == "25 ms: all in checkout (Charge)."
    )


def test_two_attempts_are_said_so() -> None:
    assert (
        said("""
        a checkout internal pay         |========================|
          b checkout client Charge!     |===========|
          e checkout client Charge!                  |===========|
    """)
        == "25 ms: all in checkout (Charge, tried twice)."
    )


def test_prices_asked_one_by_one() -> None:
    prices = [f"  {name}  cart client SELECT prices {'   ' * n}|==|" for n, name in enumerate("bcdefghijklmnop")]
    drawing = "\n".join(["a cart server GET /carts      |==================================================|", *prices])
    assert said(drawing) == "51 ms: all in cart (SELECT prices ×15)."


def test_database_that_makes_wait() -> None:
    assert (
        said("""
        a shop server order                 |==============================|
          b shop client Reserve              |===========================|
            c inventory server Reserve        |=========================|
              d inventory client UPDATE stock  |======================|
    """)
        == "31 ms: 84 % in inventory (UPDATE stock)."
    )


def test_two_statements_of_one_service() -> None:
    assert (
        said("""
        a shop server page             |=====================|
          b catalog server GET          |===================|
            c catalog client products    |=======|
            d catalog client reviews             |========|
    """)
        == "22 ms: 91 % in catalog (reviews, products)."
    )


def test_caller_that_gave_up() -> None:
    assert (
        said("""
        a shop server order       |==========|
          b shop client Quote!    |========|
            c ship server Quote   |===========|
              d ship client rates |==========|
    """)
        == "11 ms: 82 % in ship (rates, given up after 9 ms), 18 % in shop (order)."
    )


def test_caller_that_gave_up_long_before_the_end_was_waiting() -> None:
    assert (
        said("""
        a shop server order       |==========|
          b shop client Quote!    |========|
            c ship server Quote   |=======================|
    """)
        == "11 ms: 82 % waiting for ship (Quote, given up after 9 ms), 18 % in shop (order)."
    )


def test_gap_before_a_call() -> None:
    assert (
        said("""
        a shop server order     |==============================|
          b shop client stock   |===|
          c shop client label                        |=========|
            d ship server label                      |=========|
    """)
        == "31 ms: 55 % waiting before ship, 32 % in ship (label), 13 % in shop (stock)."
    )


def test_network() -> None:
    assert (
        said("""
        a shop client order |==================|
          b pay server order       |===|
    """)
        == "19 ms: 79 % on the network to pay, 21 % in pay (order)."
    )


def test_queue() -> None:
    assert (
        said("""
        a shop internal ask   |==================|
          b pay consumer work               |====|
    """)
        == "19 ms: 74 % in the queue to work, 26 % in pay (work)."
    )


def test_what_is_missing_is_said_to_be() -> None:
    assert said([a_span("one", "gone", 0, 40), a_span("two", "gone", 60, 30)]) == (
        "90 ms without a root: 44 % in one (one), 33 % in two (two), 22 % where spans are missing."
    )


def test_traces_that_say_little() -> None:
    assert said([]) == ""
    assert said([a_span("alone", length=5)]) == "5 ms: all in alone (alone)."
    assert said([a_span("nothing", length=0)]) == "No time passed between its root's start and end."


def test_names_of_any_length_and_kind_leave_a_sentence() -> None:
    long = said([a_span("x", length=5, service="s" * 300, name="n" * 300)])
    assert long == f"5 ms: all in {'s' * 32}… ({'n' * 35}…)."
    assert said([a_span("x", length=5, service="a\x00b", name="\ud800")]) == "5 ms: all in a\\u0000b (\\ud800)."


@given(any_spans, st.randoms(use_true_random=False))
def test_it_is_short_and_the_same_in_whatever_order_spans_arrive(spans: list[Span], rng: random.Random) -> None:
    distinct = list({(span.start_ns, span.span_id): span for span in spans}.values())
    sentence = said(distinct)
    assert len(sentence) <= MOST_CHARACTERS
    assert sentence == said(rng.sample(distinct, len(distinct)))
