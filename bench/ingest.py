"""A load and a server in, the speed, the cost and the correctness of taking it out."""

from __future__ import annotations

import threading
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

from bench import database, frames
from bench.connection import Connection
from bench.grpc_connection import GrpcConnection
from bench.processes import Memory
from bench.report import Row
from bench.send import Feed, Sent, send
from bench.server import Server
from bench.yardstick import plain_decode_us


class Targets(NamedTuple):
    spans_per_second: int
    cpu_us: float
    p99_ms: float | None = None
    max_ms: float | None = None


# What the floors of CPU come to where a plain decode takes the 10 µs a span that they were set with.
PLAIN_DECODE_US = 10.0
PACKED = Targets(spans_per_second=45_000, cpu_us=42)
SDK = Targets(spans_per_second=30_000, cpu_us=55, p99_ms=600, max_ms=2000)
# A call costs grpcio about 300 µs, 60 spans share it, and the sender is on the same cores.
GRPC = Targets(spans_per_second=24_000, cpu_us=66, p99_ms=600, max_ms=2000)
MAX_MEMORY_MB = 400
MAX_BYTES_PER_SPAN = 1000


class Ingested(NamedTuple):
    sent: Sent
    cpu_us: float  # a span, of server and database, with what they did afterwards
    memory: Memory
    plain_decode_us: float  # a span, before and after: what this machine costs by itself


class MemoryWatch:
    """The most that a server's Python processes took together while it was open."""

    def __init__(self, server: Server) -> None:
        self.most = server.python_memory()
        self._server, self._over = server, threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> MemoryWatch:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(1):
            self.most = max(self.most, self._server.python_memory(), key=lambda memory: memory.resident_bytes)


def ingest(server: Server, file: Path, *, connections: int, by_grpc: bool = False) -> Ingested:
    """Sends the whole file as fast as the server takes it."""
    bodies = frames.read(file)
    plain_us = plain_decode_us(bodies)
    before = server.cpu_seconds()
    with MemoryWatch(server) as watch:
        port, connect = (server.otlp_grpc_port, GrpcConnection) if by_grpc else (server.otlp_port, Connection)
        sent = send(Feed(bodies), port, connections=connections, connect=connect)
        server.settle()
    cpu_us = (server.cpu_seconds() - before) / max(sent.accepted, 1) * 1e6
    return Ingested(sent, cpu_us, watch.most, (plain_us + plain_decode_us(bodies)) / 2)


def rows_of_speed(what: str, ingested: Ingested, targets: Targets) -> list[Row]:
    sent, speed, cpu_us = ingested.sent, ingested.sent.spans_per_second, ingested.cpu_us
    sender_us = sent.sender_cpu_seconds / max(sent.accepted, 1) * 1e6
    measured = f"{speed:,.0f} spans/s (the sender took {sender_us:.1f} µs of CPU a span)"
    at_least = f"{targets.spans_per_second:,} spans/s"
    return [
        Row(f"{what}: speed", at_least, measured, speed >= targets.spans_per_second),
        Row(
            f"{what}: CPU",
            f"{targets.cpu_us:g} µs a span",
            f"{cpu_us:.1f} µs a span",
            cpu_us <= targets.cpu_us,
        ),
        _in_plain_decodes(what, ingested, targets),
        _latency(what, sent, targets),
    ]


def _in_plain_decodes(what: str, ingested: Ingested, targets: Targets) -> Row:
    """The floor in a measure that is the same on a fast and on a slow machine."""
    most, plain_us = targets.cpu_us / PLAIN_DECODE_US, ingested.plain_decode_us
    decodes = ingested.cpu_us / plain_us
    measured = f"{decodes:.1f} of a plain decode, which took {plain_us:.1f} µs of CPU a span here"
    return Row(f"{what}: CPU by the yardstick", f"{most:.1f} plain decodes", measured, decodes <= most)


def _latency(what: str, sent: Sent, targets: Targets) -> Row:
    p50, p99, most = (sent.milliseconds(share) for share in (0.5, 0.99, 1))
    measured = f"median {p50:.0f} ms, p99 {p99:.0f} ms, max {most:.0f} ms; {_answers(sent)}"
    if targets.p99_ms is None or targets.max_ms is None:
        return Row(f"{what}: requests", "", measured)
    target = f"p99 {targets.p99_ms:g} ms, max {targets.max_ms:g} ms"
    return Row(f"{what}: requests", target, measured, p99 <= targets.p99_ms and most <= targets.max_ms)


def _answers(sent: Sent) -> str:
    words = ", ".join(f"{count:,} times {status or 'no answer'}" for status, count in sent.statuses.items())
    return words + (f", {sent.rejected:,} spans rejected" if sent.rejected else "")


def row_of_counts(what: str, server: Server, file: Path) -> Row:
    """Compares what is stored with what the file's maker counted."""
    found, meta = database.counts(server.database_url), frames.read_meta(file)
    same = found.spans == found.summed_spans == meta["spans"] and found.traces == meta["traces"]
    same &= found.error_traces == meta["error_traces"] and found.summed_error_spans == found.error_spans
    same &= found.error_spans == meta.get("error_spans", found.error_spans)
    measured = f"{found.spans:,} spans in {found.traces:,} traces, {found.error_traces:,} with an error"
    return Row(f"{what}: counts", "exact", measured if same else f"{measured}: WRONG, {found}", same)


def row_of_memory(memory: Memory) -> Row:
    resident, proportional = memory.resident_bytes / 1e6, memory.proportional_bytes / 1e6
    measured = f"{resident:.0f} MB in {memory.processes} processes; {proportional:.0f} MB, shared pages counted once"
    return Row("memory of all Python processes", f"{MAX_MEMORY_MB} MB", measured, resident <= MAX_MEMORY_MB)


def rows_of_disk(server: Server, spans: int) -> list[Row]:
    sizes = database.sizes(server.database_url)
    a_span = sum(size.size_bytes for size in sizes) / spans
    parts = [Row(f"- {size.table}: {size.part}", "", f"{size.size_bytes / spans:.1f}") for size in sizes]
    shown = [part for part, size in zip(parts, sizes, strict=True) if size.size_bytes >= spans]
    whole = Row("bytes on disk a span", f"{MAX_BYTES_PER_SPAN:,}", f"{a_span:.0f}", a_span <= MAX_BYTES_PER_SPAN)
    return [whole, *shown]
