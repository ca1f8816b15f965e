from __future__ import annotations

from datetime import UTC, timedelta, timezone
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from traces.core.timescale import (
    DAY,
    HOUR,
    MILLISECOND,
    MINUS,
    MINUTE,
    SECOND,
    clock_text,
    clock_ticks,
    duration_text,
    exact_text,
    exact_time_text,
    iso_text,
    offset_text,
    tick_text,
    ticks,
    time_text,
)


@pytest.mark.parametrize(
    ("duration_ns", "text"),
    [
        (0, "0 ns"),
        (812, "812 ns"),
        (1_000, "1 µs"),
        (40_100, "40.1 µs"),
        (1_234_567, "1.23 ms"),
        (41_000_000, "41 ms"),
        (41_020_000, "41.0 ms"),
        (812_000_000, "812 ms"),
        (812_499_999, "812 ms"),
        (1_240_000_000, "1.24 s"),
        (59_940_000_000, "59.9 s"),
        (123 * SECOND, "2 min 3 s"),
        (2 * MINUTE, "2 min"),
        (3 * HOUR + 5 * MINUTE, "3 h 5 min"),
        (2 * DAY + 4 * HOUR, "2 d 4 h"),
        (2**63 - 1, "106,752 d"),
        (-3_200, f"{MINUS}3.2 µs"),
    ],
)
def test_duration_has_three_significant_digits(duration_ns: int, text: str) -> None:
    assert duration_text(duration_ns) == text


@pytest.mark.parametrize(
    ("duration_ns", "text"),
    [(999_600, "1.00 ms"), (999_999_999, "1.00 s"), (59_960_000_000, "1 min"), (3_599_700_000_000, "1 h")],
)
def test_rounding_up_reaches_the_next_unit(duration_ns: int, text: str) -> None:
    assert duration_text(duration_ns) == text


@given(st.integers(0, 59 * SECOND))
def test_duration_in_words_is_within_half_of_its_third_digit(duration_ns: int) -> None:
    number, unit = duration_text(duration_ns).split()
    shown_ns = float(number) * {"ns": 1, "µs": 1e3, "ms": 1e6, "s": 1e9}[unit]
    assert abs(shown_ns - duration_ns) <= duration_ns * 0.00501


def test_exact_text_keeps_every_nanosecond() -> None:
    assert exact_text(1_240_000_001) == "1,240,000,001 ns"


def test_offset_has_a_sign() -> None:
    assert [offset_text(ns) for ns in (0, 12_000_000, -3_200)] == ["+0 ns", "+12 ms", f"{MINUS}3.2 µs"]


@pytest.mark.parametrize(
    ("time_ns", "text"),
    [
        (0, "1970-01-01 00:00:00.000"),
        (1_772_442_900_250_999_999, "2026-03-02 09:15:00.250"),
        (2**63 - 1, "2262-04-11 23:47:16.854"),
    ],
)
def test_moment_is_cut_to_the_millisecond(time_ns: int, text: str) -> None:
    assert time_text(time_ns) == text
    assert iso_text(time_ns) == text.replace(" ", "T") + "Z"


def test_exact_moment_names_its_zone() -> None:
    assert exact_time_text(1_772_442_900_250_000_001) == "2026-03-02 09:15:00.250000001 UTC"


@pytest.mark.parametrize(
    ("time_ns", "zone", "text"),
    [
        (1_772_442_900_250_000_000, "Europe/Berlin", "2026-03-02 10:15:00.250"),
        (1_772_442_900_250_000_000, "Asia/Kathmandu", "2026-03-02 15:00:00.250"),
        (1_782_810_000_000_000_000, "Europe/Berlin", "2026-06-30 11:00:00.000"),
        (2**63 - 1, "Pacific/Kiritimati", "2262-04-12 13:47:16.854"),
        (0, "America/Phoenix", "1969-12-31 17:00:00.000"),
    ],
)
def test_moment_is_told_by_the_clocks_of_a_zone(time_ns: int, zone: str, text: str) -> None:
    assert time_text(time_ns, ZoneInfo(zone)) == text


def test_exact_moment_tells_the_two_hours_apart_that_a_clock_shows_twice() -> None:
    first, zone = 1_792_888_200_000_000_001, ZoneInfo("Europe/Berlin")
    assert [exact_time_text(first + hours * HOUR, zone) for hours in (0, 1)] == [
        "2026-10-25 02:30:00.000000001 Europe/Berlin (+02:00)",
        "2026-10-25 02:30:00.000000001 Europe/Berlin (+01:00)",
    ]
    assert time_text(first, UTC) == time_text(first)


@pytest.mark.parametrize(
    ("extent_ns", "labels"),
    [
        (0, ["0 ns"]),
        (1, ["0 ns", "1 ns"]),
        (1_240_000_000, ["0 ms", "200 ms", "400 ms", "600 ms", "800 ms", "1 s", "1.2 s"]),
        (90 * SECOND, ["0 s", "15 s", "30 s", "45 s", "1 min", "1 min 15 s", "1 min 30 s"]),
        (2 * HOUR, ["0 min", "30 min", "1 h", "1 h 30 min", "2 h"]),
        (400 * DAY, ["0 d", "100 d", "200 d", "300 d", "400 d"]),
    ],
)
def test_ticks_are_round(extent_ns: int, labels: list[str]) -> None:
    offsets = ticks(extent_ns)
    assert [tick_text(offset, [*offsets, 0][1]) for offset in offsets] == labels


@given(st.integers(0, 2**64), st.integers(2, 12))
def test_ticks_are_even_and_within_the_extent(extent_ns: int, at_most: int) -> None:
    offsets = ticks(extent_ns, at_most=at_most)
    assert offsets[0] == 0
    assert offsets[-1] <= extent_ns
    assert 1 <= len(offsets) <= at_most
    assert len({right - left for left, right in pairwise(offsets)}) <= 1


START_NS = 1_772_442_900 * SECOND  # 2026-03-02 09:15 UTC


@pytest.mark.parametrize(
    ("step_ns", "extent_ns", "text"),
    [(DAY, 7 * DAY, "03-02"), (6 * HOUR, 2 * DAY, "03-02 09:15"), (7 * SECOND, DAY, "03-02 09:15"),
     (5 * MINUTE, HOUR, "09:15"), (76 * SECOND, HOUR, "09:15:00"), (MILLISECOND, SECOND, "09:15:00.000")],
)  # fmt: skip
def test_moment_is_as_fine_as_its_steps(step_ns: int, extent_ns: int, text: str) -> None:
    assert clock_text(START_NS, step_ns=step_ns, extent_ns=extent_ns) == text


def test_moments_are_round_on_the_clocks_of_the_zone() -> None:
    kolkata = timezone(timedelta(hours=5, minutes=30))
    assert [text for text, _ in clock_ticks(START_NS, START_NS + 4 * HOUR, kolkata)] == [
        "15:00",
        "16:00",
        "17:00",
        "18:00",
    ]
    assert clock_ticks(START_NS, START_NS + HOUR)[0] == ("09:15", START_NS)


@given(st.integers(0, 1 << 61), st.integers(1, 1 << 61))
def test_round_moments_are_few_and_lie_within_the_range(start_ns: int, length_ns: int) -> None:
    found = clock_ticks(start_ns, start_ns + length_ns)
    assert len(found) <= 6
    assert all(start_ns <= ns <= start_ns + length_ns for _, ns in found)
