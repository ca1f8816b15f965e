"""In: a case. Out: findings about calls whose context got lost, so that their server side is in another trace."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator

from traces.core.doctor.calls import MOST_CALLS, MOST_SHOWN
from traces.core.doctor.case import NOWHERE, Case
from traces.core.doctor.finding import Finding
from traces.core.doctor.structure import SETTLED_NS
from traces.core.layout import counted
from traces.core.printable import printable


def broken_propagation(case: Case) -> Iterator[Finding]:
    age_ns = case.facts.age_ns
    may_come = age_ns is not None and age_ns < SETTLED_NS
    by_service: dict[str, list[int]] = {}
    arrived = _orphans(case)
    for place, answer in sorted(case.facts.answers.items()):
        if _has_arrived(case, place, arrived.get(answer.service, [])):
            continue  # what is missing is between the two: a missing parent
        if answer.elsewhere or not may_come:
            by_service.setdefault(answer.service, []).append(place)
    for service, places in by_service.items():
        yield _finding(case, service, places)


def _orphans(case: Case) -> dict[str, list[int]]:
    """Starts of the spans without their parent, by service."""
    found: dict[str, list[int]] = {}
    if case.facts.answers and case.trace.missing_parents:
        for place, parent in enumerate(case.parents):
            if parent != NOWHERE and not case.is_here(parent):
                found.setdefault(case.operation(place).service, []).append(case.starts_ns[place])
    return {service: sorted(starts_ns) for service, starts_ns in found.items()}


def _has_arrived(case: Case, place: int, starts_ns: list[int]) -> bool:
    """Whether one of these lies within the call."""
    at = bisect_left(starts_ns, case.starts_ns[place])
    return at < len(starts_ns) and starts_ns[at] <= case.ends_ns[place]


def _finding(case: Case, service: str, places: list[int]) -> Finding:
    answers = [case.facts.answers[place] for place in places]
    elsewhere = tuple(dict.fromkeys(one for answer in answers for one in answer.elsewhere))
    key = next((answer.shared_key for answer in answers if answer.shared_key), "")
    least = "At least " if len(case.facts.answers) == MOST_CALLS else ""
    by = f"it has the same {printable(key)}" if key else "the same path, at the same time"
    what = (
        f" {'Another trace looks' if len(elsewhere) == 1 else f'{len(elsewhere):,} other traces look'} like "
        f"{'its' if len(places) == 1 else 'their'} continuation: {by}."
        if elsewhere
        else f" {printable(service)} does send spans here."
    )
    return case.finding(
        "broken_propagation",
        places,
        f"{least}{counted(len(places), 'call', 'calls')} to {printable(service)} "
        f"{'has' if len(places) == 1 else 'have'} no server side in this trace: {case.title(places[0])}.{what}",
        "The context gets lost on the way. Check that the client sends the traceparent header (its HTTP or RPC "
        "library is instrumented, and nothing in between removes headers), and that the server reads it "
        "(both with the same OTEL_PROPAGATORS).",
        elsewhere[:MOST_SHOWN],
    )
