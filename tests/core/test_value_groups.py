from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.test_overview import match
from traces.core.overview import Match
from traces.core.said import Said
from traces.core.value_groups import ORDERS, groups_of

GOLD, FREE = Said("gold", is_scalar=True), Said("free", is_scalar=True)
values = st.none() | st.sampled_from("abc").map(lambda text: Said(text, is_scalar=True))
rows = st.lists(
    st.tuples(values, st.builds(Match, st.just(0), st.integers(0, 1 << 40), st.booleans(), st.sampled_from([1.0, 2.0])))
)


def test_each_value_has_its_numbers() -> None:
    gold, free, none = groups_of(
        [
            (GOLD, match(10)),
            (FREE, match(30, error=True)),
            (GOLD, match(20)),
            (GOLD, match(90)),
            (FREE, match(10)),
            (None, match(7)),
        ]
    )
    assert (gold.value, gold.numbers.traces, gold.numbers.errors, gold.numbers.p50_ns, gold.max_ns, gold.total_ns) == (
        GOLD, 3, 0, 20, 90, 120,
    )  # fmt: skip
    assert (free.value, free.numbers.traces, free.numbers.errors, free.total_ns) == (FREE, 2, 1, 40)
    assert (none.value, none.max_ns) == (None, 7)


def test_sampled_trace_counts_as_many_times_in_its_group() -> None:
    (group,) = groups_of([(GOLD, match(10)), (GOLD, match(30, weight=4))])
    assert (group.numbers.weight, group.numbers.p50_ns, group.total_ns) == (5, 30, 130)


@pytest.mark.parametrize(
    ("order", "first"),
    [("traces", FREE), ("errors", GOLD), ("p50", GOLD), ("p95", GOLD), ("max", GOLD), ("total", FREE)],
)
def test_order_begins_with_the_largest(order: str, first: Said) -> None:
    traces = [(GOLD, match(100, error=True)), *[(FREE, match(60))] * 3]
    assert groups_of(traces, by=order)[0].value == first


@given(rows, st.sampled_from(sorted(ORDERS)))
def test_groups_part_the_traces(traces: list[tuple[Said | None, Match]], order: str) -> None:
    groups = groups_of(traces, by=order)
    assert {group.value for group in groups} == {value for value, _ in traces}
    assert len(groups) == len({group.value for group in groups})
    assert sum(group.numbers.traces for group in groups) == len(traces)
    keys = [ORDERS[order](group) for group in groups]
    assert keys == sorted(keys, reverse=True)
    assert groups_of(traces[::-1], by=order) == groups
