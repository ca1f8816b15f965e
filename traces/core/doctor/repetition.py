"""In: a case. Out: findings about calls made again and again: retries, and one call an item where one would do."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from traces.core.doctor.case import Case
from traces.core.doctor.facts import ADDRESS, RESENT, Told
from traces.core.doctor.finding import Finding
from traces.core.layout import counted
from traces.core.span import Attributes
from traces.core.timescale import duration_text

REPEATED = 5
# Of the parent's time; what takes less isn't worth a change.
WORTHWHILE = 0.1
MOST_FINDINGS = 5


class _Series(NamedTuple):
    """Calls of one operation under one parent, by start."""

    parent: int
    calls: Sequence[int]


def retries(case: Case) -> Iterator[Finding]:
    """The same call again after it failed, until one succeeded or nobody asked any more.

    pay                |==================|
      POST /charges    |===|                  error
      POST /charges          |===|            error
      POST /charges                |====|
    """
    found: dict[int, list[_Series]] = defaultdict(list)
    for calls in case.series:
        if _is_retried(case, calls):
            found[case.operations[calls[0]]].append(_Series(case.parents[calls[0]], calls))
    for several in sorted(found.values(), key=lambda several: -max(len(one.calls) for one in several))[:MOST_FINDINGS]:
        yield _retried(case, several)
    if not found:
        yield from _resent(case)


def repeated_calls(case: Case) -> Iterator[Finding]:
    """One call for each item, none before the last has ended.

    GET /carts/{id}    |==================|
      SELECT prices    |==|
      SELECT prices        |==|
      SELECT prices            |==|
      …
    """
    found: dict[int, list[_Series]] = defaultdict(list)
    for calls in case.series:
        series = _Series(case.parents[calls[0]], calls)
        if len(calls) >= REPEATED and not _is_retried(case, calls) and _is_worthwhile(case, series):
            found[case.operations[calls[0]]].append(series)
    for several in sorted(found.values(), key=lambda several: -_longest(case, several))[:MOST_FINDINGS]:
        yield _repeated(case, several)


def _is_retried(case: Case, calls: Sequence[int]) -> bool:
    """All but the last failed. In a loop over items some of which fail, several succeed."""
    return (
        all(map(case.is_error, calls[:-1]))
        and _one_after_the_other(case, calls)
        and not _differ_in_address(case, calls)
    )


def _differ_in_address(case: Case, calls: Sequence[int]) -> bool:
    """Whether they asked for different things, as far as can be told."""
    nothing = Told()
    return len({_address(case.facts.told.get(call, nothing).attributes) for call in calls}) > 1


def _address(attributes: Attributes) -> str:
    return next((str(attributes[key]) for key in ADDRESS if key in attributes), "")


def _one_after_the_other(case: Case, calls: Sequence[int]) -> bool:
    """Clocks are coarse: a tenth of their time may overlap."""
    overlap_ns, until_ns = 0, case.ends_ns[calls[0]]
    for call in calls[1:]:
        start_ns, end_ns = case.starts_ns[call], case.ends_ns[call]
        overlap_ns += max(min(until_ns, end_ns) - start_ns, 0)
        until_ns = max(until_ns, end_ns)
    return overlap_ns * 10 <= _sum_ns(case, calls)


def _is_worthwhile(case: Case, series: _Series) -> bool:
    told = case.facts.told.get(series.calls[0])
    if told and "messaging.system" in told.attributes:
        return False  # asking a queue again and again is how one reads it
    if not case.is_here(series.parent) or not _one_after_the_other(case, series.calls):
        return False
    together_ns, whole_ns = _sum_ns(case, series.calls), case.durations_ns[series.parent]
    return together_ns > 0 and whole_ns * WORTHWHILE <= together_ns


def _sum_ns(case: Case, calls: Sequence[int]) -> int:
    return sum(case.durations_ns[call] for call in calls)


def _longest(case: Case, several: list[_Series]) -> int:
    return max(_sum_ns(case, one.calls) for one in several)


def _retried(case: Case, several: list[_Series]) -> Finding:
    worst = max(several, key=lambda one: len(one.calls))
    calls = worst.calls
    last = "the last one failed, too" if case.is_error(calls[-1]) else "the last one succeeded"
    span_ns = case.ends_ns[calls[-1]] - case.starts_ns[calls[0]]
    return case.finding(
        "retries",
        [call for one in [worst, *(one for one in several if one is not worst)] for call in one.calls],
        f"{case.title(calls[0])} was called {len(calls):,} times, again after each failure; {last}. "
        f"All attempts took {duration_text(span_ns)}." + _elsewhere_too(several),
        "See why the first attempt failed. An attempt that timed out may still be worked on: what is asked for again "
        "should be safe to do twice, with a pause that grows, and a limit for all attempts together.",
    )


def _resent(case: Case) -> Iterator[Finding]:
    counts = {place: count for place, told in case.facts.told.items() if (count := _resends(told.attributes)) > 0}
    if not counts:
        return
    places = sorted(counts)
    worst = max(places, key=counts.__getitem__)
    yield case.finding(
        "retries",
        places,
        f"{counted(len(places), 'request was', 'requests were')} sent again; {case.title(worst)} is resend "
        f"{counts[worst]:,} of its request.",
        "See why the attempts before failed: a timeout, a lost connection, or a redirect.",
    )


def _resends(attributes: Attributes) -> int:
    for key in RESENT:
        if isinstance(count := attributes.get(key), int) and not isinstance(count, bool):
            return count
    return 0


def _repeated(case: Case, several: list[_Series]) -> Finding:
    worst = max(several, key=lambda one: _sum_ns(case, one.calls))
    calls, parent = worst.calls, worst.parent
    together_ns, whole_ns = _sum_ns(case, calls), case.durations_ns[parent]
    of_it = f", {min(100, round(100 * together_ns / whole_ns))} % of its {duration_text(whole_ns)}" if whole_ns else ""
    return case.finding(
        "repeated_calls",
        [call for one in [worst, *(one for one in several if one is not worst)] for call in one.calls],
        f"{case.title(calls[0])} was called {len(calls):,} times, one after the other, under {case.title(parent)}: "
        f"{duration_text(together_ns)} together{of_it}." + _elsewhere_too(several),
        "Ask for all items at once (one query with IN or a join, a batch request), or make the calls side by side.",
    )


def _elsewhere_too(several: list[_Series]) -> str:
    others = len(several) - 1
    return f" The same under {counted(others, 'other span', 'other spans')}." if others else ""
