"""Spans -> an OTLP ExportTraceServiceRequest in JSON, which `otlp_json.decode` reads back as the same spans.

https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding. What was changed on the way in stays changed, and
that it was is not said: OTLP has no place for it.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from traces.core.span import Attributes, Event, Link, Span
from traces.core.values import key_from_text, to_python

Json = dict[str, Any]
MOST_AT_ONCE = 500
_json = json.JSONEncoder(separators=(",", ":")).encode


def encode(spans: Iterable[Span]) -> Iterator[str]:
    """Pieces of text, one for some hundreds of spans; of these, those with one resource and scope come together."""
    rest = iter(spans)
    yield '{"resourceSpans": ['
    separator = "\n"
    while some := list(islice(rest, MOST_AT_ONCE)):
        yield separator + ",\n".join(_json(_resource_spans(group)) for group in _groups(some))
        separator = ",\n"
    yield "\n]}\n"


def _groups(spans: Iterable[Span]) -> Iterable[list[Span]]:
    """By identity: spans that are read together share the records they have in common."""
    groups: dict[tuple[int, int], list[Span]] = {}
    for span in spans:
        groups.setdefault((id(span.resource), id(span.scope)), []).append(span)
    return groups.values()


def _resource_spans(spans: list[Span]) -> Json:
    """Of spans that share resource and scope."""
    resource, scope = spans[0].resource, spans[0].scope
    own = {"attributes": _attributes(resource.attributes), "droppedAttributesCount": resource.dropped_attributes}
    library = {
        "name": scope.name,
        "version": scope.version,
        "attributes": _attributes(scope.attributes),
        "droppedAttributesCount": scope.dropped_attributes,
    }
    part = {"scope": _said(library), "spans": list(map(_span, spans)), "schemaUrl": scope.schema_url}
    return _said({"resource": _said(own), "scopeSpans": [_said(part)], "schemaUrl": resource.schema_url})


def _span(span: Span) -> Json:
    kept = {
        "traceState": span.trace_state,
        "parentSpanId": span.parent_span_id.hex() if span.parent_span_id else "",
        "flags": span.flags,
        "kind": span.kind,
        "attributes": _attributes(span.attributes),
        "droppedAttributesCount": span.dropped_attributes,
        "events": list(map(_event, span.events)),
        "droppedEventsCount": span.dropped_events,
        "links": list(map(_link, span.links)),
        "droppedLinksCount": span.dropped_links,
        "status": _said({"code": span.status, "message": span.status_message}),
    }
    own = {"traceId": span.trace_id.hex(), "spanId": span.span_id.hex(), "name": span.name}
    times = {"startTimeUnixNano": str(span.start_ns), "endTimeUnixNano": str(span.end_ns)}
    return own | times | _said(kept)


def _event(event: Event) -> Json:
    kept = {"attributes": _attributes(event.attributes), "droppedAttributesCount": event.dropped_attributes}
    return {"timeUnixNano": str(event.time_ns), "name": event.name} | _said(kept)


def _link(link: Link) -> Json:
    kept = {
        "traceState": link.trace_state,
        "flags": link.flags,
        "attributes": _attributes(link.attributes),
        "droppedAttributesCount": link.dropped_attributes,
    }
    return {"traceId": link.trace_id.hex(), "spanId": link.span_id.hex()} | _said(kept)


def _said(fields: Json) -> Json:
    """Without what says no more than its absence."""
    return {name: value for name, value in fields.items() if value}


def _attributes(attributes: Attributes) -> list[Json]:
    return [{"key": key_from_text(key), "value": _value(to_python(value))} for key, value in attributes.items()]


def _value(value: Any) -> Json:
    if value is None:
        return {}
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": value if abs(value) < float("inf") else _unlike_a_number(value)}
    if isinstance(value, bytes):
        return {"bytesValue": base64.b64encode(value).decode()}
    if isinstance(value, list):
        return {"arrayValue": {"values": list(map(_value, value))}}
    if isinstance(value, Mapping):
        return {"kvlistValue": {"values": [{"key": key, "value": _value(item)} for key, item in value.items()]}}
    return {"stringValue": value}


def _unlike_a_number(value: float) -> str:
    return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"
