"""Bodies as they travel: encodings, damage, sizes. Nothing of a refused one is stored."""

from __future__ import annotations

import gzip
import io
import time
import tracemalloc
import zlib
from collections.abc import Callable
from typing import Any

import pytest
import zstandard
from pytest_django import Settings

from tests.api.sending import JSON, OTLP, PLAIN, PROTOBUF, find, json_span, otlp_json, pb_span, post, protobuf, read
from traces.api.bodies import inflate
from traces.api.errors import Refused

MB = 1 << 20


def deflate_raw(body: bytes) -> bytes:
    return zlib.compress(body, wbits=-15)


def zstd_stream(body: bytes) -> bytes:
    """As those write it who don't know beforehand how much it will be."""
    stream = zstandard.ZstdCompressor().compressobj()
    return stream.compress(body) + stream.flush()


COMPRESSED: list[tuple[str, Callable[[bytes], bytes]]] = [
    ("gzip", gzip.compress),
    ("GZip ", gzip.compress),
    ("x-gzip", lambda body: gzip.compress(body[:9]) + gzip.compress(body[9:])),
    ("deflate", zlib.compress),
    ("deflate", deflate_raw),
    ("zstd", zstandard.compress),
    ("zstd", zstd_stream),
]
every_encoding = pytest.mark.parametrize(("encoding", "compress"), COMPRESSED)


@every_encoding
def test_compressed_spans_are_stored(store: None, encoding: str, compress: Callable[[bytes], bytes]) -> None:
    span = pb_span()
    reply = post(OTLP, compress(protobuf(span)), PROTOBUF, encoding=encoding)
    assert (reply.status, reply.body) == (200, b"")
    assert len(read(span.trace_id)) == 1


@every_encoding
@pytest.mark.parametrize("format", [PROTOBUF, JSON])
def test_a_body_that_was_cut_short_is_refused(encoding: str, compress: Callable[[bytes], bytes], format: str) -> None:
    body = compress(protobuf(pb_span(name="n" * 999)))
    for part in (body[:-1], body[: len(body) // 2], body[:3]):
        reply = post(OTLP, part, format, encoding=encoding)
        assert reply.status == 400
        assert reply.headers["Content-Type"] == format
        assert reply.message() == f"the body is no valid {encoding.strip().lower()}: it is damaged or was cut short"


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "zstd"])
def test_what_was_never_compressed_is_refused(encoding: str) -> None:
    assert "no valid" in post(OTLP, protobuf(pb_span()), PROTOBUF, encoding=encoding).message()


