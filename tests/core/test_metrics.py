from __future__ import annotations

from math import ceil

from hypothesis import given
from hypothesis import strategies as st

from traces.core.bins import MOST_BINS, Bins, bins_of
from traces.core.buckets import MOST_BUCKETS, bucket_of, bucket_width, power_of
from traces.core.meaning import Metric
from traces.core.metrics import MOST_SERIES, By, Computed, Measured, computed, label_of, quantile_of
from traces.core.said import Said
from traces.core.span import Kind, Status
from traces.core.subjects import Field, Key
from traces.core.timescale import DAY, HOUR, MINUTE, SECOND

RATE, COUNT = Metric("rate", None), Metric("count_over_time", None)
HISTOGRAM = Metric("histogram_over_time", Field.DURATION)
BINS = Bins(30 * SECOND, 95 * SECOND, 10 * SECOND)
numbers = st.integers(-10, 10**12) | st.floats(-1e30, 1e30).map(lambda number: round(number, 30))
weights = st.sampled_from((1.0, 1.0, 2.0, 4 / 3))


def by(text: str) -> By:
    return (Said(text, is_scalar=True),)


labels = st.sampled_from("abc").map(by) | st.just((None,))
measured = st.builds(Measured, st.integers(25 * SECOND, 99 * SECOND), st.integers(1, 3), weights,
                     st.none() | numbers, labels)  # fmt: skip
many = st.lists(measured, max_size=30)


def spans(*starts_s: float, group: str = "a", weight: float = 1, number: float | None = None) -> list[Measured]:
    return [Measured(int(start * SECOND), 1, weight, number, by(group)) for start in starts_s]


def values(found: Computed, group: str) -> list[float | int | None]:
    (series,) = [series for series in found.series if series.by == by(group)]
    return list(series.values)


def test_span_counts_in_the_bin_it_starts_in() -> None:
    found = computed(COUNT, spans(30, 39.9, 40, 94.9) + spans(60, group="b"), BINS)
    assert values(found, "a") == [2, 1, 0, 0, 0, 0, 1]
    assert values(found, "b") == [0, 0, 0, 1, 0, 0, 0]


def test_rate_is_spans_a_second_of_what_there_is_of_a_bin() -> None:
    assert values(computed(RATE, spans(30, 39.9, 94), BINS), "a") == [0.2, 0, 0, 0, 0, 0, 0.2]


def test_rate_of_an_end_that_is_too_short_is_not_known() -> None:
    found = computed(RATE, spans(10.5, 20.1), Bins(10 * SECOND, 24 * SECOND, 10 * SECOND))
    assert values(found, "a") == [0.1, None]


def test_sampled_spans_count_as_many_as_they_stand_for() -> None:
    found = computed(COUNT, spans(31, 32) + spans(33, weight=4), BINS)
    assert (values(found, "a")[0], found.spans, found.weight) == (6, 3, 6)


def test_what_starts_in_no_bin_is_told_apart() -> None:
    found = computed(COUNT, spans(10, 31, 95.5, 200), BINS)
    assert (sum(values(found, "a")), found.outside) == (1 + 1, 2)  # type: ignore[arg-type]


def test_quantile_is_a_number_that_was_measured() -> None:
    metric = Metric("quantile_over_time", Field.DURATION, (0.5, 0.95))
    found = computed(metric, [one for n in range(20) for one in spans(31, number=n + 1)], BINS)
    assert [(series.quantile, series.values[:2]) for series in found.series] == [(0.5, [10, None]), (0.95, [19, None])]


def test_span_without_a_number_is_left_out_and_told() -> None:
    found = computed(HISTOGRAM, spans(31, 32) + spans(33, number=5), BINS)
    assert (found.numberless, sum(series.weight for series in found.series)) == (2, 1)


def test_buckets_of_a_histogram_are_powers_of_two() -> None:
    found = computed(HISTOGRAM, [one for n in (0, 1, 2, 3, 4, 5) for one in spans(31, number=n)], BINS)
    assert [(*series.bucket, series.values[0]) for series in found.series if series.bucket] == [
        (None, 0, 1), (0.5, 1, 1), (1, 2, 1), (2, 4, 2), (4, 8, 1)
    ]  # fmt: skip


def test_the_rest_is_one_series_that_says_how_many_it_is() -> None:
    groups = [one for n in range(MOST_SERIES + 7) for one in spans(31, 32 if n < 3 else 31, group=f"g{n:02}")]
    found = computed(COUNT, groups, BINS)
    assert len(found.series) == MOST_SERIES + 1
    assert (found.series[-1].by, found.series[-1].others, found.series[-1].values[0]) == ((), 7, 14)


