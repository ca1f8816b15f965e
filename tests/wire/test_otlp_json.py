"""OTLP/JSON as senders write it, and as they should not."""

from __future__ import annotations

import base64
import contextlib
import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from traces.core.span import Link, Resource, Scope, Span
from traces.core.values import to_python
from traces.wire import END_BEFORE_START, DecodeError
from traces.wire.otlp_json import decode

# The example of https://github.com/open-telemetry/opentelemetry-proto/blob/main/examples/trace.json
SPECIFICATION_EXAMPLE = """{
  "resourceSpans": [
    {
      "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "my.service"}}]},
      "scopeSpans": [
        {
          "scope": {
            "name": "my.library", "version": "1.0.0",
            "attributes": [{"key": "my.scope.attribute", "value": {"stringValue": "some scope attribute"}}]
          },
          "spans": [
            {
              "traceId": "5B8EFFF798038103D269B633813FC60C", "spanId": "EEE19B7EC3C1B174",
              "parentSpanId": "EEE19B7EC3C1B173", "name": "I'm a server span",
              "startTimeUnixNano": "1544712660000000000", "endTimeUnixNano": "1544712661000000000",
              "kind": 2, "attributes": [{"key": "my.span.attr", "value": {"stringValue": "some value"}}]
            }
          ]
        }
      ]
    }
  ]
}"""

# As @opentelemetry/exporter-trace-otlp-http 0.5x writes a failed request.
NODE_BODY = (
    '{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"cart"}},'
    '{"key":"process.pid","value":{"intValue":77}},{"key":"process.command_args","value":{"arrayValue":'
    '{"values":[{"stringValue":"node"},{"stringValue":"app.js"}]}}}],"droppedAttributesCount":0},'
    '"scopeSpans":[{"scope":{"name":"@opentelemetry/instrumentation-http","version":"0.57.1"},"spans":['
    '{"traceId":"7c0e4d1f9a3b4c5d8e6f00112233aabb","spanId":"0f1e2d3c4b5a6978","name":"GET","kind":3,'
    '"startTimeUnixNano":"1772442900250000000","endTimeUnixNano":"1772442900583125000",'
    '"attributes":[{"key":"http.url","value":{"stringValue":"http://a/?q=\\"x\\"},{\\"key\\":"}},'
    '{"key":"http.status_code","value":{"intValue":500}},{"key":"ratio","value":{"doubleValue":0.5}},'
    '{"key":"retried","value":{"boolValue":false}}],"droppedAttributesCount":1,'
    '"events":[{"attributes":[{"key":"exception.type","value":{"stringValue":"Error"}}],"name":"exception",'
    '"timeUnixNano":"1772442900300000000","droppedAttributesCount":0}],"droppedEventsCount":2,'
    '"status":{"code":2,"message":"boom"},"links":[{"attributes":[],"traceId":"000102030405060708090a0b0c0d0e0f",'
    '"spanId":"0001020304050607","droppedAttributesCount":0,"flags":257}],"droppedLinksCount":3,"flags":257}]}]}]}'
)

SPAN: dict[str, Any] = {
    "traceId": "7c0e4d1f9a3b4c5d8e6f00112233aabb",
    "spanId": "0f1e2d3c4b5a6978",
    "name": "GET",
    "startTimeUnixNano": "1772442900250000000",
    "endTimeUnixNano": "1772442900583000000",
}


def body(*spans: object, resource: object = None) -> bytes:
    request = {"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": list(spans)}]}]}
    return json.dumps(request, separators=(",", ":")).encode()


def span(**fields: object) -> Span:
    decoded = decode(body({**SPAN, **fields}))
    assert decoded.rejected == []
    return decoded.spans[0]


def value(sent: object) -> object:
    return span(attributes=[{"key": "x", "value": sent}]).attributes["x"]


