from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from traces.core.sampling import weight


@pytest.mark.parametrize(
    ("trace_state", "expected"),
    [
        ("", 1),
        ("ot=th:0", 1),
        ("ot=th:8", 2),
        ("ot=th:80", 2),
        ("ot=th:c", 4),
        ("ot=th:fd70a3d70a3d71", 100),
        ("ot=rv:abcdef;th:8", 2),
        ("ot=th:8;rv:abcdef", 2),
        ("vendor=x,ot=th:8", 2),
        ("vendor=x, ot=th:8 ", 2),
        ("ot=th:8,vendor=x", 2),
    ],
)
def test_threshold_says_how_many_a_trace_stands_for(trace_state: str, expected: float) -> None:
    assert weight(trace_state) == pytest.approx(expected)


@pytest.mark.parametrize(
    "trace_state",
    ["ot=th:", "ot=th:x", "ot=th:8g", "ot=th:" + "0" * 15, "ot=TH:8", "not=th:8", "vendor=ot=th:8", "ot=other:8",
     "th:8", "\x00", "ot=rv:8,x=th:8", "ot=nth:8"],
)  # fmt: skip
def test_what_is_no_threshold_weighs_one(trace_state: str) -> None:
    assert weight(trace_state) == 1


@given(st.integers(1, (1 << 56) - 1))
def test_weight_is_what_the_threshold_leaves(threshold: int) -> None:
    text = f"{threshold:014x}".rstrip("0")
    assert weight(f"ot=th:{text}") == (1 << 56) / ((1 << 56) - threshold)


@given(st.text())
def test_any_text_has_a_weight(trace_state: str) -> None:
    assert 1 <= weight(trace_state) <= 1 << 56
