"""In: what the SDK ended. Out: our own spans by trace, without a server between them; and what compares them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from opentelemetry.sdk.trace import ReadableSpan

from traces.core import compare
from traces.core.compare import Profile, Vocabulary
from traces.core.span import UNKNOWN_SERVICE, Event, Kind, Resource, Span, Status
from traces.core.tree import build_trace


def traces_of(ended: Iterable[ReadableSpan]) -> list[list[Span]]:
    """With the fields that a tree and its analyses need, and attributes; in the order of each trace's first span."""
    traces: dict[bytes, list[Span]] = defaultdict(list)
    for span in ended:
        assert span.context
        assert span.start_time is not None
        assert span.end_time is not None
        traces[span.context.trace_id.to_bytes(16)].append(
            Span(
                span.context.trace_id.to_bytes(16),
                span.context.span_id.to_bytes(8),
                span.parent.span_id.to_bytes(8) if span.parent else None,
                span.start_time,
                span.end_time - span.start_time,
                str(span.resource.attributes.get("service.name", UNKNOWN_SERVICE)),
                span.name,
                Kind[span.kind.name],
                Status[span.status.status_code.name],
                attributes=dict(span.attributes or {}),
                events=tuple(Event(event.timestamp, event.name, dict(event.attributes or {})) for event in span.events),
                resource=Resource(dict(span.resource.attributes)),
            )
        )
    return list(traces.values())


def profile_of(vocabulary: Vocabulary, spans: Iterable[Span], *, weight: float = 1.0) -> Profile:
    """As the queries make it of stored spans."""
    kept, facts, thrown = list(spans), list[int](), list[tuple[str, str]]()
    for span in kept:
        scope = "root" if span.parent_span_id is None else "span"
        facts += [vocabulary.fact(scope, key, value) for key, value in span.attributes.items()]
        facts += [vocabulary.fact("resource", key, value) for key, value in span.resource.attributes.items()]
        types = [event.attributes.get("exception.type") for event in span.events if event.name == "exception"]
        thrown += [(span.service, str(type)) for type in types]
    return compare.profile_of(build_trace(kept), vocabulary, weight=weight, facts=facts, thrown=thrown)
