"""OTLP in protobuf as senders write it, and as they should not."""

from __future__ import annotations

import contextlib
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, InstrumentationScope, KeyValue, KeyValueList
from opentelemetry.proto.resource.v1.resource_pb2 import Resource as SentResource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Status
from opentelemetry.proto.trace.v1.trace_pb2 import Span as SentSpan

from traces.core.span import Event, Link, Resource, Scope, Span
from traces.core.values import to_python
from traces.wire import END_BEFORE_START, DecodeError
from traces.wire.otlp_protobuf import decode

START_NS = 1_772_442_900_250_000_000
FIELDS: dict[str, Any] = {
    "trace_id": bytes(range(1, 17)),
    "span_id": bytes(range(1, 9)),
    "name": "GET",
    "start_time_unix_nano": START_NS,
    "end_time_unix_nano": START_NS + 333,
}


def pair(key: str, value: AnyValue) -> KeyValue:
    return KeyValue(key=key, value=value)


def body(*spans: SentSpan, resource: SentResource | None = None, scope: InstrumentationScope | None = None) -> bytes:
    group = ResourceSpans(resource=resource, scope_spans=[ScopeSpans(scope=scope, spans=spans)])
    return ExportTraceServiceRequest(resource_spans=[group]).SerializeToString()


def sent(**fields: Any) -> SentSpan:
    return SentSpan(**{**FIELDS, **fields})


def span(**fields: Any) -> Span:
    decoded = decode(body(sent(**fields)))
    assert decoded.rejected == []
    return decoded.spans[0]


def value(any_value: AnyValue) -> object:
    return span(attributes=[pair("x", any_value)]).attributes["x"]


def reason(**fields: Any) -> str:
    decoded = decode(body(sent(name="kept"), sent(**fields), sent(name="kept")))
    assert [each.name for each in decoded.spans] == ["kept", "kept"]
    (reason,) = decoded.rejected
    return reason.removeprefix("resourceSpans[0].scopeSpans[0].spans[1].")


def nested(depth: int) -> AnyValue:
    inner = AnyValue(string_value="deep")
    for _ in range(depth):
        inner = AnyValue(array_value=ArrayValue(values=[inner]))
    return inner


def test_everything_that_a_span_carries_is_read() -> None:
    whole = sent(
        parent_span_id=bytes(range(8, 16)),
        kind=2,
        status=Status(code=2, message="boom"),  # type: ignore[arg-type]
        attributes=[pair("user.id", AnyValue(string_value="42"))],
        events=[
            SentSpan.Event(
                time_unix_nano=START_NS + 5,
                name="exception",
                attributes=[pair("exception.type", AnyValue(string_value="E"))],
                dropped_attributes_count=4,
            )
        ],
        links=[
            SentSpan.Link(
                trace_id=bytes(range(16)),
                span_id=bytes(range(8)),
                trace_state="c=d",
                flags=257,
                attributes=[pair("why", AnyValue(string_value="retry"))],
                dropped_attributes_count=5,
            )
        ],
        trace_state="a=b",
        flags=0xFFFFFFFF,
        dropped_attributes_count=1,
        dropped_events_count=2,
        dropped_links_count=3,
    )
    service = pair("service.name", AnyValue(string_value="cart"))
    resource = SentResource(attributes=[service], dropped_attributes_count=6)
    scope = InstrumentationScope(name="lib", version="1", attributes=[service], dropped_attributes_count=7)
    (got,) = decode(body(whole, resource=resource, scope=scope)).spans
    assert got == Span(
        trace_id=bytes(range(1, 17)),
        span_id=bytes(range(1, 9)),
        parent_span_id=bytes(range(8, 16)),
        start_ns=START_NS,
        duration_ns=333,
        service="cart",
        name="GET",
        kind=2,
        status=2,
        status_message="boom",
        attributes={"user.id": "42"},
        events=(Event(START_NS + 5, "exception", {"exception.type": "E"}, 4),),
        links=(Link(bytes(range(16)), bytes(range(8)), "c=d", 257, {"why": "retry"}, 5),),
        resource=Resource({"service.name": "cart"}, 6),
        scope=Scope("lib", "1", {"service.name": "cart"}, 7),
        trace_state="a=b",
        flags=0xFFFFFFFF,
        dropped_attributes=1,
        dropped_events=2,
        dropped_links=3,
    )


def test_schema_urls_are_kept() -> None:
    scope_spans = ScopeSpans(spans=[sent()], schema_url="of the scope")
    group = ResourceSpans(scope_spans=[scope_spans], schema_url="of the resource")
    (got,) = decode(ExportTraceServiceRequest(resource_spans=[group]).SerializeToString()).spans
    assert (got.resource.schema_url, got.scope.schema_url) == ("of the resource", "of the scope")


