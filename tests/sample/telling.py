"""In: what the SDK ended. Out: our own spans by trace, without a server between them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from opentelemetry.sdk.trace import ReadableSpan

from traces.core.span import UNKNOWN_SERVICE, Kind, Resource, Span, Status


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
                resource=Resource(dict(span.resource.attributes)),
            )
        )
    return list(traces.values())
