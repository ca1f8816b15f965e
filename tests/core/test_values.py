"""Attribute values survive the form that a database can hold."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from traces.core.values import (
    MAX_DEPTH,
    EncodedMap,
    double_value,
    from_python,
    key_from_text,
    key_text,
    to_python,
)

TEXT = st.text(st.characters(codec=None), max_size=8)
KEYS = TEXT | st.sampled_from(["$bytes", "$double", "$int", "$text", "$map", "$text:", "$text:YQ==", "$text:é"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT | st.binary(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
def test_every_value_comes_out_as_it_went_in(value: object) -> None:
    kept = to_python(from_python(value))
    assert kept == value
    assert repr(kept) == repr(value)


@given(VALUES)
def test_no_stored_value_holds_what_jsonb_refuses(value: object) -> None:
    text = json.dumps(from_python(value), allow_nan=False, ensure_ascii=False)
    assert "\\u0000" not in text
    text.encode()


@given(KEYS)
def test_keys_come_out_as_they_went_in(key: str) -> None:
    assert key_from_text(key_text(key)) == key


@given(KEYS, KEYS)
def test_different_keys_stay_different(one: str, other: str) -> None:
    assert (key_text(one) == key_text(other)) == (one == other)


@pytest.mark.parametrize(
    ("number", "stored"),
    [
        (1.5, 1.5),
        (0.0, 0.0),
        (-0.0, {"$double": "-0.0"}),
        (math.nan, {"$double": "NaN"}),
        (math.inf, {"$double": "Infinity"}),
        (-math.inf, {"$double": "-Infinity"}),
        (1e15, {"$double": "1000000000000000.0"}),
        (-1e300, {"$double": "-1e+300"}),
    ],
)
def test_doubles_that_jsonb_would_change_are_tagged(number: float, stored: object) -> None:
    assert double_value(number) == stored
    assert repr(to_python(stored)) == repr(number)


def test_integers_beyond_64_bits_are_tagged() -> None:
    assert from_python((1 << 63) - 1) == (1 << 63) - 1
    assert from_python(1 << 63) == {"$int": "9223372036854775808"}


def test_a_map_that_looks_tagged_is_told_apart_from_a_tag() -> None:
    assert from_python({"$bytes": "aGk="}) == {"$map": {"$bytes": "aGk="}}
    assert from_python(b"hi") == {"$bytes": "aGk="}


def test_true_stays_true() -> None:
    assert from_python(True) is True


def test_nesting_ends_at_the_limit() -> None:
    value: object = 1
    for _ in range(MAX_DEPTH):
        value = [value]
    assert to_python(from_python(value)) == value
    with pytest.raises(ValueError, match="nested deeper than 64 levels"):
        from_python([value])


def test_what_json_has_not_is_no_value() -> None:
    with pytest.raises(ValueError, match="a set is no attribute value"):
        from_python({1})


def test_an_encoded_map_is_a_map() -> None:
    encoded = EncodedMap(b'{"a":1,"b":[2]}')
    assert encoded == {"a": 1, "b": [2]}
    assert dict(encoded) == {"a": 1, "b": [2]}
    assert (len(encoded), list(encoded), encoded.get("c")) == (2, ["a", "b"], None)