def test_a_body_without_spans_has_none() -> None:
    assert decode(b"") == ([], [])
    assert decode(body()) == ([], [])


@pytest.mark.parametrize(
    ("any_value", "kept"),
    [
        (AnyValue(string_value="a"), "a"),
        (AnyValue(string_value=""), ""),
        (AnyValue(string_value="a\0b"), {"$text": "YQBi"}),
        (AnyValue(int_value=-(1 << 63)), -(1 << 63)),
        (AnyValue(int_value=(1 << 63) - 1), (1 << 63) - 1),
        (AnyValue(int_value=0), 0),
        (AnyValue(bool_value=False), False),
        (AnyValue(double_value=0.5), 0.5),
        (AnyValue(double_value=2), 2.0),
        (AnyValue(double_value=-0.0), {"$double": "-0.0"}),
        (AnyValue(double_value=1e300), {"$double": "1e+300"}),
        (AnyValue(double_value=math.nan), {"$double": "NaN"}),
        (AnyValue(double_value=-math.inf), {"$double": "-Infinity"}),
        (AnyValue(bytes_value=b"hi"), {"$bytes": "aGk="}),
        (AnyValue(bytes_value=b""), {"$bytes": ""}),
        (AnyValue(array_value=ArrayValue(values=[AnyValue(int_value=1), AnyValue()])), [1, None]),
        (AnyValue(array_value=ArrayValue()), []),
        (AnyValue(kvlist_value=KeyValueList()), {}),
        (AnyValue(kvlist_value=KeyValueList(values=[pair("", AnyValue(bool_value=True))])), {"": True}),
        (
            AnyValue(kvlist_value=KeyValueList(values=[pair("$int", AnyValue(string_value="5"))])),
            {"$map": {"$int": "5"}},
        ),
        (AnyValue(), None),
    ],
)
def test_each_kind_of_value_keeps_its_type(any_value: AnyValue, kept: object) -> None:
    assert value(any_value) == kept
    assert type(value(any_value)) is type(kept)


@pytest.mark.parametrize("key", ["", "a\0b", '"', "ключ", "$text:abc"])
def test_any_key_comes_out_as_it_went_in(key: str) -> None:
    attributes = span(attributes=[pair(key, AnyValue(int_value=1)), pair("other", AnyValue())]).attributes
    assert to_python(dict(attributes)) == {key: 1, "other": None}


@pytest.mark.parametrize("broken", [b"\xff\xfeab", b"\xed\xa0\x80a", b"\xc3((\xc3", b"\xf5\x80\x80\x80"])
def test_text_that_is_no_utf_8_costs_one_value_not_the_request(broken: bytes) -> None:
    spans = [
        sent(name="mark"),
        sent(attributes=[pair("mark", AnyValue(string_value="mark"))]),
        sent(status=Status(message="mark"), trace_state="mark"),
        sent(events=[SentSpan.Event(name="mark")], links=[SentSpan.Link(trace_state="mark")]),
    ]
    decoded = decode(body(*spans, scope=InstrumentationScope(name="mark")).replace(b"mark", broken))
    assert decoded.rejected == []
    assert len(decoded.spans) == 4
    assert to_python(dict(decoded.spans[1].attributes)) == {decoded.spans[0].name: decoded.spans[0].name}


def test_a_lone_surrogate_is_the_same_as_in_json() -> None:
    (got,) = decode(body(sent(name="mark")).replace(b"mark", b"a\xed\xa0\x80")).spans
    assert got.name == "a\ud800"


def test_of_two_values_with_one_key_the_last_counts() -> None:
    twice = [pair("a", AnyValue(int_value=1)), pair("a", AnyValue(int_value=2))]
    assert dict(span(attributes=twice).attributes) == {"a": 2}


@pytest.mark.parametrize("parent", [b"", bytes(8)])
def test_no_parent_makes_a_root(parent: bytes) -> None:
    assert span(parent_span_id=parent).parent_span_id is None


def test_zero_is_a_time() -> None:
    got = span(start_time_unix_nano=0, end_time_unix_nano=0)
    assert (got.start_ns, got.duration_ns, got.notes) == (0, 0, ())


def test_a_span_that_ends_before_it_starts_is_kept_and_marked() -> None:
    got = span(end_time_unix_nano=START_NS - 1)
    assert (got.duration_ns, got.notes) == (0, (END_BEFORE_START,))


