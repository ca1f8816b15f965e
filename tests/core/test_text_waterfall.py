from __future__ import annotations

from collections.abc import Sequence
from textwrap import dedent

from hypothesis import given
from hypothesis import strategies as st

from tests.core.drawing import a_span, spans_of
from tests.core.test_tree import any_spans
from traces.core.span import Span, Status
from traces.core.text_waterfall import LEAST_WIDTH, fitted, one_line, text_waterfall
from traces.core.tree import build_trace

CHECKOUT = spans_of("""
    checkout      |==================|
      auth        |==|
      payment          |=============|
        charge           |
""")


def text(spans: Sequence[Span], width: int = 80, most_rows: int = 1_000) -> str:
    return "\n".join(text_waterfall(build_trace(spans), width=width, most_rows=most_rows))


def rows(spans: Sequence[Span], **how: int) -> list[str]:
    return text(spans, **how).split("\n")[5:]


def test_waterfall_is_drawn_to_scale() -> None:
    error = CHECKOUT[2]._replace(status=Status.ERROR)
    drawing = """\
        checkout checkout
        19 ms · 4 spans · 4 services · 1 error · 1970-01-01 00:00:00.000 UTC
        trace 7c0e4d1f9a3b4c5d8e6f00112233aabb

                                                        0 ms            10 ms
          checkout checkout                      19 ms  ████████████████████████████████
            auth auth                             3 ms  █████▌
        !   payment payment                      14 ms          ████████████████████████
              charge charge                       0 ns             ▐"""
    assert text([*CHECKOUT[:2], error, CHECKOUT[3]]) == dedent(drawing)


def test_missing_parent_and_missing_root_are_said() -> None:
    lines = text([a_span("orphan", "gone", length=4), a_span("late", "orphan", 2, 6)]).split("\n")
    assert lines[:2] == [
        "orphan orphan (root not here yet)",
        "8 ms · 2 spans · 2 services · 0 errors · 1970-01-01 00:00:00.000 UTC",
    ]
    assert lines[5].startswith("? missing parent 676f6e655f5f5f5f ")
    assert lines[5].endswith(" " + 32 * "┄")


def test_extent_is_said_where_it_is_not_the_duration() -> None:
    assert "3 ms · extent 9 ms · 2 spans" in text([a_span("a", length=3), a_span("b", "a", 5, 4)])


def test_what_is_left_out_is_said_with_its_errors() -> None:
    spans = [*CHECKOUT[:3], CHECKOUT[3]._replace(status=Status.ERROR)]
    assert rows(spans, most_rows=2)[2:] == ["… 2 more rows, 1 error among them"]
    assert rows(spans, most_rows=3)[3:] == ["… 1 more row, 1 error among them"]
    assert rows(CHECKOUT, most_rows=3)[3:] == ["… 1 more row"]
    assert len(rows(spans, most_rows=4)) == 4


def test_deep_rows_say_their_level_and_stay_on_one_line() -> None:
    chain = [a_span("0"), *(a_span(str(n), str(n - 1), start=n) for n in range(1, 1_200))]
    lines = rows(chain, most_rows=2_000)
    assert "[1,200] 1199 1199 " in lines[-1]
    assert max(map(len, lines)) <= 80


def test_names_can_neither_move_the_cursor_nor_turn_the_text() -> None:
    (line,) = rows([a_span("a", name="one\ntwo\t\x1b[31m\u202ethree\u2028four\x07")], width=150)
    assert "a one two \\u001b[31m\\u202ethree four\\u0007" in line


def test_wide_letters_take_two_columns() -> None:
    assert fitted("日本語", 6) == "日本語"
    assert fitted("日本語", 5) == "日本…"
    assert fitted("日本語", 4) == "日… "
    assert fitted("日本語", 8) == "日本語  "
    assert fitted("e\u0301té", 3) == "e\u0301té"


def test_trace_without_length_and_no_trace_at_all_are_drawn() -> None:
    (line,) = rows([a_span("instant", length=0)])
    assert line.endswith("0 ns  ▌")
    assert text([]) == "no spans"


@given(any_spans, st.integers(0, 200))
def test_lines_are_as_many_as_rows_and_within_the_width(spans: Sequence[Span], width: int) -> None:
    trace = build_trace(spans)
    lines = list(text_waterfall(trace, width=width))
    if spans:
        assert len(lines) == 5 + len(trace)
        assert all(len(line) <= max(width, LEAST_WIDTH) for line in lines[3:])


@given(st.text(st.characters(codec=None, exclude_categories=())))
def test_one_line_can_be_printed(name: str) -> None:
    line = one_line(name)
    line.encode()
    assert len(line.splitlines()) <= 1
    assert all(letter.isprintable() or letter >= "\xa0" for letter in line)
