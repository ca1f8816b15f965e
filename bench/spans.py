"""A trace's tree in, its spans as OTLP protobuf out, ready to be put into bodies."""

from __future__ import annotations

import struct
from functools import lru_cache
from random import Random
from typing import NamedTuple

from bench.operations import ATTRIBUTE, FORMS
from bench.protobuf import attribute, attributes, field, int_field, length, text_field, text_prefix
from bench.shop import EXCEPTIONS, SERVICES, STACK
from bench.trees import CONSUMER, Node

_TIMES = struct.Struct("<BQBQ")
_LINK_REASON = attribute(4, "link.reason", "follows")
_FAILED = field(15, text_field(2, "operation failed") + int_field(3, 2))
_ERROR = field(15, int_field(3, 2))


class Trace(NamedTuple):
    id: bytes
    user: str
    error: bool
    nodes: list[Node]
    common: bytes  # the attributes that all its spans share

    @property
    def services(self) -> list[str]:
        present = {node.service for node in self.nodes}
        return [service.name for index, service in enumerate(SERVICES) if index in present]


class Encoded(NamedTuple):
    """A span's bytes, as a field of its ScopeSpans, with what decides the body it goes into."""

    end: int
    service: int
    instance: int
    data: bytes


def new_trace(rng: Random, nodes: list[Node], *, error: bool) -> Trace:
    user = f"u-{int(50000 * rng.random() ** 1.5):05d}"
    session, tenant = f"{rng.getrandbits(64):016x}", f"tenant-{int(rng.random() * 24):02d}"
    texts = {"user.id": user, "session.id": session, "app.tenant": tenant}
    # not through the cache of attribute(): a session is never seen again
    common = b"".join(text_prefix_of(key, len(text)) + text.encode() for key, text in texts.items())
    return Trace(rng.getrandbits(128).to_bytes(16, "big"), user, error, nodes, common)


@lru_cache
def text_prefix_of(key: str, size: int) -> bytes:
    return text_prefix(ATTRIBUTE, key, size)


def encode(rng: Random, trace: Trace, previous: Trace | None) -> list[Encoded]:
    """The trace's spans, parents first; `previous` is what its links point to."""
    ids, nodes = b"\x0a\x10" + trace.id + b"\x12\x08", trace.nodes
    return [
        Encoded(node.end, node.service, node.instance, _span(rng, trace, previous, node, ids, nodes)) for node in nodes
    ]


def _span(rng: Random, trace: Trace, previous: Trace | None, node: Node, ids: bytes, nodes: list[Node]) -> bytes:
    number = int(rng.random() * 900_000) + 100_000
    naming, own = FORMS[node.kind](rng, node, number, trace.user)
    data = b"".join((
        ids, node.id,
        b"\x22\x08" + nodes[node.parent].id if node.index else b"",
        naming,
        _TIMES.pack(0x39, node.start, 0x41, node.end),
        trace.common,
        attribute(ATTRIBUTE, "thread.id", int(rng.random() * 64) + 1),
        own,
        _extras(rng, node, number, previous),
    ))  # fmt: skip
    return b"\x12" + length(len(data)) + data


def _extras(rng: Random, node: Node, number: int, previous: Trace | None) -> bytes:
    """What most spans don't have: events, links, an error."""
    extras = _failure(rng, node) if node.error else b""
    if rng.random() < 0.05:
        lookup = attributes(3, {"cache.key": f"p:{number}", "cache.hit": False})
        extras += _event(node.start + (node.end - node.start) // 3, "cache.lookup", lookup)
    if previous and (node.kind == CONSUMER or rng.random() < 0.002):
        ids = field(1, previous.id) + field(2, previous.nodes[0].id)
        extras += field(13, ids + _LINK_REASON)
    return extras


def _failure(rng: Random, node: Node) -> bytes:
    if not node.origin:
        return attribute(ATTRIBUTE, "error.type", "500") + _ERROR
    kind, message = rng.choice(EXCEPTIONS)
    exception = attributes(3, {
        "exception.type": kind,
        "exception.message": message,
        "exception.stacktrace": f"{kind}: {message}\n{STACK}",
        "exception.escaped": True,
    })  # fmt: skip
    event = _event((node.start + node.end) // 2, "exception", exception)
    return attribute(ATTRIBUTE, "error.type", kind) + event + _FAILED


def _event(time_ns: int, name: str, encoded: bytes) -> bytes:
    return field(11, b"\x09" + time_ns.to_bytes(8, "little") + text_field(2, name) + encoded)
