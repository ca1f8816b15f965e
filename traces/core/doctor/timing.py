"""In: a case. Out: findings about times that can't be right, and spans too short to say anything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from traces.core.doctor.case import NOWHERE, Case
from traces.core.doctor.finding import Finding
from traces.core.layout import counted
from traces.core.timescale import MICROSECOND, MILLISECOND, duration_text

# What intake notes at a span begins so.
NEGATIVE = "ended before it started"
TINY_NS = 100 * MICROSECOND
FLOOD, FLOOD_SHARE = 500, 0.2
ZEROS, ZERO_SHARE = 10, 0.2


def negative_durations(case: Case) -> Iterator[Finding]:
    places = sorted(place for place, told in case.facts.told.items() if any(n.startswith(NEGATIVE) for n in told.notes))
    if places:
        yield case.finding(
            "negative_duration",
            places,
            f"{counted(len(places), 'span', 'spans')} ended before starting, by what was sent, and "
            f"{'is' if len(places) == 1 else 'are'} shown with no duration: {_first(case, places)}.",
            "The clock was set back meanwhile, or start and end come from two clocks. "
            "Take the duration from a monotonic clock, as the OpenTelemetry SDKs do.",
        )


def unended(case: Case) -> Iterator[Finding]:
    """No duration at all, though work of the same process was done under it."""
    lasting = {
        case.parents[place]
        for place, duration_ns in enumerate(case.durations_ns)
        if duration_ns >= MILLISECOND and case.parents[place] != NOWHERE and not case.durations_ns[case.parents[place]]
        and case.in_one_process(place)
    }  # fmt: skip
    places = sorted(lasting - _negative(case))
    if places:
        yield case.finding(
            "unended",
            places,
            f"{counted(len(places), 'span has', 'spans have')} no duration, though the work below took time: "
            f"{_first(case, places)}. As far as can be told, nobody ended it when its work was done.",
            "End the span after its work, also when that is asynchronous or throws: in a finally, or by a with.",
        )


def outlives_parent(case: Case) -> Iterator[Finding]:
    """Long after its parent's end, and by the same clock.

    POST /cart/items    |========|
      track             |==================|
    """
    parents, ends_ns = case.parents, case.ends_ns
    late = [p for p, parent in enumerate(parents) if parent != NOWHERE and ends_ns[p] > ends_ns[parent]]
    places = [place for place in late if case.in_one_process(place) and _is_long_after(case, place)]
    if not places:
        return
    longest = max(places, key=lambda place: ends_ns[place] - ends_ns[parents[place]])
    over_ns = ends_ns[longest] - ends_ns[parents[longest]]
    others = counted(len(places) - 1, "other span outlives its parent", "other spans outlive their parents")
    more = f"; {others}, too" if len(places) > 1 else ""
    yield case.finding(
        "outlives_parent",
        [longest, *(place for place in places if place != longest)],
        f"{case.title(longest)} goes on for {duration_text(over_ns)} after {case.title(parents[longest])}, its parent "
        f"in the same service, has ended{more}.",
        "If nobody should wait for it, this is fine; a span of its own trace, with a link, would say so. "
        "If its result was needed, an await or a join is missing, or the parent is ended too early.",
    )


def tiny_spans(case: Case) -> Iterator[Finding]:
    """Most of them much shorter than what a span costs to look at."""
    durations_ns, counts = case.durations_ns, Counter(case.operations)
    floods = {operation: count for operation, count in counts.items() if count >= FLOOD}
    if not floods:
        return
    tiny = Counter(operation for operation, ns in zip(case.operations, durations_ns, strict=True) if 0 < ns < TINY_NS)
    for operation, count in sorted(floods.items(), key=lambda item: -item[1]):
        if tiny[operation] < 0.9 * count or count < FLOOD_SHARE * len(case.parents):
            continue
        places = [place for place, one in enumerate(case.operations) if one == operation]
        together_ns = sum(durations_ns[place] for place in places)
        yield case.finding(
            "tiny_spans",
            places,
            f"{count:,} of {case.trace.span_count:,} spans are {case.title(places[0])}, nearly all shorter than "
            f"{duration_text(TINY_NS)}: {duration_text(together_ns)} together.",
            "Make one span of the loop, with the number of rounds as an attribute, or count them in a metric.",
        )


def zero_lengths(case: Case) -> Iterator[Finding]:
    if case.durations_ns.count(0) < ZEROS:
        return
    negative = _negative(case)
    places = [p for p, ns in enumerate(case.durations_ns) if not ns and case.is_here(p) and p not in negative]
    if len(places) >= max(ZEROS, ZERO_SHARE * case.trace.span_count):
        yield case.finding(
            "zero_lengths",
            places,
            f"{len(places):,} of {case.trace.span_count:,} spans have no duration, {case.title(places[0])} among them.",
            "Their clock is too coarse, or they are moments rather than work: "
            "take a clock with microseconds, or make them events of the span around them.",
        )


def _first(case: Case, places: list[int]) -> str:
    return case.title(places[0]) + (f" and {len(places) - 1:,} more" if len(places) > 1 else "")


def _negative(case: Case) -> set[int]:
    return {place for place, told in case.facts.told.items() if any(n.startswith(NEGATIVE) for n in told.notes)}


def _is_long_after(case: Case, place: int) -> bool:
    """Beyond what rounding explains. A parent without any duration is another finding."""
    parent = case.parents[place]
    whole_ns = case.durations_ns[parent]
    return whole_ns > 0 and case.ends_ns[place] - case.ends_ns[parent] > max(2 * MILLISECOND, whole_ns // 20)
