"""Plain JSON spans as people write them by hand, and our own export read back."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry import trace
from opentelemetry.sdk.resources import Resource as SdkResource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from traces.core.iso_time import format_iso, parse_iso
from traces.core.span import Event, Link, Resource, Scope, Span
from traces.core.values import from_python, key_text, text_value
from traces.wire import END_BEFORE_START, DecodeError
from traces.wire.plain_json import decode, encode
from traces.wire.plain_spans import MAYBE_OTHER_UNIT

TUTORIAL = """{"trace_id": "7c0e4d1f9a3b4c5d8e6f00112233aabb", "span_id": "0f1e2d3c4b5a6978",
 "parent_span_id": "0000000000000000", "name": "POST /checkout", "service": "checkout-api",
 "start_time": "2026-03-02T09:15:00.250Z", "end_time": "2026-03-02T09:15:00.583Z", "duration_ms": 333,
 "attributes": {"http.method": "POST", "http.status_code": 200, "user.id": "u_123", "cart.items": 3},
 "events": [{"time": "2026-03-02T09:15:00.300Z", "name": "cache.miss", "key": "cart:42", "attempt": 2}],
 "status": {"code": "OK"}}"""
START_NS = 1772442900250000000
SPAN: dict[str, Any] = {
    "trace_id": "7c0e4d1f9a3b4c5d8e6f00112233aabb",
    "span_id": "0f1e2d3c4b5a6978",
    "name": "GET",
    "start_time": "2026-03-02T09:15:00.250Z",
    "duration_ms": 1,
}


def span(**fields: object) -> Span:
    decoded = decode(json.dumps({**SPAN, **fields}).encode())
    assert decoded.rejected == []
    return decoded.spans[0]


def reason(**fields: object) -> str:
    decoded = decode(json.dumps([SPAN, {**SPAN, **fields}, SPAN]).encode())
    assert len(decoded.spans) == 2
    (reason,) = decoded.rejected
    assert reason.startswith("[1]")
    return reason.removeprefix("[1].")


def test_a_span_as_tutorials_write_it_is_read_whole() -> None:
    assert decode(TUTORIAL.encode()).spans == [
        Span(
            trace_id=bytes.fromhex("7c0e4d1f9a3b4c5d8e6f00112233aabb"),
            span_id=bytes.fromhex("0f1e2d3c4b5a6978"),
            parent_span_id=None,
            start_ns=START_NS,
            duration_ns=333_000_000,
            service="checkout-api",
            name="POST /checkout",
            status=1,
            attributes={"http.method": "POST", "http.status_code": 200, "user.id": "u_123", "cart.items": 3},
            events=(Event(START_NS + 50_000_000, "cache.miss", {"key": "cart:42", "attempt": 2}),),
            resource=Resource({"service.name": "checkout-api"}),
        )
    ]


def test_spans_come_as_one_object_a_list_or_one_a_line() -> None:
    line = json.dumps(SPAN)
    for body in (line, f"[{line}]", f'{{"trace_id": "x", "spans": [{line}]}}', f"{line}\n", f"\ufeff{line}"):
        assert decode(body.encode()).spans == [span()]
    for body in (f"{line}\n{line}", f"{line}\r\n\r\n{line}\r\n", f"{line} {line}", f"[{line}]\n[{line}]"):
        assert decode(body.encode()).spans == [span(), span()]


def test_spans_over_several_lines_may_follow_each_other() -> None:
    pretty = json.dumps(SPAN, indent=4)
    assert decode(f"{pretty}\n{pretty}\n".encode()).spans == [span(), span()]


def test_a_bad_line_is_rejected_with_its_number() -> None:
    line = json.dumps(SPAN)
    decoded = decode(f'{line}\n{{"trace_id": "ab\n\n{line}\noops\n{{}}\n5\n{line}'.encode())
    assert len(decoded.spans) == 3
    assert [each.partition(":")[0] for each in decoded.rejected] == ["line 2", "line 5", "line 6", "line 7"]


def test_a_broken_document_between_others_is_one_reason() -> None:
    pretty = json.dumps(SPAN, indent=2)
    decoded = decode(f"{pretty}\n{pretty.replace(':', ';')}\n{json.dumps(SPAN)}".encode())
    assert len(decoded.spans) == 2
    assert len(decoded.rejected) == 1


@pytest.mark.parametrize("parent", [None, "", "0000000000000000", "0x0000000000000000"])
def test_no_parent_makes_a_root(parent: object) -> None:
    assert span(parent_span_id=parent).parent_span_id is None
    assert span(parent_id=parent).parent_span_id is None


def test_ids_may_have_a_prefix_dashes_and_capitals() -> None:
    got = span(
        trace_id="7C0E4D1F-9A3B-4C5D-8E6F-00112233AABB",
        span_id="0x0f1e2d3c4b5a6978",
        parent_id="0x" + "1" * 16,
    )
    assert (got.trace_id, got.span_id) == (span().trace_id, span().span_id)
    assert got.parent_span_id == b"\x11" * 8


@pytest.mark.parametrize(
    ("text", "time_ns"),
    [
        ("2026-03-02T09:15:00.250Z", START_NS),
        ("2026-03-02T09:15:00.250", START_NS),
        ("2026-03-02 09:15:00.25+00:00", START_NS),
        ("2026-03-02T11:15:00,250000001+02:00", START_NS + 1),
        ("2026-03-02T03:45:00.250-0530", START_NS),
        ("2026-03-02t09:15:00.2500000009z", START_NS),
        ("2026-03-02T10:15:00.250+01", START_NS),
        ("1970-01-01T00:00Z", 0),
        (str(START_NS), START_NS),
        (START_NS, START_NS),
        (0, 0),
        (17, 17),
    ],
)
def test_times_are_exact_to_the_nanosecond(text: object, time_ns: int) -> None:
    assert span(start_time=text).start_ns == time_ns


@given(st.integers(0, (1 << 63) - 1))
def test_iso_times_come_out_as_they_went_in(time_ns: int) -> None:
    assert parse_iso(format_iso(time_ns)) == time_ns


@pytest.mark.parametrize("time", [1772442900, 1772442900250, 1772442900250000])
def test_integers_are_nanoseconds_and_doubtful_ones_are_marked(time: int) -> None:
    assert (span(start_time=time).start_ns, span(start_time=time).notes) == (time, (MAYBE_OTHER_UNIT,))


@pytest.mark.parametrize(
    ("fields", "duration_ns"),
    [
        ({"duration_ms": 333.1}, 333_100_000),
        ({"duration_ms": 0.0000015}, 2),
        ({"duration_ms": 0}, 0),
        ({"duration_ns": 7, "duration_ms": 1}, 7),
        ({"end_time": "2026-03-02T09:15:00.583Z", "duration_ms": 1}, 333_000_000),
        ({"end_time": START_NS + 1}, 1),
    ],
)
def test_the_end_or_a_duration_says_how_long(fields: dict[str, object], duration_ns: int) -> None:
    assert span(**fields).duration_ns == duration_ns


@pytest.mark.parametrize("fields", [{"end_time": "2026-03-02T09:15:00Z"}, {"duration_ms": -1}])
def test_a_span_that_ends_before_it_starts_is_kept_and_marked(fields: dict[str, object]) -> None:
    assert (span(**fields).duration_ns, span(**fields).notes) == (0, (END_BEFORE_START,))


@pytest.mark.parametrize("kind", ["server", "SERVER", "SpanKind.SERVER", "SPAN_KIND_SERVER", 2])
def test_kinds_are_words_in_any_case_or_numbers(kind: object) -> None:
    assert span(kind=kind).kind == 2


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("error", (2, "")),
        ({"code": "Ok"}, (1, "")),
        ({"code": 2, "message": "boom"}, (2, "boom")),
        ({"status_code": "ERROR", "description": "boom"}, (2, "boom")),
        ({"code": "STATUS_CODE_UNSET"}, (0, "")),
        ("StatusCode.OK", (1, "")),
        (None, (0, "")),
        ({}, (0, "")),
    ],
)
def test_status_is_a_word_a_number_or_an_object(status: object, expected: tuple[int, str]) -> None:
    assert (span(status=status).status, span(status=status).status_message) == expected


def test_the_service_is_looked_for_where_people_put_it() -> None:
    named = {"service.name": "cart"}
    for got in (span(service="cart"), span(resource={"attributes": named}), span(attributes=named)):
        assert (got.service, got.resource.attributes) == ("cart", named)
    assert (span().service, span().resource.attributes) == ("unknown_service", {})
    both = span(service="web", resource={"attributes": named})
    assert (both.service, both.resource.attributes) == ("web", named)


def test_what_stands_beside_an_events_name_is_its_attribute() -> None:
    (event,) = span(events=[{"timestamp": 5, "name": "e", "a": 1, "attributes": {"b": 2}}]).events
    assert event == Event(5, "e", {"a": 1, "b": 2})


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ({"$bytes": "aGk="}, {"$bytes": "aGk="}),
        ({"$double": "NaN"}, {"$double": "NaN"}),
        ({"$text": "YQBi"}, {"$text": "YQBi"}),
        ({"$map": {"$bytes": "aGk="}}, {"$map": {"$bytes": "aGk="}}),
        ({"$bytes": "?"}, {"$map": {"$bytes": "?"}}),
        ({"$int": 5}, {"$map": {"$int": 5}}),
        ({"$ref": "x"}, {"$map": {"$ref": "x"}}),
        ({"a": [1, {"$int": "18446744073709551616"}]}, {"a": [1, {"$int": "18446744073709551616"}]}),
        (float("nan"), {"$double": "NaN"}),
        ("a\0\ud800", text_value("a\0\ud800")),
    ],
)
def test_values_are_any_json_and_tags_are_understood(sent: object, kept: object) -> None:
    assert span(attributes={"x": sent}).attributes == {"x": kept}


def console_spans() -> list[ReadableSpan]:
    exporter = InMemorySpanExporter()
    provider = TracerProvider(resource=SdkResource({"service.name": "cart"}), shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = provider.get_tracer("lib")
    linked = trace.SpanContext(5, 6, is_remote=True, trace_state=trace.TraceState([("a", "b"), ("c", "d")]))
    with (
        tracer.start_as_current_span("root", kind=trace.SpanKind.SERVER, links=[trace.Link(linked, {"l": 1})]),
        tracer.start_as_current_span("leaf", attributes={"user.id": "42", "list": [1, 2]}) as leaf,
    ):
        leaf.add_event("cache.miss", {"key": "k"}, timestamp=START_NS)
        leaf.set_status(trace.StatusCode.ERROR, "boom")
    return list(exporter.get_finished_spans())


def test_what_pythons_console_exporter_prints_is_understood() -> None:
    leaf, root = decode("\n".join(each.to_json() for each in console_spans()).encode()).spans
    assert (root.name, root.kind, root.parent_span_id, root.service) == ("root", 2, None, "cart")
    assert root.links == (Link(bytes(15) + b"\5", bytes(7) + b"\6", "a=b,c=d", 0, {"l": 1}),)
    assert (leaf.parent_span_id, leaf.trace_id) == (root.span_id, root.trace_id)
    assert (leaf.status, leaf.status_message, leaf.attributes) == (
        2,
        "boom",
        {"user.id": "42", "list": [1, 2]},
    )
    assert leaf.events == (Event(START_NS, "cache.miss", {"key": "k"}),)
    assert (leaf.resource, leaf.trace_state) == (Resource({"service.name": "cart"}), "")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"trace_id": "ab" * 15}, "trace_id: 30 characters, need 32 hex digits"),
        ({"trace_id": None}, "trace_id: missing, need 32 hex digits"),
        ({"span_id": "0" * 16}, "span_id: only zeros"),
        ({"parent_id": "xyz"}, "parent_span_id: 3 characters, need 16 hex digits"),
        ({"trace_id": 5}, "trace_id: int, need str or null"),
        ({"name": None}, "name: missing, need text"),
        ({"start_time": None}, "start_time: missing, need ISO 8601 text or integer nanoseconds"),
        ({"start_time": 1772442900.25}, "start_time: with a fraction or exponent, need ISO 8601"),
        ({"start_time": "1772442900.25"}, "start_time: 13 characters that are no time, need ISO 8601"),
        ({"start_time": "2026-02-30T00:00:00Z"}, "start_time: 20 characters that are no time"),
        ({"start_time": "9" * 5000}, "start_time: 5000 characters that are no time"),
        ({"start_time": "1969-12-31T23:59:59Z"}, "start_time: before 1970"),
        ({"start_time": True}, "start_time: bool, need"),
        ({"start_time": 1 << 63}, "start_time: before 1970 or after 2262"),
        ({"duration_ms": None}, "end_time: missing, need it or duration_ms"),
        ({"duration_ms": 1e300}, "end_time: before 1970 or after 2262"),
        ({"duration_ms": float("inf")}, "duration_ms: not finite"),
        ({"kind": "butler"}, "kind: an unknown word or number, need 0 to 5 or one of UNSPECIFIED"),
        ({"status": "bad"}, "status.code: an unknown word or number"),
        ({"attributes": 5}, "attributes: int, need object or null"),
        ({"events": [{"name": "e"}]}, "events[0].time: missing"),
        ({"events": [{"time": 1.5}]}, "events[0].time: with a fraction"),
        ({"events": [{"time": 1, "name": 5}]}, "events[0].name: no text"),
        ({"links": [{"trace_id": "12"}]}, "links[0].trace_id: 2 characters"),
    ],
)
def test_a_span_that_cannot_be_kept_is_rejected_with_its_place(fields: dict[str, object], expected: str) -> None:
    assert reason(**fields).startswith(expected)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "empty"),
        (b"hello", "no JSON at line 1, column 1"),
        (b'{"trace_id": ', "no JSON"),
        (b"\xff\xfe", "no UTF-8 at byte 0"),
        (b"5", "need an object or a list"),
        (b'{"spans": 5}', "spans: no list"),
        (b'{"resourceSpans": []}', "OTLP goes to /v1/traces"),
        (b"[" + b"9" * 5000 + b"]", "digits"),
        (b"[" * 100_000, "nested too deep"),
        (b'{"a":' * 1_000 + b"1" + b"}" * 1_000, "nested too deep"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused_with_the_reason(body: bytes, words: str) -> None:
    with pytest.raises(DecodeError) as error:
        decode(body)
    assert words in str(error.value)


def test_a_deep_attribute_is_refused() -> None:
    body = json.dumps({**SPAN, "attributes": {"x": 7}}).replace("7}", "[" * 65 + "]" * 65 + "}")
    with pytest.raises(DecodeError, match="nested too deep"):
        decode(body.encode())


TEXT = st.text(st.characters(codec=None), max_size=6)
INT64 = st.integers(0, (1 << 63) - 1)
COUNTS = st.integers(0, (1 << 32) - 1)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT | st.binary(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT | st.just("$int"), inner, max_size=3),
    max_leaves=6,
).map(from_python)
ATTRIBUTES = st.dictionaries(TEXT.map(key_text), VALUES, max_size=3)
TRACE_STATES = st.sampled_from(["", "a=b,c=d"])
TRACE_IDS, SPAN_IDS = (st.binary(min_size=size, max_size=size) for size in (16, 8))
LINKS = st.builds(Link, TRACE_IDS, SPAN_IDS, TRACE_STATES, COUNTS, ATTRIBUTES, COUNTS)


@st.composite
def spans(draw: st.DrawFn) -> Span:
    start_ns = draw(INT64)
    service = draw(TEXT.filter(bool))
    resource = draw(ATTRIBUTES)
    if service != "unknown_service":
        resource["service.name"] = text_value(service)
    return Span(
        draw(TRACE_IDS.filter(any)),
        draw(SPAN_IDS.filter(any)),
        draw(st.none() | SPAN_IDS.filter(any)),
        start_ns,
        draw(st.integers(0, (1 << 63) - 1 - start_ns)),
        service,
        draw(TEXT),
        draw(st.integers(0, 7)),
        draw(st.integers(0, 2)),
        draw(TEXT),
        draw(ATTRIBUTES),
        tuple(draw(st.lists(st.builds(Event, INT64, TEXT, ATTRIBUTES, COUNTS), max_size=2))),
        tuple(draw(st.lists(LINKS, max_size=2))),
        Resource(resource, draw(COUNTS), draw(TEXT)),
        draw(st.builds(Scope, TEXT, TEXT, ATTRIBUTES, COUNTS, TEXT)),
        draw(TRACE_STATES),
        draw(COUNTS),
        draw(COUNTS),
        draw(COUNTS),
        draw(COUNTS),
        tuple(draw(st.lists(TEXT, max_size=2))),
    )


@given(st.lists(spans(), max_size=3))
def test_what_is_exported_comes_back_as_it_was(sent: list[Span]) -> None:
    body = json.dumps({"trace_id": "00", "spans": [encode(each) for each in sent]}).encode()
    assert decode(body) == (sent, [])


def test_a_span_of_no_service_comes_back_as_it_was() -> None:
    assert decode(json.dumps(encode(span())).encode()).spans == [span()]


def test_the_export_says_what_people_read() -> None:
    exported = encode(span(kind="server", status="error", parent_id="1" * 16))
    assert exported["start_time"] == "2026-03-02T09:15:00.250000000Z"
    assert exported["end_time"] == "2026-03-02T09:15:00.251000000Z"
    assert (exported["start_ns"], exported["duration_ns"], exported["duration_ms"]) == (
        START_NS,
        1_000_000,
        1.0,
    )
    assert (exported["kind"], exported["status"]) == ("server", {"code": "error", "message": ""})
    assert exported["parent_span_id"] == "1" * 16
    assert not {"notes", "dropped_attributes_count"} & exported.keys()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
FIELDS = [*encode(decode(TUTORIAL.encode()).spans[0]), "context", "parent_id", "notes", "dropped_links_count"]


@given(st.binary() | st.text().map(str.encode))
def test_no_bytes_raise_anything_but_a_decode_error(body: bytes) -> None:
    with contextlib.suppress(DecodeError):
        decode(body)


@given(JSON, st.sampled_from(["%s", "[%s]", '{"spans": %s}', "%s\n%s"]))
def test_no_json_raises_anything_but_a_decode_error(sent: object, shape: str) -> None:
    with contextlib.suppress(DecodeError):
        decode(shape.replace("%s", json.dumps(sent)).encode())


@given(st.dictionaries(st.sampled_from(FIELDS), JSON))
def test_a_span_of_any_json_is_kept_or_rejected(fields: dict[str, object]) -> None:
    decoded = decode(json.dumps([SPAN, {**SPAN, **fields}, SPAN]).encode())
    assert len(decoded.spans) + len(decoded.rejected) == 3
