"""A trace of a list -> what the API says of it, with the values of the columns that were asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from traces import queries
from traces.core.iso_time import format_iso
from traces.queries import TraceSummary


def summaries_of(traces: Sequence[TraceSummary], columns: Sequence[str] = ()) -> list[dict[str, Any]]:
    """In their order."""
    if not columns:
        return [summary_of(trace) for trace in traces]
    chosen = queries.chosen_values(traces, columns)
    if chosen is None:
        return [summary_of(trace) | {"columns": None} for trace in traces]
    return [
        summary_of(trace) | {"columns": dict(zip(columns, map(_value, one.values), strict=True))}
        for trace, one in zip(traces, chosen, strict=True)
    ]


def summary_of(trace: TraceSummary) -> dict[str, Any]:
    return {
        "trace_id": trace.trace_id.hex(),
        "root_service": trace.service,
        "root_name": trace.name,
        "has_root": trace.has_root,
        "start_time": format_iso(trace.start_ns),
        "start_ns": trace.start_ns,
        "duration_ns": trace.duration_ns,
        "extent_ns": trace.extent_ns,
        "span_count": trace.span_count,
        "error_count": trace.error_count,
        "weight": trace.weight,
        "services": {service: count.spans for service, count in trace.services.items()},
    }


def _value(value: Any) -> Any:
    return f"{value.json}…" if isinstance(value, queries.Cut) else value