def reason(**fields: object) -> str:
    good = {**SPAN, "name": "kept"}
    decoded = decode(body(good, {**SPAN, **fields}, good))
    assert [each.name for each in decoded.spans] == ["kept", "kept"]
    (reason,) = decoded.rejected
    assert reason.startswith("resourceSpans[0].scopeSpans[0].spans[1]")
    return reason.removeprefix("resourceSpans[0].scopeSpans[0].spans[1]")


def test_the_specifications_example_is_read() -> None:
    (got,) = decode(SPECIFICATION_EXAMPLE.encode()).spans
    assert got == Span(
        trace_id=bytes.fromhex("5b8efff798038103d269b633813fc60c"),
        span_id=bytes.fromhex("eee19b7ec3c1b174"),
        parent_span_id=bytes.fromhex("eee19b7ec3c1b173"),
        start_ns=1544712660000000000,
        duration_ns=1_000_000_000,
        service="my.service",
        name="I'm a server span",
        kind=2,
        attributes={"my.span.attr": "some value"},
        resource=Resource({"service.name": "my.service"}),
        scope=Scope("my.library", "1.0.0", {"my.scope.attribute": "some scope attribute"}),
    )


def test_a_body_as_node_writes_it_is_read_whole() -> None:
    (got,) = decode(NODE_BODY.encode()).spans
    assert got.parent_span_id is None
    assert dict(got.attributes) == {
        "http.url": 'http://a/?q="x"},{"key":',
        "http.status_code": 500,
        "ratio": 0.5,
        "retried": False,
    }
    assert got.resource.attributes["process.command_args"] == ["node", "app.js"]
    assert (got.status, got.status_message, got.flags) == (2, "boom", 257)
    assert (got.dropped_attributes, got.dropped_events, got.dropped_links) == (1, 2, 3)
    assert got.events[0].attributes == {"exception.type": "Error"}
    assert got.links == (Link(bytes(range(16)), bytes(range(8)), "", 257),)


@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": ")])
def test_spaces_change_nothing(separators: tuple[str, str]) -> None:
    again = json.dumps(json.loads(NODE_BODY), separators=separators).encode()
    assert decode(again) == decode(NODE_BODY.encode())


def test_a_byte_order_mark_is_skipped() -> None:
    assert len(decode(b"\xef\xbb\xbf" + body(SPAN)).spans) == 1


def test_unknown_fields_and_nulls_are_ignored() -> None:
    got = span(
        novelty={"a": [1]},
        parentSpanId=None,
        kind=None,
        attributes=None,
        events=None,
        links=None,
        status=None,
    )
    assert got == span()


def test_the_old_names_of_scopes_are_understood() -> None:
    group = {"instrumentationLibrary": {"name": "old"}, "spans": [SPAN]}
    sent = {"resourceSpans": [{"instrumentationLibrarySpans": [group]}]}
    assert decode(json.dumps(sent).encode()).spans[0].scope.name == "old"


def test_a_body_without_spans_has_none() -> None:
    assert decode(b"{}").spans == []
    assert decode(b'{"resourceSpans": null}').spans == []
    assert decode(b'{"resourceSpans":[{"scopeSpans":[{}]},{}]}').spans == []


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ({"stringValue": "a"}, "a"),
        ({"stringValue": ""}, ""),
        ({"stringValue": None, "intValue": "5"}, 5),
        ({"intValue": "-9223372036854775808"}, -(1 << 63)),
        ({"intValue": 3}, 3),
        ({"intValue": 3.0}, 3),
        ({"intValue": "18446744073709551616"}, {"$int": "18446744073709551616"}),
        ({"boolValue": False}, False),
        ({"doubleValue": 0.5}, 0.5),
        ({"doubleValue": 2}, 2.0),
        ({"doubleValue": "1.5e3"}, 1500.0),
        ({"doubleValue": None}, {"$double": "NaN"}),
        ({"doubleValue": "NaN"}, {"$double": "NaN"}),
        ({"doubleValue": "Infinity"}, {"$double": "Infinity"}),
        ({"doubleValue": "-Infinity"}, {"$double": "-Infinity"}),
        ({"doubleValue": math.nan}, {"$double": "NaN"}),
        ({"bytesValue": "aGk="}, {"$bytes": "aGk="}),
        ({"bytesValue": "-_8"}, {"$bytes": "+/8="}),
        ({"arrayValue": {"values": [{"stringValue": "a"}, {}, None]}}, ["a", None, None]),
        ({"arrayValue": {}}, []),
        (
            {"kvlistValue": {"values": [{"key": "a", "value": {"intValue": 1}}, {"key": "b"}]}},
            {"a": 1, "b": None},
        ),
        (
            {"kvlistValue": {"values": [{"key": "$int", "value": {"stringValue": "5"}}]}},
            {"$map": {"$int": "5"}},
        ),
        ({}, None),
        (None, None),
    ],
)
def test_each_kind_of_value_keeps_its_type(sent: object, kept: object) -> None:
    assert value(sent) == kept
    assert type(value(sent)) is type(kept)


