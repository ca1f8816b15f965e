"""A request's body -> its plain bytes: read, inflated, both capped while they grow."""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import zstandard

from traces.api.errors import Refused

_CHUNK = 1 << 18
_MOST_FRAMES = 100
_ALL_READ = io.BytesIO()
ENCODINGS = ("identity", "gzip", "deflate", "zstd")


def read(environ: dict[str, Any], *, most: int, grow: Callable[[int], None] = lambda size: None) -> bytes:
    """The body as sent, with or without Content-Length. Raises Refused with 413 beyond `most` bytes.

    Without a length `grow` is told how much there is by now, and may refuse more.
    """
    stream, length = environ["wsgi.input"], declared_length(environ, most=most)
    if length is not None:
        body = bytes(stream.read(length))
    # Without a length the body is chunked; Node's exporter always sends so, Go's and Java's with gzip.
    elif environ.get("wsgi.input_terminated") or "chunked" in environ.get("HTTP_TRANSFER_ENCODING", ""):
        body = _read_to_end(stream, most, grow)
    else:
        body = b""
    environ["wsgi.input"] = _ALL_READ
    if length is not None and len(body) < length:
        raise Refused(400, f"{length:,} bytes were announced and {len(body):,} came")
    return body


def _read_to_end(stream: Any, most: int, grow: Callable[[int], None]) -> bytes:
    chunks, size = [], 0
    while chunk := stream.read(_CHUNK):
        chunks.append(chunk)
        size += len(chunk)
        if size > most:
            raise _too_large(most)
        grow(size)
    return b"".join(chunks)


def drain(environ: dict[str, Any], *, most: int) -> None:
    """Reads what was not read yet and keeps nothing of it.

    Who is still sending when the connection closes loses the answer: the unread rest makes the system reset it.
    """
    length = _content_length(environ)
    if "100-continue" in environ.get("HTTP_EXPECT", "") or (
        length is None and not environ.get("wsgi.input_terminated")
    ):
        return
    left = most if length is None else min(length, most)
    while left > 0 and (chunk := environ["wsgi.input"].read(min(left, _CHUNK))):
        left -= len(chunk)


def declared_length(environ: dict[str, Any], *, most: int) -> int | None:
    """Content-Length, None where there is none that makes sense. Raises Refused with 413 beyond `most`."""
    length = _content_length(environ)
    if length is not None and length > most:
        raise _too_large(most)
    return length


def _content_length(environ: dict[str, Any]) -> int | None:
    length = environ.get("CONTENT_LENGTH") or ""
    # Python makes no integer of thousands of digits.
    return int(length[:20]) if length.isascii() and length.isdecimal() else None


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
    yield from _zlib_chunks(31, body)


def _deflate(body: bytes) -> Iterator[bytes]:
    # HTTP's "deflate" is zlib's format; some senders leave its header out.
    zlib_header = len(body) > 1 and body[0] & 0x0F == 8 and (body[0] << 8 | body[1]) % 31 == 0
    yield from _zlib_chunks(15 if zlib_header else -15, body)


def _zlib_chunks(wbits: int, body: bytes) -> Iterator[bytes]:
    inflater = zlib.decompressobj(wbits)
    # In pieces: what is left of the input is copied at each step.
    for at in range(0, len(body), _CHUNK):
        piece = body[at : at + _CHUNK]
        while piece:
            if inflater.eof:
                inflater = zlib.decompressobj(wbits)
            yield inflater.decompress(piece, _CHUNK)
            piece = inflater.unconsumed_tail or inflater.unused_data
    yield inflater.flush(_CHUNK)
    if not inflater.eof:
        raise EOFError


def _zstd(body: bytes) -> Iterator[bytes]:
    inflater = _zstd_inflater().stream_reader(body, read_across_frames=True)
    size = 0
    while chunk := inflater.read(_CHUNK):
        size += len(chunk)
        yield chunk
    # The reader takes the end of the input for the end of the frame.
    if size != zstandard.get_frame_parameters(body).content_size:
        _check_frames(body)


def _check_frames(body: bytes) -> None:
    """Raises EOFError unless the last frame is whole. Only for what inflates to a size that is known to be bounded."""
    for _ in range(_MOST_FRAMES):
        frame = _zstd_inflater().decompressobj()
        frame.decompress(body)
        if not frame.eof:
            break
        body = frame.unused_data
        if not body:
            return
    raise EOFError


def _zstd_inflater() -> zstandard.ZstdDecompressor:
    return zstandard.ZstdDecompressor(max_window_size=1 << 27)


_INFLATERS: dict[str, Callable[[bytes], Iterator[bytes]]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "zstd": _zstd,
}


def _too_large(most: int) -> Refused:
    return Refused(413, f"the body is larger than {most:,} bytes; send smaller batches")
