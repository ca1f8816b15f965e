"""An OTLP ExportTraceServiceRequest in protobuf -> spans. https://opentelemetry.io/docs/specs/otlp/

Most of a request's bytes are attributes, and the same pair arrives thousands of times. So the messages here are
OpenTelemetry's own with a few fields re-declared as bytes, which is the same on the wire: an attribute then is a
look-up of its JSON by its raw bytes instead of four Python objects, and text that isn't UTF-8 costs one value, not
the request.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec
from google.protobuf import descriptor_pb2, descriptor_pool, message, message_factory
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2
from opentelemetry.proto.common.v1 import common_pb2
from opentelemetry.proto.resource.v1 import resource_pb2
from opentelemetry.proto.trace.v1 import trace_pb2

from traces.core.span import NO_ATTRIBUTES, UNKNOWN_SERVICE, Attributes, Event, Link, Resource, Scope, Span
from traces.core.values import (
    EncodedMap,
    Value,
    bytes_value,
    double_value,
    int_value,
    key_text,
    map_value,
    text_value,
)
from traces.wire import END_BEFORE_START, Decoded, DecodeError
from traces.wire.memo import Memo

_LAST_NS = (1 << 63) - 1
# Field numbers and wire types: KeyValue.key and .value, AnyValue.string_value.
_KEY_TAG, _VALUE_TAG, _STRING_TAG = 0x0A, 0x12, 0x0A
# What stands in JSON as it is.
_is_plain = re.compile(rb"[ !#-\[\]-~]*").fullmatch
_NO_TRACE, _NO_SPAN = bytes(16), bytes(8)
_json = msgspec.json.Encoder().encode
_new_tuple = tuple.__new__
_PACKAGE = "opentelemetry.proto"
_RAW = {
    "ResourceSpans": {"resource"},
    "ScopeSpans": {"scope"},
    "Span": {"name", "trace_state", "attributes", "status"},
    "Span.Event": {"name", "attributes"},
    "Span.Link": {"trace_state", "attributes"},
    "Status": {"message"},
    "KeyValue": {"key"},
    "AnyValue": {"string_value"},
    "Resource": {"attributes"},
    "InstrumentationScope": {"name", "version", "attributes"},
}


def _redeclared() -> descriptor_pool.DescriptorPool:
    pool = descriptor_pool.DescriptorPool()
    for module in (common_pb2, resource_pb2, trace_pb2, trace_service_pb2):
        file = descriptor_pb2.FileDescriptorProto()
        module.DESCRIPTOR.CopyToProto(file)
        for kind in file.message_type:
            _make_raw(kind, kind.name)
        pool.Add(file)
    return pool


def _make_raw(kind: descriptor_pb2.DescriptorProto, name: str) -> None:
    for field in kind.field:
        if field.name in _RAW.get(name, ()):
            field.type = descriptor_pb2.FieldDescriptorProto.TYPE_BYTES
            field.ClearField("type_name")
    for inner in kind.nested_type:
        _make_raw(inner, f"{name}.{inner.name}")


_POOL = _redeclared()


def _message(name: str) -> Any:
    return message_factory.GetMessageClass(_POOL.FindMessageTypeByName(f"{_PACKAGE}.{name}"))


_Request = _message("collector.trace.v1.ExportTraceServiceRequest")
_KeyValue = _message("common.v1.KeyValue")
_Resource = _message("resource.v1.Resource")
_Status = _message("trace.v1.Status")
_Scope = _message("common.v1.InstrumentationScope")


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return _broken_text(raw)


def _broken_text(raw: bytes) -> str:
    """Lone surrogates as JSON has them; each other byte that is no UTF-8 as the surrogate that Python has for it."""
    try:
        return raw.decode(errors="surrogatepass")
    except UnicodeDecodeError:
        return raw.decode(errors="surrogateescape")


def _pair(raw: bytes) -> bytes:
    """One attribute as a piece of JSON: "key":value.

    A third of a span's attributes are new to the memo. Most of those are short strings, whose message is nothing but
    tags and lengths around the two texts; for them the general way takes three times as long.
    """
    value_at = raw[1] + 6 if len(raw) > 1 else 0
    if (
        6 <= value_at <= len(raw) < 128
        and raw[0] == _KEY_TAG
        and raw[value_at - 4] == _VALUE_TAG
        and raw[value_at - 2] == _STRING_TAG
        and raw[value_at - 3] == len(raw) - value_at + 2
        and raw[value_at - 1] == len(raw) - value_at
        and raw.isascii()
        and _is_plain(raw, value_at)
    ):
        return b'%b:"%b"' % (_keys[raw[2 : value_at - 4]], raw[value_at:])
    pair = _KeyValue.FromString(raw)
    return b"%b:%b" % (_keys[pair.key], _json(_value(pair.value)))


def _value(value: Any) -> Value:
    """One AnyValue. Depth is bounded by the parser, which refuses more than 100 levels."""
    kind = value.WhichOneof("value")
    if kind == "string_value":
        return text_value(_text(value.string_value))
    if kind == "int_value":
        return int_value(value.int_value)
    if kind == "bool_value":
        return value.bool_value
    if kind == "double_value":
        return double_value(value.double_value)
    if kind == "array_value":
        return [_value(item) for item in value.array_value.values]
    if kind == "kvlist_value":
        return map_value({_text(item.key): _value(item.value) for item in value.kvlist_value.values})
    return bytes_value(value.bytes_value) if kind == "bytes_value" else None


_keys = Memo(lambda raw: _json(key_text(_text(raw))), 20_000)
# 40,000 pairs take about 10 MB.
_pairs = Memo(_pair, 40_000)
_names = Memo(_text, 20_000)
_attribute = _pairs.__getitem__


def _attributes(raw: Any) -> Attributes:
    return EncodedMap(b"{%b}" % b",".join(map(_attribute, raw))) if raw else NO_ATTRIBUTES


def _resource(raw: bytes) -> tuple[Resource, str]:
    sent = _Resource.FromString(raw)
    attributes = _attributes(sent.attributes)
    service = attributes.get("service.name")
    named = service if isinstance(service, str) and service else UNKNOWN_SERVICE
    return Resource(attributes, sent.dropped_attributes_count), named


def _status(raw: bytes) -> tuple[int, str]:
    sent = _Status.FromString(raw)
    return sent.code, _text(sent.message)


def _scope(raw: bytes) -> Scope:
    sent = _Scope.FromString(raw)
    attributes = _attributes(sent.attributes)
    return Scope(_text(sent.name), _text(sent.version), attributes, sent.dropped_attributes_count)


_resources = Memo(_resource, 2_000)
_scopes = Memo(_scope, 2_000)
_statuses = Memo(_status, 1_000)


def decode(body: bytes) -> Decoded:
    """All spans of a request, and a reason for each that can't be kept. Raises DecodeError where it is no request."""
    try:
        request = _Request.FromString(body)
    except message.DecodeError as error:
        raise DecodeError(
            f"the body ({len(body):,} bytes) is no protobuf ExportTraceServiceRequest, or nests deeper than 100 levels"
        ) from error
    decoded = Decoded([], [])
    for group, resource_spans in enumerate(request.resource_spans):
        place = f"resourceSpans[{group}]"
        resource, service = _read(_resources, resource_spans.resource, f"{place}.resource")
        if resource_spans.schema_url:
            resource = resource._replace(schema_url=resource_spans.schema_url)
        for part, scope_spans in enumerate(resource_spans.scope_spans):
            inner = f"{place}.scopeSpans[{part}]"
            scope = _read(_scopes, scope_spans.scope, f"{inner}.scope")
            if scope_spans.schema_url:
                scope = scope._replace(schema_url=scope_spans.schema_url)
            _decode_spans(scope_spans.spans, (service, resource, scope), inner, decoded)
    return decoded