def test_a_number_beyond_doubles_is_infinite() -> None:
    sent = body({**SPAN, "attributes": [{"key": "x", "value": {"doubleValue": 7}}]}).replace(b":7}", b":1e999}")
    assert decode(sent).spans[0].attributes["x"] == {"$double": "Infinity"}


@pytest.mark.parametrize("text", ["\ud800", "a\0b", "\udc00\ud800", "💡 \ud83d"])
def test_text_that_a_database_refuses_comes_out_as_it_went_in(text: str) -> None:
    got = span(name=text, attributes=[{"key": text, "value": {"stringValue": text}}])
    assert got.name == text
    assert to_python({"wrap": 1, **got.attributes}) == {"wrap": 1, text: text}


def test_nested_pairs_are_not_mistaken_for_attributes() -> None:
    inner = [{"key": "a", "value": {"stringValue": "1"}}, {"key": "b", "value": {"stringValue": "2"}}]
    pairs = [
        {"key": "map", "value": {"kvlistValue": {"values": inner}}},
        {"key": "c", "value": {"boolValue": True}},
    ]
    assert span(attributes=pairs).attributes == {"map": {"a": "1", "b": "2"}, "c": True}


def test_pairs_may_name_their_value_first() -> None:
    pairs = [{"key": "a", "value": {"intValue": 1}}, {"value": {"intValue": 2}, "key": "b"}]
    assert span(attributes=pairs).attributes == {"a": 1, "b": 2}


@pytest.mark.parametrize(
    ("kind", "number"),
    [
        ("SPAN_KIND_SERVER", 2),
        ("SERVER", 2),
        ("server", 2),
        (5, 5),
        (0, 0),
        (9, 9),
        ("SPAN_KIND_UNSPECIFIED", 0),
    ],
)
def test_kinds_are_numbers_or_names(kind: object, number: int) -> None:
    assert span(kind=kind).kind == number


@pytest.mark.parametrize(("code", "number"), [("STATUS_CODE_ERROR", 2), ("OK", 1), (None, 0), (2, 2)])
def test_status_codes_are_numbers_or_names(code: object, number: int) -> None:
    assert span(status={"code": code}).status == number


@pytest.mark.parametrize("parent", ["", None, "0000000000000000"])
def test_no_parent_makes_a_root(parent: object) -> None:
    assert span(parentSpanId=parent).parent_span_id is None


@pytest.mark.parametrize("time", [1772442900250000000, "1772442900250000000"])
def test_times_are_numbers_or_text(time: object) -> None:
    assert span(startTimeUnixNano=time).start_ns == 1772442900250000000


def test_a_time_that_a_float_has_rounded_is_rejected() -> None:
    assert reason(startTimeUnixNano=1.77244290025e18).startswith(".startTimeUnixNano: no integer")


def test_zero_is_a_time() -> None:
    got = span(startTimeUnixNano=0, endTimeUnixNano="0")
    assert (got.start_ns, got.duration_ns, got.notes) == (0, 0, ())


def test_a_span_that_ends_before_it_starts_is_kept_and_marked() -> None:
    got = span(endTimeUnixNano="1772442900249999999")
    assert (got.duration_ns, got.notes) == (0, (END_BEFORE_START,))


