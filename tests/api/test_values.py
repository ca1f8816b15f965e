"""Whatever a span carries is given back as it came, type by type; what is over a limit is cut and says so."""

from __future__ import annotations

import base64
import math
from collections.abc import Callable
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, InstrumentationScope, KeyValue, KeyValueList
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span, Status

from tests.api.sending import OTLP, PLAIN, PROTOBUF, dumps, json_span, otlp_json, pb_span, plain_span, post, read, text
from tests.api.sending import protobuf as protobuf_body

pytestmark = pytest.mark.usefixtures("store")


def tagged_text(value: str) -> dict[str, str]:
    return {"$text": base64.b64encode(value.encode("utf-8", "surrogatepass")).decode()}


EMPTY_LIST = AnyValue(array_value=ArrayValue())
# What a sender means, its forms in OTLP (protobuf as an AnyValue where it has one, JSON), how the API gives it back.
VALUES: list[tuple[AnyValue | None, dict[str, Any], Any]] = [
    (AnyValue(string_value="é💡"), {"stringValue": "é💡"}, "é💡"),
    (AnyValue(string_value=""), {"stringValue": ""}, ""),
    (AnyValue(string_value="a\0b"), {"stringValue": "a\0b"}, tagged_text("a\0b")),
    (None, {"stringValue": "a\ud800"}, tagged_text("a\ud800")),
    (AnyValue(bool_value=True), {"boolValue": True}, True),
    (AnyValue(int_value=0), {"intValue": "0"}, 0),
    (AnyValue(int_value=-(1 << 63)), {"intValue": str(-(1 << 63))}, -(1 << 63)),
    (AnyValue(int_value=(1 << 63) - 1), {"intValue": (1 << 63) - 1}, (1 << 63) - 1),
    (None, {"intValue": str(1 << 63)}, {"$int": str(1 << 63)}),
    (AnyValue(double_value=0.5), {"doubleValue": 0.5}, 0.5),
    (AnyValue(double_value=3), {"doubleValue": 3.0}, 3.0),
    (AnyValue(double_value=5e-324), {"doubleValue": 5e-324}, 5e-324),
    (AnyValue(double_value=1e300), {"doubleValue": 1e300}, {"$double": "1e+300"}),
    (AnyValue(double_value=-0.0), {"doubleValue": -0.0}, {"$double": "-0.0"}),
    (AnyValue(double_value=math.nan), {"doubleValue": "NaN"}, {"$double": "NaN"}),
    (AnyValue(double_value=math.nan), {"doubleValue": None}, {"$double": "NaN"}),
    (AnyValue(double_value=-math.inf), {"doubleValue": "-Infinity"}, {"$double": "-Infinity"}),
    (AnyValue(bytes_value=b"\0\xff"), {"bytesValue": "AP8="}, {"$bytes": "AP8="}),
    (
        AnyValue(array_value=ArrayValue(values=[AnyValue(int_value=1), AnyValue(), EMPTY_LIST])),
        {"arrayValue": {"values": [{"intValue": 1}, {}, {"arrayValue": {}}]}},
        [1, None, []],
    ),
    (
        AnyValue(kvlist_value=KeyValueList(values=[text("", "empty"), text("a\0", "b")])),
        {"kvlistValue": {"values": [{"key": "", "value": {"stringValue": "empty"}},
                                    {"key": "a\0", "value": {"stringValue": "b"}}]}},
        {"": "empty", "$text:YQA=": "b"},
    ),
    (
        AnyValue(kvlist_value=KeyValueList(values=[text("$bytes", "mine")])),
        {"kvlistValue": {"values": [{"key": "$bytes", "value": {"stringValue": "mine"}}]}},
        {"$map": {"$bytes": "mine"}},
    ),
    (AnyValue(), {}, None),
]  # fmt: skip


def same(got: Any, expected: Any) -> bool:
    return bool(got == expected) and type(got) is type(expected)


@pytest.mark.parametrize(("protobuf", "otlp", "given_back"), VALUES)
def test_a_value_keeps_its_type_through_otlp(protobuf: AnyValue | None, otlp: dict[str, Any], given_back: Any) -> None:
    if protobuf is not None:
        span = pb_span(attributes=[KeyValue(key="x", value=protobuf), text("y", "z")])
        assert post(OTLP, protobuf_body(span), PROTOBUF).partial_success() == (0, "")
        assert same(read(span.trace_id)[0]["attributes"]["x"], given_back)
    sent = json_span(attributes=[{"key": "x", "value": otlp}])
    assert post(OTLP, otlp_json(sent)).partial_success() == (0, "")
    assert same(read(sent["traceId"])[0]["attributes"]["x"], given_back)


