from __future__ import annotations

from textwrap import dedent
from time import process_time

from hypothesis import given
from hypothesis import strategies as st

from tests.core.drawing import a_span, span_id, spans_of
from tests.core.test_tree import any_spans
from traces.core.columns import signed_id
from traces.core.folding import ALL_OPEN, MOST_EXCEPTIONS, Fold, visible_places
from traces.core.span import Span
from traces.core.trace import Trace
from traces.core.tree import build_trace

SHOP = build_trace(
    spans_of("""
        checkout      |==================|
          auth        |==|
            token      ||
          payment          |=============|
            charge          |==|
              bank          ||
            again                |====|
    """)
)


def ids(*names: str) -> frozenset[int]:
    return frozenset(signed_id(span_id(name)) for name in names)


def seen(fold: Fold, trace: Trace = SHOP) -> str:
    nodes = [trace.nodes[place] for place in visible_places(trace, fold)]
    return "\n".join("  " * node.depth + (node.span.name if node.span else "?") for node in nodes)


def place(name: str) -> int:
    found = SHOP.place_of(span_id(name))
    assert found is not None
    return found


def test_nothing_is_hidden_unless_asked_for_and_costs_nothing() -> None:
    assert visible_places(SHOP, ALL_OPEN) == range(7)


def test_rule_shows_so_many_levels() -> None:
    assert seen(Fold(1)) == "checkout"
    assert seen(Fold(2)) == "checkout\n  auth\n  payment"


def test_exceptions_open_and_shut_single_rows() -> None:
    assert seen(Fold(shut=ids("payment", "auth"))) == "checkout\n  auth\n  payment"
    assert seen(Fold(2, opened=ids("payment"))) == dedent("""\
        checkout
          auth
          payment
            charge
            again""")
    assert seen(Fold(2, opened=ids("payment"), shut=ids("checkout"))) == "checkout"


def test_row_shut_inside_another_is_no_more_than_hidden() -> None:
    assert seen(Fold(shut=ids("payment", "charge"))) == "checkout\n  auth\n    token\n  payment"


def test_ids_that_are_not_here_change_nothing() -> None:
    assert seen(Fold(shut=ids("nowhere"))) == seen(ALL_OPEN)


def test_revealing_opens_all_above_and_nothing_else() -> None:
    fold = Fold(2, shut=ids("checkout")).revealing(SHOP, place("bank"))
    assert seen(fold) == dedent("""\
        checkout
          auth
          payment
            charge
              bank
            again""")


def test_no_more_exceptions_than_an_address_holds() -> None:
    many = [
        a_span("root"),
        *(a_span(str(n), "root", n) for n in range(60)),
        *(a_span(f"{n}+", str(n)) for n in range(60)),
    ]
    trace, fold = build_trace(many), ALL_OPEN
    for n in range(60):
        found = trace.place_of(span_id(str(n)))
        assert found is not None
        fold = fold.toggled(trace, found)
    assert fold.exceptions == MOST_EXCEPTIONS


def test_chain_deeper_than_exceptions_is_revealed_by_opening_all() -> None:
    trace = build_trace([a_span("0"), *(a_span(str(n), str(n - 1), start=n) for n in range(1, 200))])
    assert Fold(1).revealing(trace, 199) == ALL_OPEN


def test_wide_trace_is_folded_in_time() -> None:
    spans = [a_span("root"), *(a_span(str(n), "root", n) for n in range(100_000))]
    trace = build_trace(spans)
    started = process_time()
    assert len(visible_places(trace, Fold(2, opened=ids("5")))) == 100_001
    assert process_time() - started < 0.5


folds = st.builds(
    Fold,
    st.none() | st.integers(1, 5),
    st.frozensets(st.integers(1, 12), max_size=4),
    st.frozensets(st.integers(1, 12), max_size=4),
)


@given(any_spans, folds)
def test_row_is_seen_exactly_if_no_row_above_hides_it(spans: list[Span], fold: Fold) -> None:
    trace = build_trace(spans)
    expected = [
        place for place in range(len(trace)) if not any(fold.hides(trace, above) for above in trace.ancestors(place))
    ]
    assert list(visible_places(trace, fold)) == expected


@given(any_spans.filter(bool), folds, st.integers(0, 50))
def test_toggling_turns_one_row_round_and_back(spans: list[Span], fold: Fold, number: int) -> None:
    trace = build_trace(spans)
    place = number % len(trace)
    once = fold.toggled(trace, place)
    assert once.hides(trace, place) != fold.hides(trace, place) or trace.sizes[place] == 1
    assert once.toggled(trace, place).hides(trace, place) == fold.hides(trace, place)


@given(any_spans.filter(bool), folds, st.integers(0, 50))
def test_revealed_row_is_seen(spans: list[Span], fold: Fold, number: int) -> None:
    trace = build_trace(spans)
    place = number % len(trace)
    assert place in visible_places(trace, fold.revealing(trace, place))
