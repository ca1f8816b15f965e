"""An OTLP ExportTraceServiceRequest in JSON -> spans. https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding

What senders usually write is decoded straight into typed structs. What those refuse (lone surrogates, NaN,
a field of the wrong type) goes through Python's json, slower, and then costs only the span it is in.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import msgspec
from msgspec import UNSET

from traces.core.span import Attributes, Event, Kind, Link, Resource, Scope, Span, Status
from traces.core.values import MAX_DEPTH
from traces.wire import (
    END_BEFORE_START,
    Decoded,
    DecodeError,
    Rejected,
    broken_json,
    hex_id,
    misfit,
    own_id,
    service_name,
    text_of,
    under,
)
from traces.wire import otlp_fields as fields
from traces.wire import otlp_shapes as sent

SpanT = TypeVar("SpanT")
Reader = Callable[[SpanT, str, Resource, Scope], Span]
_typed = msgspec.json.Decoder(sent.Request[sent.RawSpan])
_KINDS: dict[int | str | None, int] = {None: 0, **{kind.value: kind.value for kind in Kind}}
_STATUSES: dict[int | str | None, int] = {None: 0, **{status.value: status.value for status in Status}}


def decode(body: bytes) -> Decoded:
    """A request's spans, and a reason for each that can't be kept. DecodeError where it is no request."""
    text = text_of(body)
    try:
        try:
            return _decoded(_typed.decode(text), text, _raw_span)
        except msgspec.MsgspecError:
            return _decoded(_loose_request(text), text, _loose_span)
    except RecursionError as error:
        raise DecodeError(f"the body is nested too deep; need at most {MAX_DEPTH} levels in a value") from error


def _loose_request(text: str) -> sent.Request[Any]:
    try:
        return msgspec.convert(json.loads(text), sent.Request[Any])
    except (msgspec.ValidationError, UnicodeEncodeError) as error:
        reason = misfit(error)
        raise DecodeError(f"the body{reason}" if reason.startswith(":") else reason) from error
    except ValueError as error:
        raise DecodeError(f"the body is {broken_json(error)}") from error


def _decoded(request: sent.Request[SpanT], text: str, read: Reader[SpanT]) -> Decoded:
    if request.resource_spans is UNSET and json.loads(text):
        raise DecodeError('the body: no resourceSpans; need {"resourceSpans": [...]}')
    into = Decoded([], [])
    for index, group in enumerate(request.resource_spans or ()):
        place = f"resourceSpans[{index}]"
        try:
            resource = _resource(group)
        except Rejected as error:
            reason = under(f"{place}.resource", error)
            into.rejected.extend(reason for _, part in _parts(group, place) for _ in part.spans or ())
            continue
        for inner, part in _parts(group, place):
            _keep_part(part, resource, inner, into, read)
    return into


def _parts(group: sent.ResourceSpans[SpanT], place: str) -> Iterator[tuple[str, sent.ScopeSpans[SpanT]]]:
    for index, part in enumerate(group.scope_spans or ()):
        yield f"{place}.scopeSpans[{index}]", part
    for index, part in enumerate(group.instrumentation_library_spans or ()):
        yield f"{place}.instrumentationLibrarySpans[{index}]", part


def _keep_part(
    part: sent.ScopeSpans[SpanT], resource: Resource, place: str, into: Decoded, read: Reader[SpanT]
) -> None:
    try:
        scope = _scope(part)
    except Rejected as error:
        into.rejected.extend(under(f"{place}.scope", error) for _ in part.spans or ())
        return
    service = service_name(resource.attributes)
    keep = into.spans.append
    for index, span in enumerate(part.spans or ()):
        try:
            keep(read(span, service, resource, scope))
        except Rejected as error:
            into.rejected.append(under(f"{place}.spans[{index}]", error))
        except DecodeError as error:
            raise DecodeError(f"{place}.spans[{index}]: {error}") from error


def _raw_span(span: sent.RawSpan, service: str, resource: Resource, scope: Scope) -> Span:
    return _span(span, fields.raw_attributes(span.attributes), service, resource, scope)


def _loose_span(span: object, service: str, resource: Resource, scope: Scope) -> Span:
    try:
        typed = msgspec.convert(span, sent.TypedSpan)
    except (msgspec.ValidationError, UnicodeEncodeError) as error:
        raise Rejected(misfit(error)) from error
    return _span(typed, fields.attributes(typed.attributes), service, resource, scope)


def _resource(group: sent.ResourceSpans[SpanT]) -> Resource:
    resource = group.resource or sent.Resource()
    return Resource(
        fields.attributes(resource.attributes),
        fields.count(resource.dropped_attributes_count, "droppedAttributesCount"),
        group.schema_url or "",
    )


def _scope(part: sent.ScopeSpans[SpanT]) -> Scope:
    scope = part.scope or part.instrumentation_library or sent.Scope()
    return Scope(
        scope.name or "",
        scope.version or "",
        fields.attributes(scope.attributes),
        fields.count(scope.dropped_attributes_count, "droppedAttributesCount"),
        part.schema_url or "",
    )


def _span(span: sent.Span, attributes: Attributes, service: str, resource: Resource, scope: Scope) -> Span:
    start_ns = fields.nanoseconds(span.start_time_unix_nano, "startTimeUnixNano")
    duration_ns = fields.nanoseconds(span.end_time_unix_nano, "endTimeUnixNano") - start_ns
    parent, kind, status = span.parent_span_id, span.kind, span.status
    # Half the time of Span(…), whose keywords and defaults are not needed here.
    return tuple.__new__(
        Span,
        (
            own_id(span.trace_id, 16, "traceId"),
            own_id(span.span_id, 8, "spanId"),
            _parent_id(parent) if parent else None,
            start_ns,
            duration_ns if duration_ns >= 0 else 0,
            service,
            span.name or "",
            _KINDS[kind] if kind in _KINDS else fields.enum_number(kind, Kind, "kind"),
            _status(status.code) if status else 0,
            (status.message or "") if status else "",
            attributes,
            _events(span.events) if span.events else (),
            _links(span.links) if span.links else (),
            resource,
            scope,
            span.trace_state or "",
            fields.count(span.flags, "flags") if span.flags else 0,
            fields.count(span.dropped_attributes_count, "droppedAttributesCount")
            if span.dropped_attributes_count
            else 0,
            fields.count(span.dropped_events_count, "droppedEventsCount") if span.dropped_events_count else 0,
            fields.count(span.dropped_links_count, "droppedLinksCount") if span.dropped_links_count else 0,
            () if duration_ns >= 0 else (END_BEFORE_START,),
        ),
    )


def _parent_id(text: str) -> bytes | None:
    parent = hex_id(text, 8, "parentSpanId")
    return parent if any(parent) else None


def _status(code: int | str | None) -> int:
    return _STATUSES[code] if code in _STATUSES else fields.enum_number(code, Status, "status.code")


def _events(events: Sequence[sent.Event]) -> tuple[Event, ...]:
    kept = []
    for index, event in enumerate(events):
        try:
            time_ns = fields.nanoseconds(event.time_unix_nano, "timeUnixNano")
            dropped = fields.count(event.dropped_attributes_count, "droppedAttributesCount")
            kept.append(Event(time_ns, event.name or "", fields.attributes(event.attributes), dropped))
        except Rejected as error:
            raise Rejected(under(f"events[{index}]", error)) from error
    return tuple(kept)


def _links(links: Sequence[sent.Link]) -> tuple[Link, ...]:
    kept = []
    for index, link in enumerate(links):
        try:
            kept.append(_link(link))
        except Rejected as error:
            raise Rejected(under(f"links[{index}]", error)) from error
    return tuple(kept)


def _link(link: sent.Link) -> Link:
    """A link may have no ids: the specification lets it point nowhere and still say something."""
    return Link(
        hex_id(link.trace_id, 16, "traceId") if link.trace_id else bytes(16),
        hex_id(link.span_id, 8, "spanId") if link.span_id else bytes(8),
        link.trace_state or "",
        fields.count(link.flags, "flags"),
        fields.attributes(link.attributes),
        fields.count(link.dropped_attributes_count, "droppedAttributesCount"),
    )
