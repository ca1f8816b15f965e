"""In: two sides. Out: by path, the time that requests waited for it, in sums that add up to those of the durations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from traces.core.compare.chances import MeanTest
from traces.core.compare.profiles import UNEXPLAINED
from traces.core.compare.sides import Sides, by_path
from traces.core.compare.vocabulary import Step

MOST = 60
LEAST_SHARE = 0.005  # of all time, both sides together: what takes less goes into the row for the rest


class Part(StrEnum):
    OPERATION = "operation"
    REST = "rest"
    UNEXPLAINED = "unexplained"  # spans that weren't read, durations without a root here
    ALONE = "asynchronous"  # nobody waited for it: beside the sums


class Rates(NamedTuple):
    """How many a trace has on average."""

    a_calls: float
    b_calls: float
    a_errors: float
    b_errors: float
    a_retries: float
    b_retries: float


class Contribution(NamedTuple):
    """A row."""

    part: Part
    path: int | None
    a_sum_ns: int
    b_sum_ns: int
    test: MeanTest  # of the means a trace
    rates: Rates
    operations: int  # how many paths the row stands for
    low_ns: float = 0.0
    high_ns: float = 0.0
    p_value: float = 1.0  # corrected
    claimed: bool = False

    @property
    def delta_mean_ns(self) -> float:
        return self.test.difference


class _Counts(NamedTuple):
    calls: Mapping[int, Mapping[int, int]]
    errors: Mapping[int, Mapping[int, int]]
    retries: Mapping[int, Mapping[int, int]]


def contributions_of(sides: Sides, steps: Sequence[Step]) -> list[Contribution]:
    """In no order; the rest, what is unexplained and what ran beside last, where there is any."""
    waited = by_path([profile.waited_ns for profile in sides.all])
    counts = _Counts(
        by_path([profile.calls for profile in sides.all]),
        by_path([profile.errors for profile in sides.all]),
        by_path([profile.retries for profile in sides.all]),
    )
    shown = _shown(sides, waited)
    rows = [_row(sides, Part.OPERATION, [path], waited, counts) for path in shown]
    rest = [path for path in waited if path not in shown and path != UNEXPLAINED]
    if rest:
        rows.append(_row(sides, Part.REST, rest, waited, counts))
    if UNEXPLAINED in waited:
        rows.append(_row(sides, Part.UNEXPLAINED, [UNEXPLAINED], waited, counts))
    return rows + _alone(sides, steps, counts)


def _shown(sides: Sides, waited: Mapping[int, Mapping[int, int]]) -> set[int]:
    """By how much time both sides have together, so that the choice favours none."""
    sums = {path: sum(of.values()) for path, of in waited.items() if path >= 0 and len(of) >= sides.fewest}
    least = LEAST_SHARE * sum(profile.duration_ns for profile in sides.all)
    largest = sorted((path for path, total in sums.items() if total > least), key=lambda path: -sums[path])
    return set(largest[:MOST])


def _row(
    sides: Sides, part: Part, paths: Sequence[int], waited: Mapping[int, Mapping[int, int]], counts: _Counts
) -> Contribution:
    times_ns = _together(waited, paths)
    first_of_b = len(sides.a)
    in_a = sum(ns for place, ns in times_ns.items() if place < first_of_b)
    return Contribution(
        part,
        paths[0] if part == Part.OPERATION else None,
        in_a,
        sum(times_ns.values()) - in_a,
        sides.means(times_ns)[2],
        _rates(sides, counts, paths),
        len(paths),
    )


def _alone(sides: Sides, steps: Sequence[Step], counts: _Counts) -> list[Contribution]:
    """Nobody waited for it, so it has no part in the sums; `test` is of its own durations."""
    alone_ns = {place: profile.alone_ns for place, profile in enumerate(sides.all) if profile.alone_ns}
    paths = [path for path in counts.calls if path >= 0 and steps[path].is_left_alone]
    if not paths:
        return []
    test = sides.means(alone_ns)[2]
    return [Contribution(Part.ALONE, None, 0, 0, test, _rates(sides, counts, paths), len(paths))]


def _rates(sides: Sides, counts: _Counts, paths: Sequence[int]) -> Rates:
    rates: list[float] = []
    for of_traces in counts:
        a, b, _ = sides.means(_together(of_traces, paths))
        rates += [a.mean, b.mean]
    return Rates(*rates)


def _together(of_traces: Mapping[int, Mapping[int, int]], paths: Iterable[int]) -> Mapping[int, int]:
    found = [of_traces[path] for path in paths if path in of_traces]
    if len(found) == 1:
        return found[0]
    total: dict[int, int] = {}
    for numbers in found:
        for place, number in numbers.items():
            total[place] = total.get(place, 0) + number
    return total
