"""Rows of `trace` -> what a list says of a trace."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple
from uuid import UUID
from zlib import crc32

from traces.core.values import key_from_text
from traces.queries import names
from traces.queries.reading import fetch

COLUMNS = (
    "t.trace_id, t.has_root, int8send(t.head_span_id), t.head_operation_id, t.head_name, t.start_ns, t.end_ns,"
    " t.duration_ns, t.span_count, t.error_count, t.version, t.weight,"
    " t.service_ids, t.service_spans, t.service_errors"
)
ONE = f"select {COLUMNS} from trace t where t.trace_id = %s"


class ServiceCount(NamedTuple):
    spans: int
    errors: int


class TraceSummary(NamedTuple):
    """A trace without its spans. While it has no root, its earliest span stands for it."""

    trace_id: bytes
    has_root: bool
    root_span_id: bytes
    service: str
    name: str
    start_ns: int
    end_ns: int
    # The root's: what the caller waited for. The extent while there is no root.
    duration_ns: int
    span_count: int
    error_count: int
    services: dict[str, ServiceCount]
    # Counts the writes: another number means that spans have arrived since.
    version: int
    # How many traces it stands for, where it was sampled.
    weight: float

    @property
    def extent_ns(self) -> int:
        return self.end_ns - self.start_ns

    @property
    def stamp(self) -> str:
        return stamp_of(self.version, self.span_count, self.error_count, self.start_ns, self.end_ns)


def stamp_of(version: int, span_count: int, *said: int) -> str:
    """Tells what is stored of a trace from what was before. Not the version alone: a trace that was removed and sent
    again counts its writes anew."""
    return f"{version}-{span_count}-{crc32(repr(said).encode()):08x}"


def trace_summary(trace_id: bytes) -> TraceSummary | None:
    found = summaries(fetch(ONE, (UUID(bytes=trace_id),)))
    return found[0] if found else None


def summaries(rows: list[tuple[Any, ...]]) -> list[TraceSummary]:
    """Of rows with COLUMNS, in their order."""
    operations = names.operations(row[3] for row in rows)
    services = names.services({id for row in rows for id in row[12]})
    return [_summary(row, operations, services) for row in rows]


def _summary(row: tuple[Any, ...], operations: dict[int, names.Operation], services: dict[int, str]) -> TraceSummary:
    (trace_id, has_root, root, operation_id, name, start_ns, end_ns, duration_ns, span_count, error_count,
     version, weight, ids, spans, errors) = row  # fmt: skip
    operation = operations[operation_id]
    known = operation.name if name is None else key_from_text(name)
    counts = _counts(zip((services[id] for id in ids), spans, errors, strict=True))
    return TraceSummary(
        trace_id.bytes,
        has_root,
        root,
        operation.service,
        known or "",
        start_ns,
        end_ns,
        duration_ns,
        span_count,
        error_count,
        counts,
        version,
        weight,
    )


def _counts(parts: Iterable[tuple[str, int, int]]) -> dict[str, ServiceCount]:
    """The parts of each service added up, the largest first: a row keeps one for each batch."""
    counts: dict[str, ServiceCount] = {}
    for service, spans, errors in parts:
        before = counts.get(service, ServiceCount(0, 0))
        counts[service] = ServiceCount(before.spans + spans, before.errors + errors)
    return dict(sorted(counts.items(), key=lambda item: (-item[1].spans, item[0])))
