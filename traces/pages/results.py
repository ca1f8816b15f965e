"""In: found traces. Out: the rows of their table with all words, and the axis that their durations are drawn on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo

from traces import queries
from traces.core.palette import colour_class
from traces.core.printable import printable
from traces.core.ruler import Tick, percent
from traces.core.timescale import (
    duration_text,
    exact_text,
    exact_time_text,
    iso_text,
    tick_text,
    ticks,
    time_text,
)
from traces.pages.head import Service, services_of

SHOWN_SERVICES = 3
MOST_TICKS = 4
LEAST_SHARE = 100  # of the longest: what took no time is still to be seen
# A label this far to the right goes left of its tick.
LABELS_TURN_AT = 0.85


@dataclass(frozen=True, slots=True)
class Column:
    """A chosen attribute, and the list without its column."""

    name: str
    without: str


@dataclass(frozen=True, slots=True)
class Cell:
    """A trace's value, and where the search is narrowed to it or to those without; no address where it can't be."""

    text: str
    title: str = ""
    narrowed: str = ""
    excluded: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """One found trace with all its words."""

    trace_id: str
    span_id: str  # where it was asked for, else empty
    service: str
    name: str
    colour: str
    has_root: bool
    stands_for: str  # about so many traces, where it was sampled; else empty
    start: str
    start_iso: str
    duration: str
    width: str
    spans: str
    errors: str  # empty for none
    services: Sequence[Service]
    more_services: int
    hover: str  # what the row has no room for, a line each
    cells: Sequence[Cell] = ()
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class Results:
    """Rows with one scale for all of them."""

    rows: Sequence[Result]
    ticks: Sequence[Tick]
    longest: str
    columns: Sequence[Column] = ()

    def with_columns(self, columns: Sequence[Column], cells: Sequence[Sequence[Cell]]) -> Results:
        rows = [replace(row, cells=of_row) for row, of_row in zip(self.rows, cells, strict=True)]
        return replace(self, rows=rows, columns=columns)


def results_of(found: Sequence[queries.Stored], zone: tzinfo, *, longest_ns: int = 0) -> Results:
    """In the order of the traces; on a scale for one that takes so long, too."""
    longest_ns = max([longest_ns, *(trace.duration_ns for trace, _ in found)])
    return Results(
        rows=[_result(trace, span_id, longest_ns, zone) for trace, span_id in found],
        ticks=_axis(longest_ns),
        longest=duration_text(longest_ns),
    )


def total_text(total: queries.Total) -> str:
    """`1,204 traces, standing for about 12,040` where some were sampled; `10,000+ traces`; what couldn't be counted in
    time says so."""
    if not total.number and not total.exact:
        return "number not known: counting takes too long"
    traces = "trace" if total.number == 1 and total.exact else "traces"
    return f"{total.number:,}{'' if total.exact else '+'} {traces}{_standing_for(total)}"


def _standing_for(total: queries.Total) -> str:
    if total.weight is None:
        return ""
    return f", standing for {'' if total.exact else 'at least '}about {_number(total.weight)}"


def told(total: queries.Total) -> dict[str, object]:
    """The number above the list, in words and as a download is told what it is a part of."""
    return {"total": total_text(total), "of": f"{total.number}{'' if total.exact else '+'}" if total.number else ""}


def _result(trace: queries.TraceSummary, span_id: bytes, longest_ns: int, zone: tzinfo) -> Result:
    services = services_of(trace)
    return Result(
        trace_id=trace.trace_id.hex(),
        span_id=span_id.hex(),
        service=printable(trace.service),
        name=printable(trace.name),
        colour=colour_class(trace.service),
        has_root=trace.has_root,
        stands_for=_number(trace.weight) if trace.weight != 1 else "",
        start=time_text(trace.start_ns, zone),
        start_iso=iso_text(trace.start_ns),
        duration=duration_text(trace.duration_ns),
        width=percent(max(trace.duration_ns, longest_ns // LEAST_SHARE), longest_ns),
        spans=f"{trace.span_count:,}",
        errors=f"{trace.error_count:,}" if trace.error_count else "",
        services=services[:SHOWN_SERVICES],
        more_services=max(0, len(services) - SHOWN_SERVICES),
        hover=_hover(trace, services, zone),
    )


def _number(weight: float) -> str:
    return f"{weight:.2g}" if weight < 10 else f"{round(weight):,}"


def _hover(trace: queries.TraceSummary, services: Sequence[Service], zone: tzinfo) -> str:
    extent = f", {duration_text(trace.extent_ns)} from the earliest start to the latest end"
    lines = [
        f"{printable(trace.service)} {printable(trace.name)}{'' if trace.has_root else ', the earliest span so far'}",
        exact_time_text(trace.start_ns, zone),
        exact_text(trace.duration_ns) + (extent if trace.extent_ns > trace.duration_ns else ""),
        "Spans: " + ", ".join(f"{service.name} {service.spans}" for service in services),
        *([f"Sampled: it stands for about {_number(trace.weight)} traces"] if trace.weight != 1 else []),
    ]
    return "\n".join(lines)


def _axis(longest_ns: int) -> list[Tick]:
    """Round durations from nothing to the longest."""
    offsets = ticks(longest_ns, at_most=MOST_TICKS)
    step_ns = offsets[1] if len(offsets) > 1 else longest_ns
    return [
        Tick(percent(offset, longest_ns), tick_text(offset, step_ns), offset > longest_ns * LABELS_TURN_AT)
        for offset in offsets
    ]
