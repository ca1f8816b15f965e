"""In: the profiles of two groups. Out: what differs between them, each with whether it is claimed.

All tests of a comparison are corrected together (Holm): where nothing differs, one comparison in twenty claims
anything at most. A claim also needs an interval that leaves out zero, an effect that is worth a word, and 20 traces
on each side.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from traces.core.compare.attributes import Difference as AttributeDifference
from traces.core.compare.attributes import LeftOut, differences_of
from traces.core.compare.chances import ALPHA, corrected
from traces.core.compare.contributions import Contribution, Part, contributions_of
from traces.core.compare.durations import Difference, Distribution, difference_of, distribution_of
from traces.core.compare.profiles import Profile
from traces.core.compare.sides import Shares, Sides
from traces.core.compare.structure import Trait, traits_of
from traces.core.compare.vocabulary import Vocabulary
from traces.core.timescale import MILLISECOND

WORTH_SHARE = 0.05  # of the traces
WORTH_TIME = 0.02  # of the longer mean
WORTH_NS = MILLISECOND // 10


class Whole(NamedTuple):
    """What is claimed of all traces together."""

    slower: bool
    failing: bool
    low_ns: float  # of the difference of the means, corrected like all
    high_ns: float
    p_value: float
    errors: Shares
    errors_p_value: float


class Comparison(NamedTuple):
    """Each list with what is claimed first, and then what differs most; what isn't claimed may be chance."""

    vocabulary: Vocabulary
    sides: Sides
    durations: Difference
    whole: Whole
    contributions: Sequence[Contribution]
    traits: Sequence[Trait]
    attributes: Sequence[AttributeDifference]
    left_out: LeftOut
    tests: int

    @property
    def claims(self) -> int:
        rows = [*(row.claimed for row in self.contributions), *(one.claimed for one in self.traits)]
        return sum((self.whole.slower, self.whole.failing, *rows, *(one.claimed for one in self.attributes)))


def compare(a: Sequence[Profile], b: Sequence[Profile], vocabulary: Vocabulary) -> Comparison:
    """Profiles made with this vocabulary. About linear in what they hold."""
    sides = Sides(a, b)
    durations = difference_of(*(_distribution(profiles) for profiles in (a, b)))
    rows = contributions_of(sides, vocabulary.steps)
    read, described = sides.read(), sides.described()
    traits = traits_of(read, vocabulary.steps, exceptions=False)
    traits += traits_of(described, vocabulary.steps, exceptions=True)
    found, left_out = differences_of(described, vocabulary.facts)
    errors = sides.shares([place for place, profile in enumerate(sides.all) if profile.has_error])
    chances = [durations.mean.p, errors.p, *(row.test.p for row in rows)]
    chances += [*(one.shares.p for one in traits), *(one.shares.p for one in found)]
    values = iter(corrected(chances))
    alpha = ALPHA / max(len(chances), 1)
    worth_ns = max(WORTH_TIME * max(durations.a.mean_ns, durations.b.mean_ns), WORTH_NS)
    whole = _whole(sides, durations, errors, (next(values), next(values)), alpha, worth_ns)
    rows = [_judged(row, next(values), alpha, worth_ns, sides) for row in rows]
    traits = [
        one._replace(p_value=p, claimed=_is_claimed(one.shares, p, read))
        for one, p in zip(traits, values, strict=False)
    ]
    found = [
        one._replace(p_value=p, claimed=_is_claimed(one.shares, p, described))
        for one, p in zip(found, values, strict=False)
    ]
    return Comparison(
        vocabulary,
        sides,
        durations,
        whole,
        sorted(rows, key=lambda row: (row.part == Part.ALONE, not row.claimed, -abs(row.delta_mean_ns))),
        sorted(traits, key=lambda one: (not one.claimed, -abs(one.shares.difference))),
        sorted(found, key=lambda one: (not one.claimed, one.role, -abs(one.shares.difference))),
        left_out,
        len(chances),
    )


def _distribution(profiles: Sequence[Profile]) -> Distribution:
    return distribution_of(
        [profile.duration_ns for profile in profiles],
        [profile.has_error for profile in profiles],
        [profile.weight for profile in profiles],
    )


def _whole(
    sides: Sides,
    durations: Difference,
    errors: Shares,
    chances: tuple[float, float],
    alpha: float,
    worth_ns: float,
) -> Whole:
    mean, (p_mean, p_errors) = durations.mean, chances
    low_ns, high_ns = mean.interval(alpha)
    slower = sides.enough and p_mean < ALPHA and not low_ns <= 0 <= high_ns and abs(mean.difference) >= worth_ns
    return Whole(slower, _is_claimed(errors, p_errors, sides), low_ns, high_ns, p_mean, errors, p_errors)


def _judged(row: Contribution, p: float, alpha: float, worth_ns: float, sides: Sides) -> Contribution:
    low_ns, high_ns = row.test.interval(alpha)
    told = row.part == Part.OPERATION and sides.enough and p < ALPHA and not low_ns <= 0 <= high_ns
    return row._replace(low_ns=low_ns, high_ns=high_ns, p_value=p, claimed=told and abs(row.delta_mean_ns) >= worth_ns)


def _is_claimed(shares: Shares, p: float, sides: Sides) -> bool:
    return sides.enough and p < ALPHA and abs(shares.difference) >= WORTH_SHARE