def _read(memo: Memo[Any], raw: bytes, place: str) -> Any:
    try:
        return memo[raw]
    except message.DecodeError as error:
        raise DecodeError(f"{place}: no such protobuf message, or nested deeper than 100 levels") from error


def _decode_spans(sent: Any, origin: tuple[str, Resource, Scope], place: str, into: Decoded) -> None:
    keep = into.spans.append
    for index, span in enumerate(sent):
        try:
            keep(_span(span, *origin))
        except _Impossible as error:
            into.rejected.append(f"{place}.spans[{index}].{error}")
        except message.DecodeError as error:
            raise DecodeError(
                f"{place}.spans[{index}]: an attribute is no KeyValue, or nests deeper than 100 levels"
            ) from error


class _Impossible(ValueError):
    """What makes a span impossible to keep, field first."""


def _span(sent: Any, service: str, resource: Resource, scope: Scope) -> Span:
    """Each field is read once: a read costs as much as ten lines of Python."""
    trace_id, span_id, parent = sent.trace_id, sent.span_id, sent.parent_span_id
    start_ns, end_ns, trace_state = sent.start_time_unix_nano, sent.end_time_unix_nano, sent.trace_state
    if len(trace_id) != 16 or len(span_id) != 8 or trace_id == _NO_TRACE or span_id == _NO_SPAN:
        raise _Impossible(_wrong_id(trace_id, span_id))
    if parent and len(parent) != 8:
        raise _Impossible(f"parentSpanId: {len(parent)} bytes, need 8, or none for a root")
    if start_ns > _LAST_NS or end_ns > _LAST_NS:
        raise _too_late("startTimeUnixNano" if start_ns > _LAST_NS else "endTimeUnixNano")
    status, message = _statuses[sent.status]
    events, links = sent.events, sent.links
    fields = (
        trace_id,
        span_id,
        parent if parent and parent != _NO_SPAN else None,
        start_ns,
        end_ns - start_ns if end_ns > start_ns else 0,
        service,
        _names[sent.name],
        sent.kind,
        status,
        message,
        _attributes(sent.attributes),
        tuple(_events(events)) if events else (),
        tuple(_links(links)) if links else (),
        resource,
        scope,
        _text(trace_state) if trace_state else "",
        sent.flags,
        sent.dropped_attributes_count,
        sent.dropped_events_count,
        sent.dropped_links_count,
        () if end_ns >= start_ns else (END_BEFORE_START,),
    )
    return _new_tuple(Span, fields)


