"""How long the spans of a trace usually take, and what is usually there."""

from __future__ import annotations

import pytest

from tests.core.drawing import a_span
from traces.core.paths import Paths
from traces.core.span import Span
from traces.core.timescale import MILLISECOND
from traces.core.tree import build_trace
from traces.core.usual import Standing, Usual, UsualRanges, usual_of


def other(length: int, *more: Span) -> list[Span]:
    return [a_span("root", length=100), a_span("x", "root", 1, length), *more]


def usual(spans: list[Span], others: list[list[Span]]) -> tuple[UsualRanges, dict[str, Usual]]:
    trace = build_trace(spans)
    found = usual_of(trace, map(build_trace, others))
    return found, {trace.nodes[place].span_id.decode().strip("_"): one for place, one in found.usual.items()}


@pytest.mark.parametrize(
    ("length", "standing"),
    [
        (9, Standing.SHORTER),
        (10, Standing.USUAL),
        (30, Standing.USUAL),
        (31, Standing.LONGER),
        (38, Standing.LONGER),
        (39, Standing.MUCH_LONGER),
    ],
)
def test_span_stands_where_it_is_among_the_others(length: int, standing: Standing) -> None:
    _, spans = usual(other(length), [other(n) for n in range(1, 41)])
    assert spans["x"] == Usual(standing, 40, 10 * MILLISECOND, 30 * MILLISECOND, 38 * MILLISECOND)


def test_nothing_is_claimed_below_twenty_others() -> None:
    found, spans = usual(other(5), [other(5)] * 19)
    assert (found.others, found.is_known, spans, list(found.absent)) == (19, False, {}, [])


def test_span_is_compared_with_those_at_its_path_and_in_its_turn() -> None:
    twice = [other(5, a_span("again", "root", 10, 50, service="x", name="x")) for _ in range(20)]
    _, spans = usual(twice[0], twice)
    assert (spans["x"].p75_ns, spans["again"].p75_ns) == (5 * MILLISECOND, 50 * MILLISECOND)


def test_ids_in_names_make_no_other_path() -> None:
    def read(id: int) -> list[Span]:
        return [a_span("root"), a_span("x", "root", service="s", name=f"GET /users/{id}")]

    _, spans = usual(read(12345), [read(20000 + id) for id in range(20)])
    assert spans["x"].present == 20


def test_what_no_other_has_and_what_few_have_is_said() -> None:
    mine = other(5, a_span("new", "root", 20), a_span("rare", "root", 30))
    some = [other(5, a_span("rare", "root", 30))] * 3 + [other(5)] * 30
    _, spans = usual(mine, some)
    assert spans["new"] == Usual(Standing.NEVER, 0)
    assert spans["rare"] == Usual(Standing.SELDOM, 3)


def test_what_is_usually_there_but_absent_is_said_with_its_parent_and_once_for_all_below_it() -> None:
    more = [a_span("cache", "x", 2), a_span("get", "cache", 2)]
    found, _ = usual(other(5), [other(5, *more)] * 24 + [other(5)] * 6)
    assert [(one.parent, one.operation.name, one.times, one.present) for one in found.absent] == [(1, "cache", 0, 24)]
    seldom, _ = usual(other(5), [other(5, *more)] * 20 + [other(5)] * 10)
    assert list(seldom.absent) == []


def test_ranges_are_short_words() -> None:
    def text(first_ns: int, last_ns: int) -> str:
        return Usual(Standing.USUAL, 20, first_ns, last_ns, last_ns).range_text

    assert text(40 * MILLISECOND, 60 * MILLISECOND) == "40–60 ms"
    assert text(400_000, 60 * MILLISECOND) == "400 µs–60 ms"
    assert text(7, 7) == "7 ns"
    assert Usual(Standing.NEVER, 0).range_text == ""


def test_paths_are_the_same_numbers_in_all_traces() -> None:
    paths = Paths()
    one = paths.of(build_trace(other(1)))
    assert paths.of(build_trace([*reversed(other(7)), a_span("y", "gone")])) == [*one, 2, 3]
    assert [step[0] for step in paths.steps] == [-1, 0, -1, 2]
