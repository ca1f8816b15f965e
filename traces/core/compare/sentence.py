"""In: a comparison. Out: what it comes to, in a sentence that names the cause first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from traces.core.compare.attributes import Difference as AttributeDifference
from traces.core.compare.comparison import Comparison
from traces.core.compare.contributions import Contribution
from traces.core.compare.durations import Difference, Interval
from traces.core.compare.roles import Role
from traces.core.compare.sides import FEWEST
from traces.core.compare.structure import Kind, Trait
from traces.core.compare.words import calls_text, operation_text, shares_text, trait_text
from traces.core.printable import printable
from traces.core.timescale import duration_text

MOST_PLACES = 2
LONGEST = 100  # characters of an attribute
ENOUGH_SHARE = 0.8  # of the difference: then no further place is named


def sentence_of(comparison: Comparison) -> str:
    """Nothing but claims; where there is none it says so."""
    few = too_few(comparison.durations)
    if few:
        return few
    lead, causes = _lead(comparison), [*_places(comparison), *_others(comparison)]
    if not lead and not causes:
        return (
            f"Nothing tells A from B beyond chance: {_traces(comparison.durations)}, "
            f"on average {_mean(comparison.durations.a.mean_ns)} and {_mean(comparison.durations.b.mean_ns)}."
        )
    if not lead:
        means = f"{_mean(comparison.durations.a.mean_ns)} in A and {_mean(comparison.durations.b.mean_ns)} in B"
        lead = f"On average {means}, which may be chance"
    return f"{lead}{': ' if causes else ''}{'; '.join(causes)}."


def too_few(durations: Difference) -> str:
    """Empty where there are enough to compare."""
    a, b = durations.a.traces, durations.b.traces
    if min(a, b) >= FEWEST:
        return ""
    return f"Too few traces to tell anything: {a:,} in A and {b:,} in B; {FEWEST} of each are needed."


def lead_of(durations: Difference, *, claimed: bool) -> str:
    """`B is 640 ms slower on average (p50 198 ms → 812 ms)`; empty where that may be chance."""
    if not claimed or not durations.percentiles:
        return ""
    by_ns = round(durations.mean.difference)
    word = "slower" if by_ns > 0 else "faster"
    shown = _telling(durations.percentiles, slower=by_ns > 0)
    places = f"p{shown.percent} {duration_text(shown.a_ns)} → {duration_text(shown.b_ns)}"
    return f"B is {duration_text(abs(by_ns))} {word} on average ({places})"


def _telling(percentiles: Sequence[Interval], *, slower: bool) -> Interval:
    """The median, unless it shows nothing and a higher percentile does."""
    for one in percentiles:
        if one.low_ns is not None and one.high_ns is not None and (one.low_ns > 0 if slower else one.high_ns < 0):
            return one
    return percentiles[0]


def _lead(comparison: Comparison) -> str:
    return lead_of(comparison.durations, claimed=comparison.whole.slower)


def _places(comparison: Comparison) -> list[str]:
    """Where the time goes, of what goes the same way as the whole."""
    whole_ns, said, reached = comparison.durations.mean.difference, list[str](), 0.0
    for row in comparison.contributions:
        if not row.claimed or len(said) == MOST_PLACES or reached >= ENOUGH_SHARE * abs(whole_ns):
            continue
        if comparison.whole.slower and (row.delta_mean_ns > 0) != (whole_ns > 0):
            continue
        reached += abs(row.delta_mean_ns)
        said.append(_place(comparison, row, is_first=not said))
    return said


def _place(comparison: Comparison, row: Contribution, *, is_first: bool) -> str:
    by_ns = round(row.delta_mean_ns)
    where = operation_text(comparison, row)
    if comparison.whole.slower:
        time = f"{duration_text(abs(by_ns))}{' of it' if is_first else ''} in {where}"
    else:
        time = f"{duration_text(abs(by_ns))} {'more' if by_ns > 0 else 'less'} in {where}"
    around = _retried_below(comparison, row)
    return ", ".join(part for part in (time, calls_text(row), around and f"between attempts of {around}") if part)


def _retried_below(comparison: Comparison, row: Contribution) -> str:
    """What a span waits before it calls again is its own time; the name of the call says more."""
    steps = comparison.vocabulary.steps
    found = (
        steps[one.path].name
        for one in comparison.traits
        if one.claimed and one.kind == Kind.RETRIED and one.path is not None and steps[one.path].parent == row.path
    )
    return printable(next(found, "")) if row.path is not None else ""


def _others(comparison: Comparison) -> list[str]:
    """What happens on one side, what fails, and what is different about its traces: one each."""
    said = []
    named = {row.path for row in comparison.contributions if row.claimed and calls_text(row)}
    told = [one for one in comparison.traits if one.claimed and one.kind in _TOLD and _goes_along(comparison, one)]
    trait = next((one for one in told if one.kind != Kind.REPEATED or one.path not in named), None)
    if trait:
        said.append(f"{shares_text(trait.shares)} {trait_text(trait)}")
    elif comparison.whole.failing:
        said.append(f"{shares_text(comparison.whole.errors)} an error")
    if best := best_attribute(comparison.attributes):
        said.append(f"{shares_text(best.shares)} {_cut(printable(best.text))}")
    return said


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _goes_along(comparison: Comparison, trait: Trait) -> bool:
    """What the quicker side has more of doesn't make the other slow."""
    if not comparison.whole.slower:
        return True
    return (trait.shares.difference > 0) == (comparison.durations.mean.difference > 0)


_TOLD = (Kind.RETRIED, Kind.REPEATED, Kind.EXCEPTION)


def best_attribute(found: Iterable[AttributeDifference]) -> AttributeDifference | None:
    """Of what is claimed, the first that may have led to the difference, or at least tells which calls they were."""
    return next((one for one in found if one.claimed and one.role != Role.OUTCOME and one.op != "absent"), None)


def _traces(durations: Difference) -> str:
    return f"{durations.a.traces:,} against {durations.b.traces:,} traces"


def _mean(mean_ns: float) -> str:
    return duration_text(round(mean_ns))