def test_quantiles_share_the_room_for_series() -> None:
    metric = Metric("quantile_over_time", Field.DURATION, (0.5, 0.9, 0.99))
    groups = [one for n in range(30) for one in spans(31, group=f"g{n:02}", number=n)]
    found = computed(metric, groups, BINS)
    assert len(found.series) == (MOST_SERIES // 3 + 1) * 3
    assert [series.values[0] for series in found.series[-3:]] == [17, 27, 29]


def test_any_number_of_quantiles_is_of_the_largest_group_at_least() -> None:
    metric = Metric("quantile_over_time", Field.DURATION, tuple(n / 100 for n in range(30)))
    found = computed(metric, spans(31, number=1), BINS)
    assert {(series.by, series.others) for series in found.series} == {(by("a"), 0)}


@given(many)
def test_all_that_is_found_is_somewhere(some: list[Measured]) -> None:
    for metric in (COUNT, HISTOGRAM):
        found = computed(metric, some, BINS)
        counted = sum(value for series in found.series for value in series.values if value)
        assert abs(counted + found.outside + found.numberless - found.weight) < 1e-6
        assert found.spans == sum(one.spans for one in some)
        assert all(len(series.values) == len(BINS.times_ns) for series in found.series)


@given(many)
def test_rate_times_seconds_is_the_count(some: list[Measured]) -> None:
    rates, counts = computed(RATE, some, BINS), computed(COUNT, some, BINS)
    for rate, count in zip(rates.series, counts.series, strict=True):
        for a_second, number, seconds in zip(rate.values, count.values, BINS.seconds, strict=True):
            assert a_second is not None
            assert number is not None
            assert abs(a_second * seconds - number) < 1e-9


@given(st.lists(st.tuples(st.integers(-50, 50), st.integers(1, 4)), min_size=1), st.integers(0, 100))
def test_weighted_quantile_is_that_of_each_number_as_often_as_it_counts(
    some: list[tuple[int, int]], percent: int
) -> None:
    each = sorted(number for number, weight in some for _ in range(weight))
    plain = each[
        max(ceil(percent * len(each) / 100) if percent * len(each) % 100 else percent * len(each) // 100, 1) - 1
    ]
    assert quantile_of(sorted((number, float(weight)) for number, weight in some), percent / 100) == plain


@given(st.lists(numbers, min_size=1))
def test_number_is_in_its_bucket_and_buckets_are_few(some: list[int | float]) -> None:
    width = bucket_width(map(power_of, some))
    buckets = {number: bucket_of(power_of(number), width) for number in some}
    for number, (above, up_to) in buckets.items():
        assert number <= up_to
        assert above is None or number > above
    assert len(set(buckets.values())) <= MOST_BUCKETS + 1


def test_numbers_beyond_all_measure_have_buckets_too() -> None:
    for numbers in ([5e-324, 1.0], [5e-324, 1e308, 1 << 1_000], [1e-300]):
        powers = [power_of(number) for number in numbers]
        buckets = [bucket_of(power, bucket_width(powers)) for power in powers]
        assert all(above and 0 < above < up_to < float("inf") for above, up_to in buckets)


@given(st.integers(0, 1 << 62), st.integers(0, 1 << 62))
def test_any_range_has_bins_of_a_round_width(start_ns: int, length_ns: int) -> None:
    bins = bins_of(start_ns, start_ns + length_ns)
    assert 1 <= len(bins.times_ns) <= MOST_BINS + 2
    assert bins.step_ns % SECOND == 0
    assert bins.first_ns <= start_ns < bins.end_ns <= bins.times_ns[-1] + bins.step_ns


def test_widths_are_those_of_clocks() -> None:
    widths = {length: bins_of(0, length).step_ns for length in (5 * MINUTE, 15 * MINUTE, HOUR, DAY, 7 * DAY, 30 * DAY)}
    assert list(widths.values()) == [10 * SECOND, 15 * SECOND, MINUTE, 30 * MINUTE, 3 * HOUR, 12 * HOUR]


def test_values_are_said_as_a_query_says_them() -> None:
    assert label_of(Field.KIND, Kind.SERVER) == Said("server", is_scalar=True)
    assert label_of(Field.STATUS, Status.ERROR) == Said("error", is_scalar=True)
    assert label_of(Field.ID, b"\0" * 8) == Said("0" * 16, is_scalar=True)
    assert label_of(Field.DURATION, 5) == Said("5ns", is_scalar=True)
    assert label_of(Key("n"), 42) == label_of(Key("n"), "42")
    assert label_of(Key("n"), None) is None
    assert label_of(Key("n"), [1]) == Said("[1]", is_scalar=False)