def _wrong_id(trace_id: bytes, span_id: bytes) -> str:
    ids = (("traceId", trace_id, 16), ("spanId", span_id, 8))
    for field, got, need in ids:
        if len(got) != need:
            return f"{field}: {len(got)} bytes, need {need}"
    for field, got, _ in ids:
        if not any(got):
            return f"{field}: all zeros"
    raise AssertionError("only called with a wrong id")


def _too_late(field: str) -> _Impossible:
    return _Impossible(f"{field}: beyond the year 2262; expected nanoseconds since 1970")


def _events(sent: Any) -> Iterator[Event]:
    for index, event in enumerate(sent):
        time_ns, attributes = event.time_unix_nano, _attributes(event.attributes)
        if time_ns > _LAST_NS:
            raise _too_late(f"events[{index}].timeUnixNano")
        yield Event(time_ns, _text(event.name), attributes, event.dropped_attributes_count)


def _links(sent: Any) -> Iterator[Link]:
    """A link may have no ids: the specification lets it point nowhere and still say something."""
    for index, link in enumerate(sent):
        trace_id, span_id = link.trace_id or _NO_TRACE, link.span_id or _NO_SPAN
        if len(trace_id) != 16 or len(span_id) != 8:
            raise _Impossible(f"links[{index}].{_wrong_id(trace_id, span_id)}")
        attributes, dropped = _attributes(link.attributes), link.dropped_attributes_count
        yield Link(trace_id, span_id, _text(link.trace_state), link.flags, attributes, dropped)
