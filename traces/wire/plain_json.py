"""Plain JSON spans, one object, a list, or one a line -> spans; and a span -> plain JSON.

For people without an SDK. What `encode` writes and what the console exporter of OpenTelemetry's Python SDK
prints are understood too.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from traces.core.iso_time import format_iso
from traces.core.span import Event, Kind, Link, Resource, Scope, Span, Status
from traces.core.values import MAX_DEPTH
from traces.wire import (
    Decoded,
    DecodeError,
    Rejected,
    broken_json,
    misfit,
    text_of,
    under,
)
from traces.wire import plain_shapes as sent
from traces.wire.plain_spans import plain_span

_json = json.JSONDecoder()


class _Document(NamedTuple):
    line: int
    value: object


def decode(body: bytes) -> Decoded:
    """The spans of a body, and a reason for each that can't be kept. DecodeError where it is no JSON."""
    try:
        documents, rejected = _documents(text_of(body))
        decoded = Decoded([], rejected)
        for document in documents:
            place = f"line {document.line}: " if len(documents) + len(rejected) > 1 else ""
            try:
                for inner, span in _candidates(document.value):
                    _keep(span, inner, place, decoded)
            except DecodeError as error:
                if not place:
                    raise
                decoded.rejected.append(f"{place}{error}")
        return decoded
    except RecursionError as error:
        raise DecodeError(f"the body is nested too deep; need at most {MAX_DEPTH} levels in a value") from error


def _documents(text: str) -> tuple[list[_Document], list[str]]:
    """JSON values one after another, each over any number of lines; after a broken one, one a line."""
    found: list[_Document] = []
    position, line = _after_spaces(text, 0), 1 + text.count("\n", 0, _after_spaces(text, 0))
    try:
        while position < len(text):
            value, end = _json.raw_decode(text, position)
            found.append(_Document(line, value))
            end = _after_spaces(text, end)
            position, line = end, line + text.count("\n", position, end)
    except ValueError as error:
        more, rejected = _lines(text[position:], line)
        if not found and not more:
            raise DecodeError(f"the body is {broken_json(error)}") from error
        return found + more, rejected
    return found, []


def _after_spaces(text: str, position: int) -> int:
    while position < len(text) and text[position] in " \t\r\n":
        position += 1
    return position


def _lines(text: str, first: int) -> tuple[list[_Document], list[str]]:
    found: list[_Document] = []
    rejected: list[str] = []
    for number, line in enumerate(text.split("\n"), first):
        # Indented lines and closing brackets are the inside of a value that began on a broken line.
        if not line.strip() or (number > first and line[0] in " \t}]"):
            continue
        try:
            value = json.loads(line)
        except ValueError:
            rejected.append(f"line {number}: no JSON; need one object a line, or one list for all")
            continue
        found.append(_Document(number, value))
    return (found, rejected) if any(isinstance(each.value, dict | list) for each in found) else ([], [])


def _candidates(value: object) -> Iterator[tuple[str, object]]:
    """What should be spans, with their place."""
    if isinstance(value, dict) and "resourceSpans" in value:
        raise DecodeError("resourceSpans: this is OTLP, need a plain span here; OTLP goes to /v1/traces")
    if isinstance(value, dict) and "spans" in value:
        if not isinstance(value["spans"], list):
            raise DecodeError("spans: no list, need a list of spans")
        yield from ((f"spans[{index}]", span) for index, span in enumerate(value["spans"]))
    elif isinstance(value, list):
        yield from ((f"[{index}]", span) for index, span in enumerate(value))
    elif isinstance(value, dict):
        yield "", value
    else:
        raise DecodeError("text, a number or null; need an object or a list of objects")


def _keep(span: object, place: str, line: str, into: Decoded) -> None:
    try:
        into.spans.append(plain_span(msgspec.convert(span, sent.Span)))
    except Rejected as error:
        into.rejected.append(line + under(place, error))
    except (msgspec.ValidationError, UnicodeEncodeError) as error:
        into.rejected.append(line + under(place or "span", misfit(error)).removeprefix("span."))
    except DecodeError as error:
        raise DecodeError(f"{place or 'the span'}: {error}") from error


def encode(span: Span) -> dict[str, object]:
    """The plain JSON form, from which `decode` makes the same span."""
    encoded: dict[str, object] = {
        "trace_id": span.trace_id.hex(),
        "span_id": span.span_id.hex(),
        "parent_span_id": span.parent_span_id and span.parent_span_id.hex(),
        "name": span.name,
        "service": span.service,
        "kind": _word(span.kind, Kind),
        "start_time": format_iso(span.start_ns),
        "end_time": format_iso(span.end_ns),
        "start_ns": span.start_ns,
        "duration_ns": span.duration_ns,
        "duration_ms": span.duration_ns / 1_000_000,
        "status": {"code": _word(span.status, Status), "message": span.status_message},
        "attributes": dict(span.attributes),
        "events": [_encode_event(event) for event in span.events],
        "links": [_encode_link(link) for link in span.links],
        "resource": _encode_resource(span.resource),
        "scope": {"name": span.scope.name, "version": span.scope.version, **_encode_resource(span.scope)},
        "trace_state": span.trace_state,
        "flags": span.flags,
        **_dropped(attributes=span.dropped_attributes, events=span.dropped_events, links=span.dropped_links),
    }
    return {**encoded, "notes": list(span.notes)} if span.notes else encoded


def _word(number: int, words: type[Kind] | type[Status]) -> object:
    """A number that has no word yet stays one."""
    return words(number).name.lower() if 0 <= number <= max(words) else number


def _dropped(**counts: int) -> dict[str, int]:
    return {f"dropped_{what}_count": number for what, number in counts.items() if number}


def _encode_event(event: Event) -> dict[str, object]:
    return {
        "time": format_iso(event.time_ns),
        "name": event.name,
        "attributes": dict(event.attributes),
        **_dropped(attributes=event.dropped_attributes),
    }


def _encode_link(link: Link) -> dict[str, object]:
    return {
        "trace_id": link.trace_id.hex(),
        "span_id": link.span_id.hex(),
        "trace_state": link.trace_state,
        "flags": link.flags,
        "attributes": dict(link.attributes),
        **_dropped(attributes=link.dropped_attributes),
    }


def _encode_resource(origin: Resource | Scope) -> dict[str, object]:
    schema = {"schema_url": origin.schema_url} if origin.schema_url else {}
    return {"attributes": dict(origin.attributes), **_dropped(attributes=origin.dropped_attributes), **schema}
