from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from traces.core.overview import (
    COLUMNS,
    LEVELS,
    MOST_ROWS,
    Cell,
    Match,
    duration_edges,
    heat_map,
    level_of,
    numbers_of,
    percentiles,
)
from traces.core.statistics import percentile
from traces.core.timescale import HOUR, MILLISECOND, SECOND

durations = st.integers(0, (1 << 63) - 1) | st.integers(0, 20) | st.integers(MILLISECOND, SECOND)
starts = st.integers(-100, 100) | st.integers(-(1 << 62), 1 << 62)
matches = st.lists(
    st.builds(Match, starts, durations, st.booleans(), st.integers(1, 8).map(lambda n: n / 2)), max_size=40
)
lists = st.lists(durations, min_size=1, max_size=50)


def match(duration_ns: int, start_ns: int = 0, *, error: bool = False, weight: float = 1.0) -> Match:
    return Match(start_ns, duration_ns, error, weight)


def test_numbers_are_those_of_the_traces() -> None:
    found = numbers_of([match(n, error=n > 90) for n in range(1, 101)])
    assert (found, found.weighted) == ((100, 100, 10, 50, 95, 99), False)


def test_sampled_trace_counts_as_many_times_as_it_stands_for() -> None:
    found = numbers_of([match(10), match(20), match(30, weight=8, error=True)])
    assert (found, found.weighted) == ((3, 10, 8, 30, 30, 30), True)


def test_nothing_has_no_numbers() -> None:
    assert tuple(numbers_of([])) == (0, 0, 0, 0, 0, 0)


@given(lists, st.integers(1, 100))
def test_percentiles_without_sampling_are_the_nearest_ranks(lengths: list[int], percent: int) -> None:
    assert percentiles([match(ns) for ns in lengths], (percent,)) == [percentile(sorted(lengths), percent)]


@given(st.lists(st.tuples(durations, st.integers(1, 5)), min_size=1, max_size=20))
def test_weight_is_like_that_many_traces(sizes: list[tuple[int, int]]) -> None:
    each = [match(ns, weight=weight) for ns, weight in sizes]
    repeated = [match(ns) for ns, weight in sizes for _ in range(weight)]
    assert percentiles(each, (1, 50, 95, 100)) == percentiles(repeated, (1, 50, 95, 100))


@given(matches, starts, st.integers(1, 1 << 62))
def test_cells_hold_each_trace_of_the_range_once(found: list[Match], start_ns: int, length_ns: int) -> None:
    end_ns = start_ns + length_ns
    drawn = heat_map(found, start_ns, end_ns)
    inside = [match for match in found if start_ns <= match.start_ns < end_ns]
    assert sum(cell.traces for cell in drawn.cells) == sum(match.weight for match in inside)
    assert sum(cell.errors for cell in drawn.cells) == sum(match.weight for match in inside if match.has_error)
    assert sum(cell.traces for cell in drawn.columns()) == sum(match.weight for match in inside)


@given(matches, starts, st.integers(1, 1 << 62))
def test_cell_holds_what_lies_between_its_edges(found: list[Match], start_ns: int, length_ns: int) -> None:
    times, durations, cells = heat_map(found, start_ns, start_ns + length_ns)
    assert (times[0], times[-1]) == (start_ns, start_ns + length_ns)
    assert list(times) == sorted(set(times))
    assert len(times) <= COLUMNS + 1
    for column, row, traces, errors in cells:
        mine = [one for one in found if times[column] <= one.start_ns < times[column + 1]
                and durations[row] <= one.duration_ns < durations[row + 1]]  # fmt: skip
        assert traces == sum(one.weight for one in mine) > 0
        assert errors == sum(one.weight for one in mine if one.has_error)


@given(st.lists(durations, max_size=20))
def test_rows_are_few_and_enclose_all_durations(lengths: list[int]) -> None:
    edges = duration_edges(lengths)
    assert edges == sorted(set(edges))
    assert 2 <= len(edges) <= MOST_ROWS + 1
    assert all(edges[0] <= ns < edges[-1] for ns in lengths)


@pytest.mark.parametrize(
    ("lengths", "edges"),
    [
        ([], [1, 2]),
        ([0], [0, 2]),
        ([250 * MILLISECOND], [250 * MILLISECOND, 300 * MILLISECOND]),
        ([9], [8, 10]),
        ([0, 100], [0, 120]),
        ([1, 10**12], [*(10**n for n in range(14))]),
    ],
)
def test_rows_begin_and_end_at_round_durations(lengths: list[int], edges: list[int]) -> None:
    assert duration_edges(lengths) == edges


def test_rows_are_finer_where_the_durations_are_alike() -> None:
    near, far = duration_edges([MILLISECOND, 20 * MILLISECOND]), duration_edges([MILLISECOND, 5 * SECOND])
    assert near[:4] == [1_000_000, 1_200_000, 1_500_000, 2_000_000]
    assert far[:4] == [1_000_000, 2_000_000, 3_000_000, 5_000_000]


def test_time_without_extent_has_one_column() -> None:
    assert heat_map([match(5, 7)], 7, 8) == ([7, 8], [5, 6], [Cell(0, 0, 1, 0)])


def test_empty_columns_are_columns_too() -> None:
    columns = heat_map([match(5, 0), match(6, 0, error=True), match(5, 95)], 0, 96).columns()
    assert len(columns) == COLUMNS
    filled = [(cell.column, cell.traces, cell.errors) for cell in columns if cell.traces]
    assert filled == [(0, 2, 1), (COLUMNS - 1, 1, 0)]


@given(st.floats(1, 1e12), st.floats(1, 1e12))
def test_fuller_cells_are_never_paler(one: float, other: float) -> None:
    few, many = sorted((one, other))
    assert 1 <= level_of(few, many) <= level_of(many, many) <= LEVELS


def test_fullest_cell_is_the_strongest_and_a_single_trace_the_palest() -> None:
    assert [level_of(traces, 1_000) for traces in (1, 5, 30, 200, 1_000)] == [1, 2, 3, 4, 5]
    assert level_of(1, 1) == 3


def test_hundred_thousand_traces_take_well_under_a_second() -> None:
    many = [match(n * 7919 % SECOND, n * HOUR // 100_000, error=n % 50 == 0) for n in range(100_000)]
    begun = time.process_time()
    numbers_of(many)
    heat_map(many, 0, HOUR)
    assert time.process_time() - begun < 1
