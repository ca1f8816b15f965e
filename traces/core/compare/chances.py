"""In: counts and sums of two groups. Out: how likely so large a difference is where there is none.

All two-sided. Shares are tested exactly (Fisher's test, the smaller tail doubled). Means are tested twice, and the
larger chance counts: Welch's test, which an outlier in the smaller group doesn't deceive, and the difference against
the spread of both groups together, which a lack of outliers in the smaller group doesn't.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from statistics import NormalDist
from typing import NamedTuple

ALPHA = 0.05
_NORMAL = NormalDist()
_TINY = 1e-300
_ENOUGH = 1e-12  # terms of a sum that are smaller than this part of it are left out


class Moments(NamedTuple):
    """Sums over a group's traces of a number x, each trace counting `w` times."""

    n: int
    w: float
    w2: float  # w²
    wx: float
    wx2: float
    w2x: float  # w²x
    w2x2: float

    @property
    def mean(self) -> float:
        return self.wx / self.w if self.w else 0.0

    @property
    def variance_of_mean(self) -> float:
        if self.n < 2:
            return math.inf
        spread = self.w2x2 - 2 * self.mean * self.w2x + self.mean**2 * self.w2
        return max(spread, 0.0) / self.w**2 * self.n / (self.n - 1)

    @property
    def effective(self) -> float:
        """How many traces of equal weight would say as much."""
        return self.w**2 / self.w2 if self.w2 else 0.0


class Weights(NamedTuple):
    """What all numbers of a group have in common."""

    n: int
    w: float
    w2: float
    are_equal: bool

    def moments(self, weighted: Iterable[tuple[float, float]]) -> Moments:
        """Of (weight, x); those that are left out have an x of 0."""
        wx = wx2 = w2x = w2x2 = 0.0
        for weight, x in weighted:
            first = weight * x
            wx += first
            wx2 += first * x
            w2x += weight * first
            w2x2 += first * first
        return Moments(self.n, self.w, self.w2, wx, wx2, w2x, w2x2)


def weights_of(weights: Sequence[float]) -> Weights:
    squares = math.fsum(weight * weight for weight in weights)
    return Weights(len(weights), math.fsum(weights), squares, len(set(weights)) < 2)


class MeanTest(NamedTuple):
    """The difference of two means (B less A), how unsure it is, and how likely by chance."""

    difference: float
    error: float
    freedom: float
    p: float

    def interval(self, alpha: float) -> tuple[float, float]:
        """Covers the true difference but for `alpha` of the cases."""
        reach = t_quantile(1 - alpha / 2, self.freedom) * self.error
        return self.difference - reach, self.difference + reach


def test_of_means(a: Moments, b: Moments) -> MeanTest:
    difference = b.mean - a.mean
    if a.n < 2 or b.n < 2:
        return MeanTest(difference, math.inf, 1.0, 1.0)
    of_a, of_b = a.variance_of_mean, b.variance_of_mean
    error = math.sqrt(of_a + of_b)
    freedom = (of_a + of_b) ** 2 / (of_a**2 / (a.n - 1) + of_b**2 / (b.n - 1)) if error else float(a.n + b.n - 2)
    together = (a.wx + b.wx) / (a.w + b.w)
    spread = max((a.wx2 + b.wx2) / (a.w + b.w) - together**2, 0.0)
    shuffled = math.sqrt(spread * (1 / a.effective + 1 / b.effective))
    if not difference or not shuffled:
        return MeanTest(difference, error, freedom, 1.0)
    p = t_chance(abs(difference) / error, freedom) if error else 0.0
    return MeanTest(difference, error, freedom, max(p, 2 * _NORMAL.cdf(-abs(difference) / shuffled)))


def fisher(a_with: int, a_all: int, b_with: int, b_all: int) -> float:
    """Of a table of two by two, its margins fixed: twice the chance of the tail that it lies in."""
    has, everyone = a_with + b_with, a_all + b_all
    if not a_all or not b_all or has in (0, everyone):
        return 1.0
    down = b_with * everyone < has * b_all  # B has fewer than it would
    here = term = math.exp(_choose(a_all, a_with) + _choose(b_all, b_with) - _choose(everyone, has))
    tail, x = here, b_with
    while term > tail * _ENOUGH:
        if down:  # B loses one more to A
            term *= x * (a_all - has + x) / ((has - x + 1) * (b_all - x + 1))
            x -= 1
        else:
            term *= (b_all - x) * (has - x) / ((x + 1) * (a_all - has + x + 1))
            x += 1
        tail += term
    return min(1.0, 2 * tail)


def corrected(chances: Sequence[float]) -> list[float]:
    """Holm's: each as if it were the only one, though so many were looked at."""
    order = sorted(range(len(chances)), key=chances.__getitem__)
    found, least = [1.0] * len(chances), 0.0
    for rank, place in enumerate(order):
        least = max(least, min(1.0, chances[place] * (len(chances) - rank)))
        found[place] = least
    return found


def t_chance(t: float, freedom: float) -> float:
    """That Student's t lies further out than this, on either side."""
    return _beta(freedom / 2, 0.5, freedom / (freedom + t * t))


def t_quantile(level: float, freedom: float) -> float:
    """By Cornish and Fisher's expansion around the normal distribution's: good from about 10 degrees on."""
    z = _NORMAL.inv_cdf(min(level, 1 - 1e-15))
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
    )
    return z + sum(term / max(freedom, 1.0) ** (power + 1) for power, term in enumerate(terms))


def _choose(all: int, some: int) -> float:
    return math.lgamma(all + 1) - math.lgamma(some + 1) - math.lgamma(all - some + 1)


def _beta(a: float, b: float, x: float) -> float:
    """The regularized incomplete beta function, https://dlmf.nist.gov/8.17."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1 - _beta_fraction(b, a, 1 - x)
    return _beta_fraction(a, b, x)


def _beta_fraction(a: float, b: float, x: float) -> float:
    """By Lentz's continued fraction, where it converges quickly."""
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)) / a
    c, d = 1.0, 1 / _away(1 - (a + b) * x / (a + 1))
    fraction = d
    for m in range(1, 300):
        for step in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d, c = 1 / _away(1 + step * d), _away(1 + step / c)
            fraction *= c * d
        if abs(c * d - 1) < 1e-14:
            break
    return front * fraction


def _away(number: float) -> float:
    return number if abs(number) > _TINY else _TINY
