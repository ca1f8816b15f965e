"""What a plain JSON span is made of, as typed structs: each field optional, null as good as absent."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

Integer = int | str | float | None
# Text is ISO 8601 or digits; a float is kept apart from an integer so that it can be refused.
Time = str | int | float | None
Map = dict[str, Any]


class Context(Struct):
    """The console exporter's ids."""

    trace_id: str | None = None
    span_id: str | None = None
    trace_state: str | None = None


class Status(Struct):
    code: int | str | None = None
    message: str | None = None
    # As the console exporter says it.
    status_code: int | str | None = None
    description: str | None = None


class Link(Struct):
    trace_id: str | None = None
    span_id: str | None = None
    context: Context | None = None
    trace_state: str | None = None
    flags: Integer = None
    attributes: Map | None = None
    dropped_attributes_count: Integer = None


class Resource(Struct):
    attributes: Map | None = None
    dropped_attributes_count: Integer = None
    schema_url: str | None = None


class Scope(Struct):
    name: str | None = None
    version: str | None = None
    attributes: Map | None = None
    dropped_attributes_count: Integer = None
    schema_url: str | None = None


class Span(Struct):
    trace_id: str | None = None
    span_id: str | None = None
    context: Context | None = None
    parent_span_id: str | None = None
    parent_id: str | None = None
    name: str | None = None
    service: str | None = None
    kind: int | str | None = None
    start_time: Time = None
    end_time: Time = None
    start_ns: int | None = None
    duration_ns: int | None = None
    duration_ms: int | float | None = None
    status: Status | int | str | None = None
    attributes: Map | None = None
    events: list[Map] | None = None
    links: list[Link] | None = None
    resource: Resource | None = None
    scope: Scope | None = None
    trace_state: str | None = None
    flags: Integer = None
    dropped_attributes_count: Integer = None
    dropped_events_count: Integer = None
    dropped_links_count: Integer = None
    notes: list[str] | None = None
