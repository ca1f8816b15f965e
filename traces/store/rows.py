"""Spans -> rows in PostgreSQL's binary COPY format.

https://www.postgresql.org/docs/current/sql-copy.html#id-1.9.3.55.9.4. Written out by hand, because psycopg's
row-by-row adaption of nineteen columns takes three times as long; the span's raw ids are uuid and bigint already.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence

import msgspec

from traces.core.span import Event, Link, Span
from traces.core.values import EncodedMap, key_text
from traces.store.catalogue import Catalogue, Unknown

COLUMNS = (
    "trace_id, span_id, start_ns, duration_ns, operation_id, resource_id, scope_id, flags, project, status,"
    " parent_span_id, name, attributes, status_message, trace_state, events, links, dropped, notes"
)
COPY_SPANS = f"copy span ({COLUMNS}) from stdin (format binary)"

_HEADER = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
_TRAILER = b"\xff\xff"
_NULL = b"\xff\xff\xff\xff"
_NULLS = _NULL * 6
_MOST_INT32 = (1 << 31) - 1
_FIXED = "!hi16si8siqiqiiiiiiiiihih"
_root = struct.Struct(_FIXED + "i").pack
_child = struct.Struct(_FIXED + "i8s").pack
_length = struct.Struct("!i").pack
_json_head = struct.Struct("!ic").pack
_BIGINT, _TEXT = 20, 25
_encode = msgspec.json.Encoder(enc_hook=dict).encode


def copy_rows(spans: Iterable[Span], catalogue: Catalogue, *, project: int) -> bytes:
    """The whole COPY stream. Raises `catalogue.Unknown` where an id is not known yet.

    One long loop on purpose: each call a span less is worth a twentieth of its cost.
    """
    operations, resources, scopes = catalogue.operations, catalogue.resource_ids, catalogue.scope_ids
    parts = [_HEADER]
    add = parts.append
    for span in spans:
        (trace_id, span_id, parent, start_ns, duration_ns, service, name, kind, status, message, attributes, events,
         links, resource, scope, trace_state, flags, lost, lost_events, lost_links, notes) = span  # fmt: skip
        operation = operations.get((service, name, kind)) or catalogue.operation_id(service, name, kind)
        try:
            resource_id, scope_id = resources[id(resource)][0], scopes[id(scope)][0]
        except KeyError:
            raise Unknown from None
        if flags > _MOST_INT32:
            flags -= 1 << 32
        encoded = attributes.json if attributes.__class__ is EncodedMap else _encode(attributes)
        head = _child if parent else _root
        add(head(19, 16, trace_id, 8, span_id, 8, start_ns, 8, duration_ns, 4, operation[0], 4, resource_id,
                 4, scope_id, 4, flags, 2, project, 2, status, *((8, parent) if parent else (-1,))))  # fmt: skip
        add(_NULL if operation[1] is None else _text(operation[1]))
        add(_json_head(len(encoded) + 1, b"\x01"))
        add(encoded)
        if message or trace_state or events or links or notes or lost or lost_events or lost_links:
            dropped = (lost, lost_events, lost_links)
            add(_text(message) if message else _NULL)
            add(_text(trace_state) if trace_state else _NULL)
            add(_jsonb([_event(event) for event in events]) if events else _NULL)
            add(_jsonb([_link(link) for link in links]) if links else _NULL)
            add(_array(_BIGINT, [struct.pack("!q", count) for count in dropped]) if any(dropped) else _NULL)
            add(_array(_TEXT, [key_text(note).encode() for note in notes]) if notes else _NULL)
        else:
            add(_NULLS)
    add(_TRAILER)
    return b"".join(parts)


def _text(text: str) -> bytes:
    data = key_text(text).encode()
    return _length(len(data)) + data


def _jsonb(value: object) -> bytes:
    data = _encode(value)
    return _json_head(len(data) + 1, b"\x01") + data


def _array(oid: int, items: Sequence[bytes]) -> bytes:
    head = struct.pack("!iiiii", 1, 0, oid, len(items), 1)
    data = head + b"".join(_length(len(item)) + item for item in items)
    return _length(len(data)) + data


def _event(event: Event) -> list[object]:
    """[time, name, attributes, dropped attributes]"""
    return [event.time_ns, key_text(event.name), event.attributes, event.dropped_attributes]


def _link(link: Link) -> list[object]:
    """[trace id, span id, trace state, flags, attributes, dropped attributes]"""
    ids = [link.trace_id.hex(), link.span_id.hex()]
    return [*ids, key_text(link.trace_state), link.flags, link.attributes, link.dropped_attributes]
