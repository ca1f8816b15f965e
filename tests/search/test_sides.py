"""One side of a comparison, as text and as parameters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from traces.search import BadQuery, attribute_is, parse
from traces.search.sides import FILTERS, can_be_word, params_of, searches_of, size_of, text_of, word_text

AROUND = {"last": "24h"}
VALUES = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zs", "Zl", "Zp"]), min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("text", "params"),
    [
        ("user.id=42", {"q": "user.id=42"}),
        ("service=checkout", {"service": "checkout"}),
        ("service=checkout status=error", {"q": "service=checkout status=error"}),
        ("?service=checkout&min_duration=1s", {"service": "checkout", "min_duration": "1s"}),
        ("q=user.id%3D42+a%3D1&status=error", {"q": "user.id=42 a=1", "status": "error"}),
        ("user.id=42&status=error", {"q": "user.id=42&status=error"}),
        ('http.route="/a b"', {"q": 'http.route="/a b"'}),
        ("", {}),
    ],
)
def test_text_or_an_address(text: str, params: dict[str, str]) -> None:
    assert params_of(text, {}) == params
    assert params_of(text, AROUND) == params | AROUND


def test_side_with_a_range_of_its_own_keeps_it() -> None:
    assert params_of("status=error&last=1h", AROUND) == {"status": "error", "last": "1h"}


@given(st.dictionaries(st.sampled_from((*FILTERS, "start")), VALUES))
def test_text_is_read_as_what_it_was_made_of(params: dict[str, str]) -> None:
    assert params_of(text_of(params, {}), {}) == params


@given(VALUES)
def test_value_survives_as_a_word(value: str) -> None:
    assert parse(word_text("key", "=", value)) == attribute_is("key", value)


def test_key_that_cannot_be_asked_for() -> None:
    assert can_be_word("http.route")
    assert not any(map(can_be_word, ("", "a b", "a=b", "-a", 'a"')))


def test_what_is_wrong_names_its_side() -> None:
    with pytest.raises(BadQuery, match="expected a duration") as error:
        searches_of({"a": "x=1", "b": "duration>abc"}, 0)
    assert error.value.field == "b"
    for text in ("19", "10001", "many", "-3"):
        with pytest.raises(BadQuery):
            size_of(text)
