"""In: the profiles of two groups. Out: shares of each side's traces, with the chance that they differ by accident."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from traces.core.compare.chances import MeanTest, Moments, fisher, test_of_means, weights_of
from traces.core.compare.profiles import Profile

# Nothing is claimed of a side with fewer traces.
FEWEST = 20


class Shares(NamedTuple):
    """Of each side's traces, how many have something."""

    a: int
    b: int
    a_share: float
    b_share: float
    p: float

    @property
    def difference(self) -> float:
        return self.b_share - self.a_share


class Sides:
    """Both groups as one list, A first; what is said of a trace names its place there."""

    def __init__(self, a: Sequence[Profile], b: Sequence[Profile]) -> None:
        self.a, self.b = a, b
        self.all = [*a, *b]
        self.weights = [profile.weight for profile in self.all]
        self.of_a, self.of_b = weights_of(self.weights[: len(a)]), weights_of(self.weights[len(a) :])
        self._alike = self.of_a.are_equal and self.of_b.are_equal

    def read(self) -> Sides:
        """Without the traces whose spans nobody looked at."""
        return Sides([one for one in self.a if one.is_read], [one for one in self.b if one.is_read])

    def described(self) -> Sides:
        """Only the traces whose attributes are known."""
        return Sides([one for one in self.a if one.is_described], [one for one in self.b if one.is_described])

    @property
    def enough(self) -> bool:
        return min(len(self.a), len(self.b)) >= FEWEST

    @property
    def fewest(self) -> int:
        """What is in fewer traces of both sides together isn't looked at: it can explain little."""
        return max(5, len(self.all) // 100)

    def tells(self, members: Sequence[int]) -> bool:
        """Whether enough traces have it, and enough have not."""
        return self.fewest <= len(members) <= len(self.all) - self.fewest

    def shares(self, members: Sequence[int]) -> Shares:
        """`members` are places, ascending."""
        first_of_b = len(self.a)
        in_a = bisect_left(members, first_of_b)
        a, b = in_a, len(members) - in_a
        if self._alike:
            p = fisher(a, len(self.a), b, len(self.b))
            return Shares(a, b, a / (len(self.a) or 1), b / (len(self.b) or 1), p)
        one, other = (
            about.moments((self.weights[place], 1.0) for place in places)
            for about, places in ((self.of_a, members[:in_a]), (self.of_b, members[in_a:]))
        )
        return Shares(a, b, one.mean, other.mean, test_of_means(one, other).p)

    def means(self, values: Mapping[int, int]) -> tuple[Moments, Moments, MeanTest]:
        """Of a number that is 0 in the places that are left out."""
        first_of_b = len(self.a)
        pairs = [(place < first_of_b, self.weights[place], value) for place, value in values.items()]
        a, b = (
            about.moments((weight, value) for of_a, weight, value in pairs if of_a == is_a)
            for about, is_a in ((self.of_a, True), (self.of_b, False))
        )
        return a, b, test_of_means(a, b)


def by_path(of_traces: Sequence[Mapping[int, int]]) -> dict[int, dict[int, int]]:
    """path -> place of a trace -> number"""
    found: dict[int, dict[int, int]] = {}
    for place, numbers in enumerate(of_traces):
        for path, number in numbers.items():
            if (of_path := found.get(path)) is None:
                found[path] = {place: number}
            else:
                of_path[place] = number
    return found