def test_damage_in_the_middle_is_noticed() -> None:
    body = bytearray(gzip.compress(protobuf(pb_span(name="n" * 999))))
    body[len(body) // 2] ^= 0xFF
    assert post(OTLP, bytes(body), PROTOBUF, encoding="gzip").status == 400


@pytest.mark.parametrize("encoding", ["br", "gzip, gzip", "snappy", "☃"])
def test_an_unknown_encoding_is_refused_by_name(encoding: str) -> None:
    reply = post(OTLP, b"x", encoding=encoding)
    assert reply.status == 415
    assert (
        reply.message() == f"Content-Encoding {encoding!r} is not known here; use one of identity, gzip, deflate, zstd"
    )


def test_identity_is_no_encoding(store: None) -> None:
    span = json_span()
    assert post(OTLP, otlp_json(span), encoding="identity").status == 200
    assert len(read(span["traceId"])) == 1


@pytest.mark.parametrize("path", [OTLP, PLAIN])
def test_a_body_over_the_limit_is_refused(settings: Settings, path: str) -> None:
    settings.MAX_BODY_BYTES = 1000
    stream = io.BytesIO(b" " * 1001)
    environ: dict[str, Any] = {"CONTENT_LENGTH": "1001", "wsgi.input": stream}
    reply = post(path, b"", **environ)
    assert (reply.status, reply.message()) == (413, "the body is larger than 1,000 bytes; send smaller batches")
    # Read all the same: an answer to somebody who is still sending would be lost.
    assert stream.tell() == 1001


class Endless(io.RawIOBase):
    """A sender who never stops."""

    def __init__(self) -> None:
        self.sent = 0

    def read(self, size: int = -1) -> bytes:
        assert size > 0
        self.sent += size
        return b" " * size


def test_a_body_over_the_limit_is_refused_without_a_length_too(settings: Settings) -> None:
    settings.MAX_BODY_BYTES = MB
    endless = Endless()
    environ: dict[str, Any] = {"CONTENT_LENGTH": "", "wsgi.input": endless}
    reply = post(OTLP, b"", **environ)
    assert reply.status == 413
    assert endless.sent < 4 * MB


@pytest.mark.parametrize("length", ["", "-5", "nonsense", "1e3", "९"])
def test_without_a_usable_length_the_body_is_read_to_its_end(store: None, length: str) -> None:
    span = pb_span()
    assert post(OTLP, protobuf(span), PROTOBUF, CONTENT_LENGTH=length).status == 200
    assert len(read(span.trace_id)) == 1


def test_a_length_beyond_all_numbers_is_too_large() -> None:
    assert post(OTLP, b"x", CONTENT_LENGTH="9" * 5000).status == 413


def test_a_body_shorter_than_announced_is_refused() -> None:
    body = protobuf(pb_span())
    reply = post(OTLP, body, PROTOBUF, CONTENT_LENGTH=str(len(body) + 1))
    assert reply.status == 400
    assert reply.message() == f"{len(body) + 1} bytes were announced and {len(body)} came"


def peak_of(work: Callable[[], Any]) -> int:
    """The most bytes that Python held meanwhile, beyond those before."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("encoding", "compress"), [("gzip", gzip.compress), ("deflate", deflate_raw), ("zstd", zstandard.compress)]
)
def test_a_bomb_is_refused_before_it_goes_off(
    settings: Settings, encoding: str, compress: Callable[[bytes], bytes]
) -> None:
    settings.MAX_INFLATED_BYTES = 4 * MB
    bomb = compress(bytes(256 * MB))

    def throw() -> None:
        reply = post(OTLP, bomb, PROTOBUF, encoding=encoding)
        assert reply.status == 413
        assert reply.message() == "the body inflates to more than 4,194,304 bytes; send smaller batches"

    assert peak_of(throw) < 16 * MB


def test_a_body_of_countless_members_takes_no_longer_than_its_size() -> None:
    body = gzip.compress(b"") * 200_000
    started = time.perf_counter()
    assert inflate(body, "gzip", most=MB) == b""
    assert time.perf_counter() - started < 5


def test_a_stream_of_countless_frames_is_refused() -> None:
    with pytest.raises(Refused, match="no valid zstd"):
        inflate(zstd_stream(b"x") * 100_000, "zstd", most=MB)


def test_much_comes_out_as_it_went_in() -> None:
    body = bytes(3 * MB) + bytes(range(256)) * 8_000
    for encoding, compress in COMPRESSED:
        assert inflate(compress(body), encoding, most=8 * MB) == body


@pytest.mark.parametrize(
    ("content_type", "named"),
    [("", "''"), ("text/plain", "'text/plain'"), ("application/grpc; x=y", "'application/grpc'")],
)
@pytest.mark.parametrize("path", [OTLP, PLAIN])
def test_an_unknown_type_is_refused_by_name(path: str, content_type: str, named: str) -> None:
    reply = post(path, b"{}", content_type)
    assert (reply.status, reply.headers["Content-Type"]) == (415, JSON)
    assert reply.message().startswith(f"Content-Type {named} is not known here; use application/")


def test_a_type_may_have_capitals_and_parameters(store: None) -> None:
    span = json_span()
    assert post(OTLP, otlp_json(span), "Application/JSON; charset=utf-8").status == 200
    assert len(read(span["traceId"])) == 1


@pytest.mark.parametrize(
    ("path", "format", "body", "expected"),
    [
        (OTLP, PROTOBUF, b"not protobuf", "the body (12 bytes) is no protobuf ExportTraceServiceRequest"),
        (OTLP, PROTOBUF, b"", "the body is empty"),
        (OTLP, JSON, b"", "the body is empty"),
        (PLAIN, JSON, b"", "the body is empty"),
        (OTLP, JSON, b'{"resourceSpans": [', "the body is no JSON at line 1, column 20: "),
        (PLAIN, JSON, b"{\n'a'", "the body is no JSON at line 2, column 1: "),
        (OTLP, JSON, b'{"spans": []}', 'the body: no resourceSpans; need {"resourceSpans": [...]}'),
        (OTLP, JSON, b"\xff\xfe", "the body is no UTF-8 at byte 0; need JSON in UTF-8"),
        (OTLP, JSON, b"[]", "the body: array, need object"),
        (PLAIN, JSON, b'{"resourceSpans": []}', "resourceSpans: this is OTLP, need a plain span here"),
        (OTLP, JSON, b"[" * 1_000, "the body is n"),
        (OTLP, JSON, b"[" * 200_000, "the body is n"),
        (PLAIN, JSON, b"[" * 200_000, "the body is n"),
    ],
)
def test_an_unreadable_body_is_refused_with_place_and_reason(
    store: None, path: str, format: str, body: bytes, expected: str
) -> None:
    reply = post(path, body, format)
    assert (reply.status, reply.headers["Content-Type"]) == (400, format)
    assert reply.message().startswith(expected)
    assert find() == []
