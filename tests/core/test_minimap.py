from __future__ import annotations

import re

from hypothesis import given

from tests.core.drawing import a_span, spans_of
from tests.core.test_tree import any_spans
from traces.core.minimap import HEIGHT, MOST_MARKS, minimap_of
from traces.core.palette import colour_class
from traces.core.span import Span, Status
from traces.core.tree import build_trace

MARK = re.compile(r"M(\d+) ([\d.]+)h(\d+)v[\d.]+h-\d+z")


def marks(path: str) -> list[tuple[int, float, int]]:
    """Left, top, width."""
    assert MARK.sub("", path) == ""
    return [(int(x), float(y), int(width)) for x, y, width in MARK.findall(path)]


def test_each_row_of_a_small_trace_has_its_mark_in_its_colour() -> None:
    trace = build_trace(
        spans_of("""
            checkout      |==================|
              auth        |==|
              payment          |=============|
        """)
    )
    layers = {colour: marks(path) for colour, path in minimap_of(trace)["layers"]}
    assert layers == {
        colour_class("checkout"): [(0, 0, 1000)],
        colour_class("auth"): [(0, 20, 158)],
        colour_class("payment"): [(263, 40, 737)],
    }


def test_marks_stay_few_and_keep_the_longest() -> None:
    spans = [
        a_span("root", length=50_000),
        *(a_span(str(n), "root", n, 5, service=f"s{n % 30}") for n in range(50_000)),
    ]
    spans[30_001] = spans[30_001]._replace(duration_ns=9_000_000_000, status=Status.ERROR)
    minimap = minimap_of(build_trace(spans))
    drawn = [mark for _, path in minimap["layers"] for mark in marks(path)]
    assert len(drawn) <= MOST_MARKS
    assert len(minimap["layers"]) <= 60
    assert (600, 36, 180) in drawn
    assert marks(minimap["errors"]) == [(600, 36, 4)]


@given(any_spans)
def test_every_mark_lies_in_the_picture(spans: list[Span]) -> None:
    minimap = minimap_of(build_trace(spans))
    for _, path in minimap["layers"]:
        for x, y, width in marks(path):
            assert 0 <= x <= x + width <= 1000
            assert 0 <= y < HEIGHT