@pytest.mark.parametrize("given_back", [value for _, _, value in VALUES])
def test_what_is_given_back_can_be_sent_as_a_plain_span_again(given_back: Any) -> None:
    span = plain_span(attributes={"x": given_back})
    assert post(PLAIN, dumps(span)).json()["accepted"] == 1
    (stored,) = read(span["trace_id"])
    assert same(stored["attributes"]["x"], given_back)
    copy = stored | {"trace_id": "ab" * 16}
    assert post(PLAIN, dumps(copy)).json()["accepted"] == 1
    assert read("ab" * 16) == [copy]


@pytest.mark.parametrize(
    ("value", "given_back"),
    [(math.nan, {"$double": "NaN"}), (1 << 70, {"$int": str(1 << 70)}), ("\0", tagged_text("\0")),
     ("\udc00", tagged_text("\udc00")), ({"a": {"b": [1, {"c": None}]}}, {"a": {"b": [1, {"c": None}]}})],
)  # fmt: skip
def test_a_plain_span_may_carry_any_json(value: Any, given_back: Any) -> None:
    span = plain_span(attributes={"x": value, "": 1, "a\0": 2})
    post(PLAIN, dumps(span))
    attributes = read(span["trace_id"])[0]["attributes"]
    assert attributes == {"x": given_back, "": 1, "$text:YQA=": 2}


def test_text_that_is_no_utf_8_costs_neither_span_nor_batch() -> None:
    spans = [pb_span(name="mark", attributes=[text("mark", "mark")]), pb_span()]
    body = protobuf_body(*spans, service="mark").replace(b"mark", b"\xff\xfe\xc3(")
    assert post(OTLP, body, PROTOBUF).partial_success() == (0, "")
    (broken,), (whole,) = read(spans[0].trace_id), read(spans[1].trace_id)
    # Each lone byte as the surrogate that Python has for it.
    name = "\udcff\udcfe\udcc3("
    assert broken["name"] == name
    ((key, value),) = broken["attributes"].items()
    assert (key, value) == ("$text:" + tagged_text(name)["$text"], tagged_text(name))
    assert whole["name"] == "GET /"
    assert whole["resource"]["attributes"]["service.name"] == tagged_text(name)


def test_everything_a_span_has_is_given_back() -> None:
    trace_id = bytes(range(200, 216))
    span = pb_span(
        trace_id,
        0xFFFF_FFFF_FFFF_FFFF,
        0x8000_0000_0000_0000,
        name="a\0b",
        start_ns=1_772_442_900_250_000_001,
        kind=3,
        status=Status(code=2, message="boom\0"),  # type: ignore[arg-type]
        events=[Span.Event(time_unix_nano=5, name="e\0", attributes=[text("k", "v")], dropped_attributes_count=1)],
        links=[Span.Link(trace_id=bytes([9]) * 16, span_id=bytes([8]) * 8, trace_state="a=b", flags=1, attributes=[
            text("k", "v")], dropped_attributes_count=2), Span.Link()],
        trace_state="c=d",
        flags=0xFFFF_FFFF,
        dropped_attributes_count=(1 << 32) - 1,
        dropped_events_count=2,
        dropped_links_count=3,
    )  # fmt: skip
    resource = Resource(attributes=[text("service.name", "cart")], dropped_attributes_count=(1 << 32) - 1)
    scope = InstrumentationScope(name="lib", version="1", attributes=[text("s", "t")], dropped_attributes_count=4)
    group = ResourceSpans(
        resource=resource, schema_url="r", scope_spans=[ScopeSpans(scope=scope, spans=[span], schema_url="s")]
    )
    body = ExportTraceServiceRequest(resource_spans=[group]).SerializeToString()
    assert post(OTLP, body, PROTOBUF).partial_success() == (0, "")
    (stored,) = read(trace_id)
    assert stored == {
        "trace_id": trace_id.hex(),
        "span_id": "f" * 16,
        "parent_span_id": "8" + "0" * 15,
        "name": "a\0b",
        "service": "cart",
        "kind": "client",
        "start_time": "2026-03-02T09:15:00.250000001Z",
        "end_time": "2026-03-02T09:15:00.251000001Z",
        "start_ns": 1_772_442_900_250_000_001,
        "duration_ns": 1_000_000,
        "duration_ms": 1.0,
        "status": {"code": "error", "message": "boom\0"},
        "attributes": {},
        "events": [
            {"time": "1970-01-01T00:00:00.000000005Z", "name": "e\0", "attributes": {"k": "v"}}
            | {"dropped_attributes_count": 1}
        ],
        "links": [
            {"trace_id": "09" * 16, "span_id": "08" * 8, "trace_state": "a=b", "flags": 1, "attributes": {"k": "v"}}
            | {"dropped_attributes_count": 2},
            {"trace_id": "0" * 32, "span_id": "0" * 16, "trace_state": "", "flags": 0, "attributes": {}},
        ],
        "resource": {
            "attributes": {"service.name": "cart"},
            "dropped_attributes_count": (1 << 32) - 1,
            "schema_url": "r",
        },
        "scope": {"name": "lib", "version": "1", "attributes": {"s": "t"}, "schema_url": "s"}
        | {"dropped_attributes_count": 4},
        "trace_state": "c=d",
        "flags": 0xFFFF_FFFF,
        "dropped_attributes_count": (1 << 32) - 1,
        "dropped_events_count": 2,
        "dropped_links_count": 3,
    }


