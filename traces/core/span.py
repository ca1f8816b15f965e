"""What a span is, from the wire to the page: the records that every other module passes around.

Times are integer nanoseconds since 1970-01-01 UTC, ids are raw bytes (16 for a trace, 8 for a span),
attribute values have the JSON form of `traces.core.values`. The words are OpenTelemetry's:
https://opentelemetry.io/docs/specs/otel/trace/api/
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import NamedTuple

from traces.core.values import Value

Attributes = Mapping[str, Value]
NO_ATTRIBUTES: Attributes = {}
UNKNOWN_SERVICE = "unknown_service"


class Kind(IntEnum):
    """SpanKind, numbered as in OTLP."""

    UNSPECIFIED = 0
    INTERNAL = 1
    SERVER = 2
    CLIENT = 3
    PRODUCER = 4
    CONSUMER = 5


class Status(IntEnum):
    """StatusCode, numbered as in OTLP."""

    UNSET = 0
    OK = 1
    ERROR = 2


class Event(NamedTuple):
    """Something that happened at one moment of a span."""

    time_ns: int
    name: str
    attributes: Attributes = NO_ATTRIBUTES
    dropped_attributes: int = 0


class Link(NamedTuple):
    """A span's pointer to another span, usually of another trace."""

    trace_id: bytes
    span_id: bytes
    trace_state: str = ""
    flags: int = 0
    attributes: Attributes = NO_ATTRIBUTES
    dropped_attributes: int = 0


class Resource(NamedTuple):
    """Who sent the span: a process, a container, a browser."""

    attributes: Attributes = NO_ATTRIBUTES
    dropped_attributes: int = 0
    schema_url: str = ""


class Scope(NamedTuple):
    """Which instrumentation library made the span."""

    name: str = ""
    version: str = ""
    attributes: Attributes = NO_ATTRIBUTES
    dropped_attributes: int = 0
    schema_url: str = ""


class Span(NamedTuple):
    """One span. The first nine fields are all that drawing a waterfall needs; a span read for that has no others.

    A named tuple because a million are made a minute, and a frozen dataclass takes several times as long to make.
    """

    trace_id: bytes
    span_id: bytes
    parent_span_id: bytes | None
    start_ns: int
    duration_ns: int
    service: str
    name: str
    kind: int = Kind.UNSPECIFIED
    status: int = Status.UNSET
    status_message: str = ""
    attributes: Attributes = NO_ATTRIBUTES
    events: tuple[Event, ...] = ()
    links: tuple[Link, ...] = ()
    resource: Resource = Resource()
    scope: Scope = Scope()
    trace_state: str = ""
    flags: int = 0
    dropped_attributes: int = 0
    dropped_events: int = 0
    dropped_links: int = 0
    # What was changed on the way in, in words a reader understands: "end was before start", "value of x cut".
    notes: tuple[str, ...] = ()

    @property
    def end_ns(self) -> int:
        return self.start_ns + self.duration_ns
