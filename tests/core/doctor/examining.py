"""In: spans of a drawing. Out: what the doctor says of them, everything read as from the database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from tests.core.drawing import span_id
from traces.core.doctor import Finding, examine
from traces.core.doctor.facts import Answer, Facts, Told
from traces.core.span import Kind, Span, Status
from traces.core.timescale import SECOND
from traces.core.trace import Trace
from traces.core.tree import build_trace

LONG_AGO_NS = 3_600 * SECOND


def told_of(trace: Trace, spans: Iterable[Span]) -> dict[int, Told]:
    by_key = {(span.span_id, span.start_ns, span.service): span for span in spans}
    told = {}
    for place, node in enumerate(trace.nodes):
        if node.span:
            span = by_key[node.span.span_id, node.span.start_ns, node.span.service]
            told[place] = Told(
                span.attributes,
                True,
                span.status_message,
                tuple(event.attributes for event in span.events if event.attributes),
                (span.dropped_attributes, span.dropped_events, span.dropped_links),
                span.notes,
                span.trace_state,
            )
    return told


def examined(
    spans: Sequence[Span], *, answers: Mapping[str, Answer] | None = None, age_ns: int = LONG_AGO_NS
) -> list[Finding]:
    """`answers` by the name of the call's span."""
    trace = build_trace(spans)
    places = {trace.place_of(span_id(name)): answer for name, answer in (answers or {}).items()}
    known = {place: answer for place, answer in places.items() if place is not None}
    return examine(trace, Facts(told_of(trace, spans), known, age_ns))


def codes(spans: Sequence[Span], **known: object) -> list[str]:
    return [finding.code for finding in examined(spans, **known)]  # type: ignore[arg-type]


def found(code: str, spans: Sequence[Span], **known: object) -> Finding:
    """The one finding with this code."""
    (finding,) = (one for one in examined(spans, **known) if one.code == code)  # type: ignore[arg-type]
    return finding


def names_of(finding: Finding) -> list[str]:
    return [span_id.decode().strip("_") for span_id in finding.span_ids]


def changed(spans: Iterable[Span], **changes: Mapping[str, object]) -> list[Span]:
    """Spans whose names begin with a word are changed: `changed(spans, call={"kind": Kind.CLIENT})`."""
    made = []
    for span in spans:
        for word, fields in changes.items():
            if span.name.split()[0] == word:
                span = span._replace(**fields)  # type: ignore[arg-type]
        made.append(span)
    return made


FAILED: dict[str, object] = {"kind": Kind.CLIENT, "status": Status.ERROR, "status_message": "refused"}
