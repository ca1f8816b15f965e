"""Tests of shares and means against their definitions and published values."""

from __future__ import annotations

from fractions import Fraction
from math import comb, isclose
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from traces.core.compare.chances import corrected, fisher, t_chance, t_quantile, test_of_means, weights_of

COUNTS = st.integers(0, 40)
test_of_means.__test__ = False  # type: ignore[attr-defined]


def exact(a: int, a_all: int, b: int, b_all: int) -> float:
    has, everyone = a + b, a_all + b_all
    chance = {
        x: Fraction(comb(b_all, x) * comb(a_all, has - x), comb(everyone, has))
        for x in range(max(0, has - a_all), min(has, b_all) + 1)
    }
    down = b * everyone < has * b_all
    tail = sum(part for x, part in chance.items() if (x <= b if down else x >= b))
    return min(1.0, float(2 * tail))


@given(COUNTS, COUNTS, COUNTS, COUNTS)
def test_fisher_adds_up_the_tail(a: int, a_not: int, b: int, b_not: int) -> None:
    found = fisher(a, a + a_not, b, b + b_not)
    assert isclose(found, exact(a, a + a_not, b, b + b_not), rel_tol=1e-6)


@given(COUNTS, COUNTS, COUNTS, COUNTS)
def test_fisher_of_the_sides_swapped_is_the_same(a: int, a_not: int, b: int, b_not: int) -> None:
    assert isclose(fisher(a, a + a_not, b, b + b_not), fisher(b, b + b_not, a, a + a_not), rel_tol=1e-6)


def test_fisher_of_large_groups_takes_no_overflow() -> None:
    assert fisher(0, 10_000, 10_000, 10_000) < 1e-300
    assert fisher(5_000, 10_000, 5_000, 10_000) == 1.0


def test_student_s_t_as_in_the_tables() -> None:
    assert isclose(t_chance(2.228139, 10), 0.05, rel_tol=1e-5)
    assert isclose(t_chance(3.883406, 19), 0.001, rel_tol=1e-5)
    assert isclose(t_quantile(0.975, 10), 2.228139, rel_tol=1e-3)
    assert isclose(t_quantile(0.9995, 19), 3.883406, rel_tol=1e-3)


def test_holm_corrects_the_smallest_most() -> None:
    assert [round(p, 6) for p in corrected([0.01, 0.04, 0.03, 0.005])] == [0.03, 0.06, 0.06, 0.02]


def test_interval_covers_the_difference_as_often_as_it_says() -> None:
    rng, covered = Random(7), 0
    for _ in range(400):
        of_a, of_b = weights_of([1.0] * 40), weights_of([1.0] * 60)
        a = of_a.moments((1.0, rng.gauss(100, 20)) for _ in range(40))
        b = of_b.moments((1.0, rng.gauss(110, 40)) for _ in range(60))
        low, high = test_of_means(a, b).interval(0.05)
        covered += low <= 10 <= high
    assert 365 <= covered <= 395


def test_one_outlier_on_a_small_side_is_no_difference() -> None:
    """Neither where it has one, nor where it lacks the other side's."""
    usual = [(1.0, 10.0 + n % 3) for n in range(1_000)]
    outlier = [(1.0, 10_000.0)]
    small, large = weights_of([1.0] * 20), weights_of([1.0] * 1_000)
    for a, b in ((usual, usual[:19] + outlier), (usual[1:] + outlier, usual[:20])):
        assert test_of_means(large.moments(a), small.moments(b)).p > 0.01