@pytest.mark.parametrize("service", [AnyValue(), AnyValue(string_value=""), AnyValue(int_value=5)])
def test_a_span_without_a_service_name_is_of_an_unknown_service(service: AnyValue) -> None:
    resource = SentResource(attributes=[pair("service.name", service)])
    assert decode(body(sent(), resource=resource)).spans[0].service == "unknown_service"


def test_numbers_of_kinds_and_statuses_that_nobody_knows_are_left_to_others() -> None:
    got = span(kind=77, status=Status(code=9))  # type: ignore[arg-type]
    assert (got.kind, got.status) == (77, 9)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"trace_id": b""}, "traceId: 0 bytes, need 16"),
        ({"trace_id": b"a" * 32}, "traceId: 32 bytes, need 16"),
        ({"trace_id": bytes(16)}, "traceId: all zeros"),
        ({"span_id": b"a" * 7}, "spanId: 7 bytes, need 8"),
        ({"span_id": bytes(8)}, "spanId: all zeros"),
        ({"parent_span_id": b"a" * 16}, "parentSpanId: 16 bytes, need 8, or none for a root"),
        ({"start_time_unix_nano": 1 << 63}, "startTimeUnixNano: beyond the year 2262"),
        ({"end_time_unix_nano": (1 << 64) - 1}, "endTimeUnixNano: beyond the year 2262"),
        ({"links": [SentSpan.Link(), SentSpan.Link(trace_id=b"ab")]}, "links[1].traceId: 2 bytes, need 16"),
        ({"links": [SentSpan.Link(span_id=b"abc")]}, "links[0].spanId: 3 bytes, need 8"),
        ({"events": [SentSpan.Event(time_unix_nano=1 << 63)]}, "events[0].timeUnixNano: beyond the year 2262"),
    ],
)
def test_a_span_that_cannot_be_kept_is_rejected_with_its_place(fields: dict[str, Any], expected: str) -> None:
    assert reason(**fields).startswith(expected)


def test_a_link_may_point_nowhere() -> None:
    assert span(links=[SentSpan.Link(trace_state="a=b")]).links == (Link(bytes(16), bytes(8), "a=b"),)


def test_no_protobuf_is_refused_whole() -> None:
    with pytest.raises(DecodeError, match=r"14 bytes.*no protobuf ExportTraceServiceRequest"):
        decode(b"not a protobuf")


@pytest.mark.parametrize("depth", [1_000, 20_000])
def test_endless_nesting_is_refused_with_its_place(depth: int) -> None:
    # Written by hand: protobuf's own writer does not go so deep.
    inner = b"\x0a\x04deep"
    for _ in range(depth):
        item = b"\x0a" + _varint(len(inner)) + inner
        inner = b"\x2a" + _varint(len(item)) + item
    attribute = b"\x0a\x01x\x12" + _varint(len(inner)) + inner
    span_bytes = sent().SerializeToString() + b"\x4a" + _varint(len(attribute)) + attribute
    scope_spans = b"\x12" + _varint(len(span_bytes)) + span_bytes
    group = b"\x12" + _varint(len(scope_spans)) + scope_spans
    with pytest.raises(DecodeError, match=r"resourceSpans\[0\].scopeSpans\[0\].spans\[0\].*nests deeper than 100"):
        decode(b"\x0a" + _varint(len(group)) + group)


def test_a_value_of_forty_levels_is_kept() -> None:
    kept = value(nested(40))
    for _ in range(40):
        assert isinstance(kept, list)
        (kept,) = kept
    assert kept == "deep"


@given(st.data())
def test_a_damaged_body_is_decoded_or_refused(data: st.DataObject) -> None:
    resource = SentResource(attributes=[pair("service.name", AnyValue(string_value="cart"))])
    attributes = [pair("a", nested(3)), pair("b", AnyValue(bytes_value=b"\0\1"))]
    damaged = bytearray(body(sent(attributes=attributes, events=[SentSpan.Event(name="e")]), resource=resource))
    for at in data.draw(st.lists(st.integers(0, len(damaged) - 1), min_size=1, max_size=4)):
        damaged[at] = data.draw(st.integers(0, 255))
    with contextlib.suppress(DecodeError):
        decode(bytes(damaged))


@given(st.binary(max_size=200))
def test_any_bytes_are_decoded_or_refused(noise: bytes) -> None:
    with contextlib.suppress(DecodeError):
        decode(noise)


def _varint(number: int) -> bytes:
    encoded = b""
    while number > 127:
        encoded += bytes([number & 127 | 128])
        number >>= 7
    return encoded + bytes([number])
