"""What OTLP/JSON is made of, as typed structs: each field optional, null as good as absent."""

from __future__ import annotations

from typing import Generic, TypeVar

from msgspec import UNSET, Raw, Struct, UnsetType

# protobuf's JSON takes an integer as a number, as a string, and with a fraction of zero.
Integer = int | str | float | None
SpanT = TypeVar("SpanT")


class AnyValue(Struct, rename="camel", gc=False):
    string_value: str | None = None
    int_value: Integer = None
    bool_value: bool | None = None
    # Some senders write NaN as null, so null is not absent here.
    double_value: float | str | UnsetType | None = UNSET
    array_value: ArrayValue | None = None
    kvlist_value: KeyValues | None = None
    bytes_value: str | None = None


class ArrayValue(Struct, gc=False):
    values: list[AnyValue | None] | None = None


class KeyValue(Struct, gc=False):
    key: str | None = None
    value: AnyValue | None = None


class KeyValues(Struct, gc=False):
    values: list[KeyValue] | None = None


class Status(Struct, gc=False):
    code: int | str | None = None
    message: str | None = None


class Event(Struct, rename="camel", gc=False):
    time_unix_nano: Integer = None
    name: str | None = None
    attributes: list[KeyValue] | None = None
    dropped_attributes_count: Integer = None


class Link(Struct, rename="camel", gc=False):
    trace_id: str | None = None
    span_id: str | None = None
    trace_state: str | None = None
    flags: Integer = None
    attributes: list[KeyValue] | None = None
    dropped_attributes_count: Integer = None


class Span(Struct, rename="camel", gc=False):
    trace_id: str | None = None
    span_id: str | None = None
    parent_span_id: str | None = None
    name: str | None = None
    kind: int | str | None = None
    start_time_unix_nano: Integer = None
    end_time_unix_nano: Integer = None
    status: Status | None = None
    events: list[Event] | None = None
    links: list[Link] | None = None
    trace_state: str | None = None
    flags: Integer = None
    dropped_attributes_count: Integer = None
    dropped_events_count: Integer = None
    dropped_links_count: Integer = None


class RawSpan(Span, rename="camel", gc=False):
    """Its attributes as they were written: most of them were seen before."""

    attributes: Raw = Raw(b"")


class TypedSpan(Span, rename="camel", gc=False):
    attributes: list[KeyValue] | None = None


class Resource(Struct, rename="camel"):
    attributes: list[KeyValue] | None = None
    dropped_attributes_count: Integer = None


class Scope(Struct, rename="camel"):
    name: str | None = None
    version: str | None = None
    attributes: list[KeyValue] | None = None
    dropped_attributes_count: Integer = None


class ScopeSpans(Struct, Generic[SpanT], rename="camel"):
    spans: list[SpanT] | None = None
    scope: Scope | None = None
    instrumentation_library: Scope | None = None
    schema_url: str | None = None


class ResourceSpans(Struct, Generic[SpanT], rename="camel"):
    resource: Resource | None = None
    scope_spans: list[ScopeSpans[SpanT]] | None = None
    # The name until OTLP 0.15; some senders still write it.
    instrumentation_library_spans: list[ScopeSpans[SpanT]] | None = None
    schema_url: str | None = None


class Request(Struct, Generic[SpanT], rename="camel"):
    resource_spans: list[ResourceSpans[SpanT]] | UnsetType | None = UNSET
