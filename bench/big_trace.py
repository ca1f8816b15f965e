"""A size in, one trace of that many spans out: stored as often as wanted, under another id each time."""

from __future__ import annotations

import time
from random import Random

from bench.bodies import pack_by_count
from bench.frames import Body
from bench.load import BODY_SPANS
from bench.send import Feed, send
from bench.server import Server
from bench.spans import encode, new_trace
from bench.trees import fail, grow, schedule

AGO_NS = 10 * 60 * 10**9
MAX_COPIES = 255  # by how many ids a body can be renewed


def store(server: Server, size: int, *, copies: int = 1, seed: int = 42) -> list[str]:
    """The ids of the copies, which nobody has opened yet."""
    trace_id, bodies = _bodies(size, Random(seed))
    ids = []
    for number in range(min(copies, MAX_COPIES)):
        _store(server, bodies, size)
        ids.append(bytes([trace_id[0] ^ number, *trace_id[1:]]).hex())
        for body in bodies:
            body.renew()
    server.settle()
    return ids


def _bodies(size: int, rng: Random) -> tuple[bytes, list[Body]]:
    nodes = grow(rng, size)
    schedule(rng, nodes, time.time_ns() - AGO_NS)
    fail(rng, nodes)
    trace = new_trace(rng, nodes, error=True)
    frames = pack_by_count([(nodes[0].start, encode(rng, trace, None))], BODY_SPANS)
    return trace.id, [Body(bytearray(frame.body), frame.spans) for frame in frames]


def _store(server: Server, bodies: list[Body], size: int) -> None:
    sent = send(Feed(bodies), server.otlp_port, connections=4)
    if sent.accepted != size:
        raise SystemExit(f"{sent.accepted:,} of a trace's {size:,} spans were taken: {sent.statuses}")
