from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.spans import python_values
from traces.core.said import Said, said
from traces.core.values import from_python


@pytest.mark.parametrize(
    ("value", "text"),
    [("42", "42"), (42, "42"), (4.5, "4.5"), (True, "true"), ("true", "true"), ("", ""), (1e16, "1e+16"), ("é", "é"),
     (float("nan"), "NaN"), (1 << 70, str(1 << 70))],
)  # fmt: skip
def test_scalar_is_said_as_a_search_reads_it(value: object, text: str) -> None:
    assert said(from_python(value)) == Said(text, is_scalar=True)


@pytest.mark.parametrize(
    ("value", "text"), [([1, "a"], '[1, "a"]'), ({"a": b"hi"}, '{"a": "aGk="}'), (None, "null"), (b"hi", "aGk=")]
)
def test_what_no_search_finds_has_a_text_too(value: object, text: str) -> None:
    assert said(from_python(value)) == Said(text, is_scalar=False)


@given(python_values)
def test_every_value_has_a_text(value: object) -> None:
    assert isinstance(json.dumps(said(from_python(value)).text), str)


@given(st.integers(-(1 << 53), 1 << 53))
def test_number_and_its_text_are_one(number: int) -> None:
    assert said(number) == said(str(number))
