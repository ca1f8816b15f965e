"""In: a case. Out: findings about what was left out on the way: by limits of the sender, by ours, by sampling."""

from __future__ import annotations

from collections.abc import Iterator

from traces.core.doctor.case import Case
from traces.core.doctor.finding import Finding
from traces.core.doctor.timing import NEGATIVE
from traces.core.layout import counted
from traces.core.printable import printable
from traces.core.sampling import weight


def dropped(case: Case) -> Iterator[Finding]:
    lost = {place: told.dropped for place, told in case.facts.told.items() if any(told.dropped)}
    if not lost:
        return
    places = sorted(lost, key=lambda place: (-sum(lost[place]), place))
    attributes, events, links = (sum(column) for column in zip(*lost.values(), strict=True))
    parts = [
        counted(attributes, "attribute", "attributes") if attributes else "",
        counted(events, "event", "events") if events else "",
        counted(links, "link", "links") if links else "",
    ]
    yield case.finding(
        "dropped",
        places,
        f"{counted(len(lost), 'span', 'spans')} lost {', '.join(part for part in parts if part)} to a limit; "
        f"{case.title(places[0])} lost most.",
        "Raise the limit in the program (OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT, OTEL_SPAN_EVENT_COUNT_LIMIT, "
        "OTEL_SPAN_LINK_COUNT_LIMIT), or record less. For thousands of events, logs are the better place.",
    )


def cut(case: Case) -> Iterator[Finding]:
    notes = {
        place: note
        for place, told in case.facts.told.items()
        for note in [note for note in told.notes if not note.startswith(NEGATIVE)][:1]
    }
    if notes:
        first = min(notes)
        yield case.finding(
            "cut",
            sorted(notes),
            f"{counted(len(notes), 'span was', 'spans were')} changed on the way in: "
            f"{case.title(first)}: {printable(notes[first])}.",
            "Each span's panel says what was changed. The limits are settings of this server.",
        )


def sampled(case: Case) -> Iterator[Finding]:
    weights = {place: found for place, told in case.facts.told.items() if (found := weight(told.trace_state)) > 1}
    if not weights:
        return
    # Of several samplers the strictest decided whether the trace is whole.
    heaviest = max(weights.values())
    yield case.finding(
        "sampled",
        [],
        f"The trace is a sample: {_percent(100 / heaviest)} % of such traces were kept (tracestate ot=th), "
        f"so it stands for about {heaviest:,.3g} of them.",
        "Nothing is wrong with that. Counts over all traces take it into account.",
    )


def _percent(share: float) -> str:
    return f"{share:.3g}" if share >= 0.001 else "under 0.001"