@pytest.mark.parametrize("service", [None, {"stringValue": ""}, {"intValue": 5}])
def test_a_span_without_a_service_name_is_of_an_unknown_service(service: object) -> None:
    resource = {"attributes": [{"key": "service.name", "value": service}]}
    assert decode(body(SPAN, resource=resource)).spans[0].service == "unknown_service"


def test_a_link_may_point_nowhere() -> None:
    assert span(links=[{"traceId": "", "traceState": "a=b"}]).links == (Link(bytes(16), bytes(8), "a=b"),)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"traceId": "ab" * 15}, ".traceId: 30 characters, need 32 hex digits"),
        ({"traceId": "xy" * 16}, ".traceId: not all are hex digits, need 32 hex digits"),
        ({"traceId": "0" * 32}, ".traceId: only zeros, need 32 hex digits of a real id"),
        ({"traceId": None}, ".traceId: missing, need 32 hex digits"),
        ({"traceId": "a b " * 8}, ".traceId: not all are hex digits, need 32 hex digits"),
        ({"traceId": "é" * 32}, ".traceId: not all are hex digits, need 32 hex digits"),
        ({"spanId": "0" * 16}, ".spanId: only zeros, need 16 hex digits of a real id"),
        ({"parentSpanId": "12"}, ".parentSpanId: 2 characters, need 16 hex digits"),
        ({"startTimeUnixNano": "soon"}, ".startTimeUnixNano: no integer, need digits"),
        ({"startTimeUnixNano": 1.5}, ".startTimeUnixNano: no integer, need digits"),
        ({"startTimeUnixNano": "9" * 5000}, ".startTimeUnixNano: no integer, need digits"),
        ({"endTimeUnixNano": "9223372036854775808"}, ".endTimeUnixNano: before 1970 or after 2262"),
        ({"endTimeUnixNano": -1}, ".endTimeUnixNano: before 1970 or after 2262"),
        ({"name": 5}, ".name: int, need str or null"),
        ({"attributes": 5}, ".attributes: int, need array or null"),
        (
            {"attributes": [{"key": "a", "value": {"boolValue": 1}}]},
            ".attributes[0].value.boolValue: int, need bool",
        ),
        (
            {"attributes": [{"key": "a"}, {"value": {"bytesValue": "%"}}]},
            ".attributes[1].value.bytesValue: 1 char",
        ),
        (
            {"attributes": [{"key": "a", "value": {"doubleValue": "x"}}]},
            ".attributes[0].value.doubleValue: no number",
        ),
        ({"kind": "BUTLER"}, ".kind: an unknown word or number, need 0 to 5 or one of UNSPECIFIED"),
        ({"kind": True}, ".kind: bool, need int or str or null"),
        ({"flags": -1}, ".flags: out of range"),
        ({"events": [{}, {"timeUnixNano": "x"}]}, ".events[1].timeUnixNano: no integer"),
        ({"links": [{"traceId": "12"}]}, ".links[0].traceId: 2 characters, need 32 hex digits"),
    ],
)
def test_a_span_that_cannot_be_kept_is_rejected_with_its_place(fields: dict[str, object], expected: str) -> None:
    assert reason(**fields).startswith(expected)


def test_what_is_no_span_is_rejected_alone() -> None:
    decoded = decode(body(SPAN, None, 5))
    assert len(decoded.spans) == 1
    assert decoded.rejected[0] == "resourceSpans[0].scopeSpans[0].spans[1]: null, need object"
    assert decoded.rejected[1] == "resourceSpans[0].scopeSpans[0].spans[2]: int, need object"