def pb_attributes(items: dict[str, str]) -> tuple[bytes, str]:
    span = pb_span(attributes=[text(key, value) for key, value in items.items()])
    return protobuf_body(span), span.trace_id.hex()


def json_attributes(items: dict[str, str]) -> tuple[bytes, str]:
    span = json_span(attributes=[{"key": key, "value": {"stringValue": value}} for key, value in items.items()])
    return otlp_json(span), span["traceId"]


def plain_attributes(items: dict[str, str]) -> tuple[bytes, str]:
    span = plain_span(attributes=items)
    return dumps(span), span["trace_id"]


every_format = pytest.mark.parametrize(
    ("path", "format", "make"),
    [
        (OTLP, PROTOBUF, pb_attributes),
        (OTLP, "application/json", json_attributes),
        (PLAIN, "application/json", plain_attributes),
    ],
)


@every_format
def test_ten_thousand_attributes_are_cut_to_the_limit_and_say_so(
    path: str, format: str, make: Callable[[dict[str, str]], tuple[bytes, str]]
) -> None:
    body, trace_id = make({f"key-{n}": "v" for n in range(10_000)})
    assert post(path, body, format).status == 200
    (stored,) = read(trace_id)
    # jsonb sorts keys, so only the number is known.
    assert set(stored["attributes"]) == {f"key-{n}" for n in range(512)}
    assert stored["dropped_attributes_count"] == 9_488
    assert stored["notes"] == ["10,000 attributes came, the first 512 are kept"]


@every_format
def test_a_value_of_megabytes_is_cut_to_the_limit_and_says_so(
    path: str, format: str, make: Callable[[dict[str, str]], tuple[bytes, str]]
) -> None:
    body, trace_id = make({"sql": "x" * 3_000_000, "user.id": "42"})
    assert post(path, body, format).status == 200
    (stored,) = read(trace_id)
    assert stored["attributes"] == {"sql": "x" * 32_768, "user.id": "42"}
    assert stored["notes"] == ["attribute sql: cut to 32,768 of 3,000,000 characters"]


def test_a_resource_and_names_of_megabytes_are_cut_too() -> None:
    span = pb_span(name="n" * 1_000_000)
    assert post(OTLP, protobuf_body(span, service="s" * 1_000_000), PROTOBUF).status == 200
    (stored,) = read(span.trace_id)
    assert (len(stored["name"]), len(stored["service"])) == (32_768, 32_768)
    assert len(stored["resource"]["attributes"]["service.name"]) == 32_768
    assert "resource attribute service.name: cut to 32,768 of 1,000,000 characters" in stored["notes"]


def test_bytes_and_lists_of_megabytes_are_cut_and_stay_readable() -> None:
    array = AnyValue(array_value=ArrayValue(values=[AnyValue(string_value="item")] * 100_000))
    raw = AnyValue(bytes_value=bytes(1_000_000))
    span = pb_span(attributes=[KeyValue(key="list", value=array), KeyValue(key="raw", value=raw)])
    post(OTLP, protobuf_body(span), PROTOBUF)
    attributes = read(span.trace_id)[0]["attributes"]
    assert 1_000 < len(attributes["list"]) < 10_000
    assert base64.b64decode(attributes["raw"]["$bytes"]) == bytes(24_576)
