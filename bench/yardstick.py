"""What this machine costs by itself, so that figures of different machines and minutes can be compared.

A virtual machine's speed changes from minute to minute, and memory that it has never used before is handed out by
its host at many times the price of memory that it has.
"""

from __future__ import annotations

import mmap
import time
from collections.abc import Sequence

from google.protobuf.message import Message
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from bench.frames import Body
from tracing_ui.embedded_settings import memory_bytes

SAMPLE_SPANS = 30_000
MOST_TOUCHED_BYTES = 6 << 30


def touch_memory() -> None:
    """Writes to every page of a quarter of the memory and gives it back."""
    size = min(MOST_TOUCHED_BYTES, memory_bytes() // 4)
    with mmap.mmap(-1, size) as memory:
        for place in range(0, size, mmap.PAGESIZE):
            memory[place] = 1


def plain_decode_us(bodies: Sequence[Body]) -> float:
    """CPU time a span, in microseconds, of parsing OTLP with protobuf's own API and reading every field."""
    spans, used_s = 0, 0.0
    for body in bodies:
        began_s = time.process_time()
        _read_all(ExportTraceServiceRequest.FromString(bytes(body.data)))
        used_s += time.process_time() - began_s
        spans += body.spans
        if spans >= SAMPLE_SPANS:
            break
    return used_s / max(spans, 1) * 1e6


def _read_all(request: Message) -> list[tuple[object, ...]]:
    return [
        (span.trace_id, span.span_id, span.parent_span_id, span.name, span.kind, span.start_time_unix_nano,
         span.end_time_unix_nano, span.status.code, {pair.key: _value(pair.value) for pair in span.attributes},
         [event.name for event in span.events])
        for resource_spans in request.resource_spans  # type: ignore[attr-defined]
        for scope_spans in resource_spans.scope_spans
        for span in scope_spans.spans
    ]  # fmt: skip


def _value(value: Message) -> object:
    kind = value.WhichOneof("value")
    return getattr(value, kind) if kind else None