def test_spans_of_an_unreadable_resource_are_rejected_with_it() -> None:
    resource = {"attributes": [{"key": "a", "value": {"intValue": "many"}}]}
    decoded = decode(body(SPAN, SPAN, resource=resource))
    place = "resourceSpans[0].resource.attributes[0].value.intValue: no integer"
    assert [each.startswith(place) for each in decoded.rejected] == [True, True]


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"hello", "no JSON at line 1, column 1"),
        (b'{"resourceSpans": [', "no JSON at line 1, column 20"),
        (b'{"resourceSpans": [\xff]}', "no UTF-8 at byte 19"),
        (b'{"resourceSpans": [], "x": "\xed\xa0\x80"}', "no UTF-8"),
        (b"[]", "the body: array, need object"),
        (b"null", "the body: null, need object"),
        (b'{"resourceSpans": 5}', "resourceSpans: int, need array"),
        (b'{"resourceSpans": [{"scopeSpans": {}}]}', "resourceSpans[0].scopeSpans: object, need array"),
        (b'{"resource_spans": []}', "no resourceSpans"),
        (b'{"resourceSpans": [' + b"9" * 5000 + b"]}", "digits"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused_with_the_reason(sent: bytes, words: str) -> None:
    with pytest.raises(DecodeError) as error:
        decode(sent)
    assert words in str(error.value)


@pytest.mark.parametrize("levels", [65, 1_000, 100_000])
def test_deep_nesting_is_refused(levels: int) -> None:
    opening, closing = b'{"arrayValue":{"values":[', b"]}}"
    sent = body({**SPAN, "attributes": [{"key": "x", "value": {"intValue": 7}}]})
    with pytest.raises(DecodeError, match="nested too deep"):
        decode(sent.replace(b'{"intValue":7}', opening * levels + b"{}" + closing * levels))


def test_nesting_within_the_limit_is_kept() -> None:
    sent: object = {"stringValue": "core"}
    for _ in range(64):
        sent = {"arrayValue": {"values": [sent]}}
    kept = value(sent)
    for _ in range(64):
        assert isinstance(kept, list)
        (kept,) = kept
    assert kept == "core"


def test_reasons_repeat_no_value() -> None:
    secret = "s3cret-t0ken"
    for fields in ({"traceId": secret}, {"kind": secret}, {"startTimeUnixNano": secret}, {"status": secret}):
        assert secret not in reason(**fields)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
FIELDS = [*SPAN, "parentSpanId", "kind", "attributes", "status", "events", "links", "traceState", "flags"]


@given(st.binary())
def test_no_bytes_raise_anything_but_a_decode_error(sent: bytes) -> None:
    with contextlib.suppress(DecodeError):
        decode(sent)


@given(JSON)
def test_no_json_raises_anything_but_a_decode_error(sent: object) -> None:
    for text in (
        json.dumps(sent),
        json.dumps({"resourceSpans": sent}),
        json.dumps({"resourceSpans": [sent]}),
    ):
        with contextlib.suppress(DecodeError):
            decode(text.encode())


@given(st.dictionaries(st.sampled_from(FIELDS), JSON))
def test_a_span_of_any_json_is_kept_or_rejected(fields: dict[str, object]) -> None:
    decoded = decode(body(SPAN, {**SPAN, **fields}, SPAN))
    assert len(decoded.spans) + len(decoded.rejected) == 3


def any_value(sent: Any) -> dict[str, object]:
    """The AnyValue of a Python value."""
    if isinstance(sent, bytes):
        return {"bytesValue": base64.b64encode(sent).decode()}
    if isinstance(sent, list):
        return {"arrayValue": {"values": [any_value(item) for item in sent]}}
    if isinstance(sent, dict):
        return {"kvlistValue": {"values": [{"key": key, "value": any_value(sent[key])} for key in sent]}}
    names = {bool: "boolValue", int: "intValue", float: "doubleValue", str: "stringValue"}
    return {} if sent is None else {names[type(sent)]: str(sent) if type(sent) is int else sent}


TEXT = st.text(st.characters(codec=None), max_size=6)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT | st.binary(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(TEXT, VALUES, max_size=5))
def test_any_attributes_come_out_as_they_went_in(sent: dict[str, object]) -> None:
    pairs = [{"key": key, "value": any_value(sent[key])} for key in sent]
    assert to_python({"$map": dict(span(attributes=pairs).attributes)}) == sent
