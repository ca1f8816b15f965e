from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from traces.search import BadQuery, attribute_is, parse
from traces.search.completion import INTRINSICS, partial_at, value_text
from traces.search.names import BOUNDS, RESERVED


def parts(text: str) -> tuple[str, str, str, str]:
    """Of a query with a | where the caret is."""
    found = partial_at(text.replace("|", ""), text.index("|"))
    return found.minus, found.key, found.operator, found.value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("|", ("", "", "", "")),
        ("us|", ("", "us", "", "")),
        ("user.id=4|", ("", "user.id", "=", "4")),
        ("a=1 us|", ("", "us", "", "")),
        ("a=1 |", ("", "", "", "")),
        ("us|er.id=42", ("", "us", "", "")),
        ("-status=err|", ("-", "status", "=", "err")),
        ("{service=pay|", ("", "service", "=", "pay")),
        ("duration>=5|", ("", "duration", ">=", "5")),
        ('name="GET /us|', ("", "name", "=", "GET /us")),
        ('a="x y" b!~z|', ("", "b", "!~", "z")),
        (r'a="say \"hi there|', ("", "a", "=", 'say "hi there')),
    ],
)
def test_word_at_the_caret_is_read(text: str, expected: tuple[str, str, str, str]) -> None:
    assert parts(text) == expected


def test_completion_replaces_the_word_and_nothing_else() -> None:
    assert partial_at("a=1 us status=error", 6).completed("user.id") == ("a=1 user.id status=error", 11)
    assert partial_at("-use=4 b=1", 2).completed("user.id=") == ("-user.id= b=1", 9)
    assert partial_at('name="GE x" b=1', 8).completed("name=x") == ("name=x b=1", 6)
    assert partial_at('name="GE x', 8).completed("name=x") == ("name=x", 6)


@given(st.text(max_size=30), st.integers(-3, 40))
def test_whatever_is_typed_has_a_word_at_the_caret(text: str, at: int) -> None:
    partial = partial_at(text, at)
    assert 0 <= partial.start <= partial.end <= len(text)
    whole, caret = partial.completed("x")
    assert whole[:caret].endswith("x")
    assert whole.startswith(text[: partial.start])
    assert whole.endswith(text[partial.end :])


@given(
    st.text(st.characters(exclude_categories=["C"]), max_size=20) | st.sampled_from(sorted(RESERVED | BOUNDS.keys()))
)
def test_value_reads_back_as_it_is(value: str) -> None:
    assert parse(f"key={value_text(value)}") == attribute_is("key", value)


@pytest.mark.parametrize("name", INTRINSICS)
def test_what_is_offered_is_no_attribute(name: str) -> None:
    meanings = []
    for value in ("server", "error", "1s", "1", "a"):
        with contextlib.suppress(BadQuery):
            meanings.append(repr(parse(f"{name}{INTRINSICS[name][1][0]}{value}")))
    assert any("Attribute" not in meaning for meaning in meanings)
