from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from traces.core.printable import printable
from traces.core.values import from_python
from traces.pages.values import Line, lines_of


@pytest.mark.parametrize(
    ("value", "text", "kind"),
    [
        ("42", "42", "string"),
        (42, "42", "int"),
        (True, "true", "bool"),
        (41.5, "41.5", "double"),
        (float("nan"), "NaN", "double"),
        (2**70, str(2**70), "int"),
        (b"hello", "aGVsbG8=", "bytes"),
        (None, "null", "empty"),
        (["a", 1], '["a", 1]', "array"),
        ({"k": b"hi"}, '{"k": "aGk="}', "map"),
        ("nul\x00 and \ud800", "nul\\u0000 and \\ud800", "string"),
    ],
)
def test_value_is_shown_with_its_type(value: object, text: str, kind: str) -> None:
    assert lines_of({"k": from_python(value)}) == [Line("k", text, kind, "", "")]


@pytest.mark.parametrize(
    ("value", "shape"),
    [("short", ""), ("x" * 101, "long"), ("a\nb", "long lined"), (["x" * 50], "long lined")],
)
def test_value_that_needs_room_gets_it(value: object, shape: str) -> None:
    assert lines_of({"k": from_python(value)})[0].shape == shape


def test_lines_are_sorted_by_key() -> None:
    assert [line.key for line in lines_of({"b": 1, "a": 2})] == ["a", "b"]


@pytest.mark.parametrize("url", ["https://shop.example/a?b=c", "http://127.0.0.1:8000/"])
def test_web_address_becomes_a_link(url: str) -> None:
    assert lines_of({"url": url})[0].url == url


@pytest.mark.parametrize(
    "text",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        " https://a.example",
        "https://a b",
        'https://a"b',
        "//a.example",
    ],
)
def test_nothing_else_becomes_a_link(text: str) -> None:
    assert lines_of({"url": text})[0].url == ""


@given(st.text(st.characters(codec=None)))
def test_printable_text_can_be_encoded(text: str) -> None:
    printable(text).encode()
