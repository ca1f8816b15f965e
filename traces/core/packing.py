"""In: a `Trace` and what was computed with it. Out: bytes for a file, and the same back from them without copying.

A file that is mapped costs nothing until a row is looked at, and all processes share it. Numbers are as the machine
has them: such a file doesn't travel.
"""

from __future__ import annotations

import json
import struct
import sys
from array import array
from collections.abc import Sequence
from functools import reduce
from typing import Any, Literal
from zlib import crc32

from traces.core.columns import Columns, Instance, Operation
from traces.core.repeats import Repeats
from traces.core.trace import Trace

FORMAT = 4  # another number for another form of the file, or for trees built in another way
_MAGIC = f"tracing-ui {FORMAT} {sys.byteorder}".encode()
_PREFIX = struct.Struct("=24sQQ")  # magic, length of the head, checksum of all that follows
_Codes = dict[str, Literal["q", "i", "h"]]
_COLUMNS: _Codes = {
    "span_ids": "q",
    "parent_ids": "q",
    "starts_ns": "q",
    "durations_ns": "q",
    "operation_places": "i",
    "statuses": "h",
    "resource_places": "i",
}
_PLACES: _Codes = {"order": "i", "depths": "i", "sizes": "i", "errors": "i"}
_REPEATS: _Codes = {"members": "i", "bounds": "i"}
_NUMBERS = ("start_ns", "end_ns", "levels", "missing_parents", "orphans", "cycles")


class NotPacked(ValueError):
    """The bytes are no packed trace of this format, or not whole."""


def pack(trace: Trace, repeats: Repeats, extra: Any) -> Sequence[bytes | memoryview]:
    """The pieces of the file, in their order; `extra` is anything that JSON can say."""
    columns = [array(code, getattr(trace.columns, name)) for name, code in _COLUMNS.items()]
    columns += [array(code, getattr(trace, name)) for name, code in _PLACES.items()]
    columns += [array(code, getattr(repeats, name)) for name, code in _REPEATS.items()]
    head = {
        "numbers": {name: getattr(trace, name) for name in _NUMBERS},
        "trace_id": trace.columns.trace_id.hex(),
        "operations": list(trace.columns.operations),
        "resources": list(trace.columns.resources),
        "notes": list(trace.notes.items()),
        "lengths": [len(column) for column in columns],
        "extra": extra,
    }
    text = json.dumps(head).encode()
    pieces: list[bytes | memoryview] = [text, b" " * _gap(len(text))]
    for column in columns:
        pieces += [memoryview(column).cast("B"), bytes(_gap(len(column) * column.itemsize))]
    head_length = len(text) + _gap(len(text))
    checksum = reduce(lambda before, piece: crc32(piece, before), pieces, _seed(head_length))
    return [_PREFIX.pack(_MAGIC, head_length, checksum), *pieces]


def unpack(packed: memoryview) -> tuple[Trace, Repeats, Any]:
    """The trace and its repeats, whose columns are views of the bytes, and the extra. Raises NotPacked."""
    if len(packed) < _PREFIX.size:
        raise NotPacked(f"{len(packed)} bytes are too few")
    magic, head_length, checksum = _PREFIX.unpack_from(packed)
    if magic.rstrip(b"\0") != _MAGIC:
        raise NotPacked("another format")
    if crc32(packed[_PREFIX.size :], _seed(head_length)) != checksum:
        raise NotPacked("damaged, or cut off")
    head = json.loads(bytes(packed[_PREFIX.size : _PREFIX.size + head_length]))
    codes, views, at = _COLUMNS | _PLACES | _REPEATS, {}, _PREFIX.size + head_length
    for (name, code), length in zip(codes.items(), head["lengths"], strict=True):
        size = length * array(code).itemsize
        views[name] = packed[at : at + size].cast(code)
        at += size + _gap(size)
    columns = Columns(
        trace_id=bytes.fromhex(head["trace_id"]),
        operations=[Operation(*operation) for operation in head["operations"]],
        resources=[Instance(*instance) for instance in head["resources"]],
        **{name: views[name] for name in _COLUMNS},
    )
    places: dict[str, Any] = {name: views[name] for name in _PLACES}
    trace = Trace(columns=columns, notes=dict(head["notes"]), **places, **head["numbers"])
    return trace, Repeats(**{name: views[name] for name in _REPEATS}), head["extra"]


def _seed(head_length: int) -> int:
    return crc32(head_length.to_bytes(8, sys.byteorder))


def _gap(length: int) -> int:
    """What is missing to whole words, so that each column begins at one."""
    return -length % 8
