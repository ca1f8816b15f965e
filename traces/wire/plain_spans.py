"""One plain JSON span -> a span. Raises Rejected with the place of what can't be kept."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from traces.core.span import UNKNOWN_SERVICE, Event, Kind, Link, Resource, Scope, Span, Status
from traces.core.values import text_value
from traces.wire import END_BEFORE_START, Rejected, misfit, service_name, under
from traces.wire import plain_fields as fields
from traces.wire import plain_shapes as sent
from traces.wire.otlp_fields import count, enum_number

MAYBE_OTHER_UNIT = "start_time was taken as nanoseconds, but reads like seconds, milliseconds or microseconds"
_EVENT_KEYS = {"time", "timestamp", "name", "attributes", "dropped_attributes_count"}


def plain_span(span: sent.Span) -> Span:
    context = span.context or sent.Context()
    start_ns, duration_ns, notes = _times(span)
    status, message = _status(span.status)
    attributes = fields.attributes(span.attributes)
    service, resource = _origin(span, attributes.get("service.name"))
    if span.name is None:
        raise Rejected("name: missing, need text")
    return Span(
        trace_id=_own_id(span.trace_id or context.trace_id, 16, "trace_id"),
        span_id=_own_id(span.span_id or context.span_id, 8, "span_id"),
        parent_span_id=_parent_id(span),
        start_ns=start_ns,
        duration_ns=duration_ns,
        service=service,
        name=span.name,
        kind=0 if span.kind is None else enum_number(span.kind, Kind, "kind"),
        status=status,
        status_message=message,
        attributes=attributes,
        events=tuple(_events(span.events or [])),
        links=tuple(_links(span.links or [])),
        resource=resource,
        scope=_scope(span.scope or sent.Scope()),
        trace_state=_trace_state(span.trace_state or context.trace_state),
        flags=count(span.flags, "flags"),
        dropped_attributes=count(span.dropped_attributes_count, "dropped_attributes_count"),
        dropped_events=count(span.dropped_events_count, "dropped_events_count"),
        dropped_links=count(span.dropped_links_count, "dropped_links_count"),
        notes=(*(span.notes or ()), *notes),
    )


def _own_id(text: str | None, size: int, field: str) -> bytes:
    raw = fields.plain_id(text, size, field)
    if not any(raw):
        raise Rejected(f"{field}: only zeros, need {size * 2} hex digits of a real id")
    return raw


def _parent_id(span: sent.Span) -> bytes | None:
    text = span.parent_span_id or span.parent_id
    parent = fields.plain_id(text, 8, "parent_span_id") if text else b""
    return parent if any(parent) else None


def _times(span: sent.Span) -> tuple[int, int, tuple[str, ...]]:
    """Start, duration and what there is to say about them."""
    notes: tuple[str, ...] = ()
    if span.start_ns is not None:
        start_ns = fields.in_range(span.start_ns, "start_ns")
    else:
        start_ns = fields.time_ns(span.start_time, "start_time")
        if isinstance(span.start_time, int) and 10**9 <= start_ns < 10**17:
            notes = (MAYBE_OTHER_UNIT,)
    duration_ns = _duration_ns(span, start_ns)
    fields.in_range(start_ns + max(duration_ns, 0), "end_time")
    return (start_ns, duration_ns, notes) if duration_ns >= 0 else (start_ns, 0, (*notes, END_BEFORE_START))


def _duration_ns(span: sent.Span, start_ns: int) -> int:
    if span.end_time is not None:
        return fields.time_ns(span.end_time, "end_time") - start_ns
    if span.duration_ns is not None:
        return span.duration_ns
    if span.duration_ms is not None:
        return fields.nanoseconds(span.duration_ms)
    raise Rejected("end_time: missing, need it or duration_ms")


def _status(status: sent.Status | int | str | None) -> tuple[int, str]:
    if not isinstance(status, sent.Status):
        status = sent.Status(code=status)
    code = status.status_code if status.code is None else status.code
    number = 0 if code is None else enum_number(code, Status, "status.code")
    return number, status.message or status.description or ""


def _origin(span: sent.Span, attribute: object) -> tuple[str, Resource]:
    """A service named elsewhere is put into the resource as well, where OpenTelemetry has it."""
    resource = span.resource or sent.Resource()
    attributes = fields.attributes(resource.attributes)
    service = span.service or service_name(attributes)
    if service == UNKNOWN_SERVICE and not span.service and isinstance(attribute, str) and attribute:
        service = attribute
    if service != UNKNOWN_SERVICE and "service.name" not in attributes:
        attributes = {"service.name": text_value(service), **attributes}
    dropped = count(resource.dropped_attributes_count, "resource.dropped_attributes_count")
    return service, Resource(attributes, dropped, resource.schema_url or "")


def _scope(scope: sent.Scope) -> Scope:
    return Scope(
        scope.name or "",
        scope.version or "",
        fields.attributes(scope.attributes),
        count(scope.dropped_attributes_count, "scope.dropped_attributes_count"),
        scope.schema_url or "",
    )


def _trace_state(text: str | None) -> str:
    """The console exporter prints a list, ['{key=a, value=b}']; the header's form is a=b."""
    if not text or not text.startswith("["):
        return text or ""
    pairs = text.strip("[]'\"{}")
    return ",".join(part.replace("key=", "", 1).replace(", value=", "=", 1) for part in pairs.split("}', '{") if part)


def _events(events: list[sent.Map]) -> Iterator[Event]:
    for index, event in enumerate(events):
        try:
            yield _event(event)
        except Rejected as error:
            raise Rejected(under(f"events[{index}]", error)) from error


def _event(event: sent.Map) -> Event:
    """Keys that an event doesn't have in OpenTelemetry are its attributes."""
    name, inner = event.get("name"), event.get("attributes")
    if not isinstance(name, str | None):
        raise Rejected("name: no text, need text")
    if not isinstance(inner, dict | None):
        raise Rejected("attributes: no object, need an object")
    try:
        dropped = msgspec.convert(event.get("dropped_attributes_count"), sent.Integer)
    except msgspec.ValidationError as error:
        raise Rejected(under("dropped_attributes_count", misfit(error))) from error
    beside = {key: value for key, value in event.items() if key not in _EVENT_KEYS}
    time = event["timestamp"] if event.get("time") is None and "timestamp" in event else event.get("time")
    return Event(
        fields.time_ns(time, "time"),
        name or "",
        fields.attributes({**beside, **(inner or {})}),
        count(dropped, "dropped_attributes_count"),
    )


def _links(links: list[sent.Link]) -> Iterator[Link]:
    for index, link in enumerate(links):
        try:
            yield _link(link)
        except Rejected as error:
            raise Rejected(under(f"links[{index}]", error)) from error


def _link(link: sent.Link) -> Link:
    context = link.context or sent.Context()
    return Link(
        fields.link_id(link.trace_id or context.trace_id, 16, "trace_id"),
        fields.link_id(link.span_id or context.span_id, 8, "span_id"),
        _trace_state(link.trace_state or context.trace_state),
        count(link.flags, "flags"),
        fields.attributes(link.attributes),
        count(link.dropped_attributes_count, "dropped_attributes_count"),
    )
