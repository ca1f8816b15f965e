"""In: a case. Out: findings about the tree: what is missing in it, and what can't be right in it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from traces.core.columns import STAND_IN
from traces.core.doctor.case import NOWHERE, Case
from traces.core.doctor.finding import Finding
from traces.core.layout import counted
from traces.core.printable import printable
from traces.core.span import Kind
from traces.core.timescale import SECOND, duration_text
from traces.core.trace import CYCLE, OWN_PARENT, SHARED_ID

# Programs send spans every few seconds; who waits for a retry takes longer.
SETTLED_NS = 60 * SECOND
_PAIRS = ({Kind.CLIENT, Kind.SERVER}, {Kind.PRODUCER, Kind.CONSUMER})


def missing_parents(case: Case) -> Iterator[Finding]:
    trace = case.trace
    if not trace.missing_parents:
        return
    orphans = [p for p, parent in enumerate(case.parents) if parent != NOWHERE and not case.is_here(parent)]
    services = sorted({case.operation(place).service for place in orphans})
    of = _some([printable(service) for service in services])
    if not _has_root(case) and trace.missing_parents == 1:
        yield case.finding(
            "no_root",
            orphans,
            f"The root span isn't here: {counted(len(orphans), 'span', 'spans')} of {of} name it as their parent. "
            "How long the whole request took is not known.",
            "Check that whoever calls it sends its spans here. If it is a proxy, a browser or another team's "
            "program that doesn't, let the first of your own begin the trace.",
        )
        return
    yield case.finding(
        "missing_parent",
        orphans,
        f"{counted(len(orphans), 'span names', 'spans name')} a parent that isn't here "
        f"({counted(trace.missing_parents, 'span is', 'spans are')} missing), all of them of {of}.",
        "Something between the caller and this service makes a span and doesn't send it: a proxy, a gateway or a mesh "
        "whose traces go elsewhere, or a program that ended before its last spans were sent. "
        "Let it export here, or pass on the context it was given.",
    )


def several_roots(case: Case) -> Iterator[Finding]:
    roots = [p for p, depth in enumerate(case.trace.depths) if not depth and case.is_here(p)]
    roots = [place for place in roots if case.trace.notes.get(place) not in (CYCLE, OWN_PARENT)]
    if len(roots) < 2:
        return
    yield case.finding(
        "several_roots",
        roots,
        f"The trace has {len(roots):,} roots. Its duration is that of the earliest, {case.title(roots[0])}; "
        "nothing says how the others hang together with it.",
        "Work that goes on after a request belongs under the span that started it: hand the context over to the "
        "thread, the task or the message. What doesn't belong to it should begin a trace of its own, with a link.",
    )


def cycles(case: Case) -> Iterator[Finding]:
    places = [place for place, note in case.trace.notes.items() if note in (CYCLE, OWN_PARENT)]
    if places:
        yield case.finding(
            "cycle",
            sorted(places),
            f"{counted(len(places), 'chain of parents leads', 'chains of parents lead')} round in a circle, "
            f"cut at {case.title(min(places))}.",
            "Span ids are made twice, or a parent id is set by hand. Each span's id should be random, "
            "and its parent the span that was current when it began.",
        )


def shared_ids(case: Case) -> Iterator[Finding]:
    """Not the two sides of one call, which share their id with Zipkin."""
    groups: dict[int, list[int]] = defaultdict(list)
    for place, note in case.trace.notes.items():
        if note == SHARED_ID:
            groups[case.trace.columns.span_ids[case.trace.order[place]]].append(place)
    wrong = {span_id: places for span_id, places in groups.items() if not _is_pair(case, places)}
    if wrong:
        places = sorted(place for places in wrong.values() for place in places)
        yield case.finding(
            "shared_id",
            places,
            f"{counted(len(wrong), 'span id is', 'span ids are')} carried by several spans, "
            f"{case.title(places[0])} among them. What hangs under it may hang under the wrong one.",
            "Span ids have to be random. A process that was forked, or a snapshot of a machine that was resumed, goes "
            "on with the same random numbers: seed the generator anew.",
        )


def still_arriving(case: Case) -> Iterator[Finding]:
    age_ns = case.facts.age_ns
    if age_ns is None or not 0 <= age_ns < SETTLED_NS or not case.trace.span_count:
        return
    if case.trace.missing_parents or not _has_root(case):
        yield case.finding(
            "still_arriving",
            [],
            f"The trace may still be arriving: its latest span ended {duration_text(age_ns // SECOND * SECOND)} ago, "
            "and not all parents are here.",
            "Load the page again in a minute. What is missing then, wasn't sent.",
        )


def _has_root(case: Case) -> bool:
    depths, operations = case.trace.depths, case.operations
    return any(not depth and operation != STAND_IN for depth, operation in zip(depths, operations, strict=True))


def _is_pair(case: Case, places: list[int]) -> bool:
    kinds: Mapping[int, int] = {case.operation(place).kind: place for place in places}
    return len(places) == 2 and set(kinds) in _PAIRS


def _some(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3:,} more" if len(names) > 3 else "")
