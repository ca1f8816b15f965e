"""A request's body -> its plain bytes: read, inflated, both capped while they grow."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from typing import Any

import zstandard

from traces.api.errors import Refused

_CHUNK = 1 << 18
ENCODINGS = ("identity", "gzip", "deflate", "zstd")


def read(environ: dict[str, Any], *, most: int) -> bytes:
    """The body as sent, with or without Content-Length. Raises Refused with 413 beyond `most` bytes."""
    length = declared_length(environ)
    if length is not None and length > most:
        raise _too_large(most)
    stream = environ["wsgi.input"]
    if length is not None:
        return bytes(stream.read(length))
    # Without a length the body is chunked; Node's exporter always sends so, Go's and Java's with gzip.
    if not environ.get("wsgi.input_terminated") and "chunked" not in environ.get("HTTP_TRANSFER_ENCODING", ""):
        return b""
    chunks, size = [], 0
    while chunk := stream.read(_CHUNK):
        chunks.append(chunk)
        size += len(chunk)
        if size > most:
            raise _too_large(most)
    return b"".join(chunks)


def declared_length(environ: dict[str, Any]) -> int | None:
    length = environ.get("CONTENT_LENGTH") or ""
    return int(length) if length.isdecimal() else None


def inflate(body: bytes, encoding: str, *, most: int) -> bytes:
    """The body without its Content-Encoding. Raises Refused: 415 unknown, 400 broken, 413 beyond `most` bytes."""
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        return body
    inflater = _INFLATERS.get(encoding)
    if inflater is None:
        raise Refused(415, f"Content-Encoding {encoding[:40]!r} is not known here; use one of {', '.join(ENCODINGS)}")
    try:
        return _capped(inflater(body), most)
    except (zlib.error, zstandard.ZstdError, EOFError) as error:
        raise Refused(400, f"the body is no valid {encoding}: it is damaged or was cut short") from error


def _capped(chunks: Iterator[bytes], most: int) -> bytes:
    kept, size = [], 0
    for chunk in chunks:
        kept.append(chunk)
        size += len(chunk)
        if size > most:
            raise Refused(413, f"the body inflates to more than {most:,} bytes; send smaller batches")
    return b"".join(kept)


def _gzip(body: bytes) -> Iterator[bytes]:
    """One or more gzip members."""
    while body:
        inflater = zlib.decompressobj(wbits=31)
        yield from _zlib_chunks(inflater, body)
        body = inflater.unused_data


def _deflate(body: bytes) -> Iterator[bytes]:
    # HTTP's "deflate" is zlib's format; some senders leave its header out.
    zlib_header = len(body) > 1 and body[0] & 0x0F == 8 and (body[0] << 8 | body[1]) % 31 == 0
    yield from _zlib_chunks(zlib.decompressobj(wbits=15 if zlib_header else -15), body)


def _zlib_chunks(inflater: Any, body: bytes) -> Iterator[bytes]:
    while body and not inflater.eof:
        yield inflater.decompress(body, _CHUNK)
        body = inflater.unconsumed_tail
    yield inflater.flush(_CHUNK)
    if not inflater.eof:
        raise EOFError


def _zstd(body: bytes) -> Iterator[bytes]:
    inflater = zstandard.ZstdDecompressor(max_window_size=1 << 27).stream_reader(body, read_across_frames=True)
    size = 0
    while chunk := inflater.read(_CHUNK):
        size += len(chunk)
        yield chunk
    # The reader takes the end of the input for the end of the frame.
    declared = zstandard.get_frame_parameters(body).content_size
    if declared != zstandard.CONTENTSIZE_UNKNOWN and size < declared:
        raise EOFError


_INFLATERS: dict[str, Callable[[bytes], Iterator[bytes]]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "zstd": _zstd,
}


def _too_large(most: int) -> Refused:
    return Refused(413, f"the body is larger than {most:,} bytes; send smaller batches")
