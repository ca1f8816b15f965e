from __future__ import annotations

from tests.core.drawing import a_span
from traces.core.colouring import (
    MOST_VALUES,
    error_legend,
    kind_colour,
    kind_legend,
    value_colour,
    value_legend,
)
from traces.core.span import Kind, Status
from traces.core.tree import build_trace


def test_each_kind_has_a_colour_of_its_own_and_what_is_unheard_of_is_grey() -> None:
    assert len({kind_colour(kind) for kind in Kind}) == len(Kind)
    assert kind_colour(77) == ("plain", "unspecified")


def test_value_has_the_same_colour_wherever_it_stands_and_none_is_grey() -> None:
    assert value_colour("200") == value_colour("200")
    assert value_colour("200").css != value_colour("500").css
    assert value_colour(None) == ("plain", "absent")


def test_legends_of_kinds_and_errors_are_of_all_of_the_trace() -> None:
    spans = [
        a_span("a", kind=Kind.SERVER),
        a_span("b", "a", kind=Kind.CLIENT, status=Status.ERROR),
        a_span("c", "gone"),
    ]
    trace = build_trace(spans)
    assert [colour.value for colour, _ in kind_legend(trace).entries] == ["client", "server", "internal"]
    assert [(colour.value, count) for colour, count in error_legend(trace).entries] == [
        ("error", "1"),
        ("no error", "2"),
    ]
    assert error_legend(build_trace([a_span("a")])).entries == [(("plain", "no error"), "1")]


def test_legend_of_values_says_which_rows_it_knows_and_ends_with_the_absent() -> None:
    legend = value_legend([value_colour(value) for value in (None, None, None, "b", "a", "b")])
    assert [(colour.value, count) for colour, count in legend.entries] == [("b", "2"), ("a", "1"), ("absent", "3")]
    assert legend.note == "in the 6 rows drawn here"
    many = value_legend([value_colour(str(number)) for number in range(100)])
    assert len(many.entries) == MOST_VALUES
    assert many.note == "and 88 other values, in the 100 rows drawn here"
