"""In: a trace's id. Out: what the doctor finds in it, as its own page, or as the part of the trace's page for htmx."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from traces import queries
from traces.core.columns import signed_id
from traces.core.doctor import LOOKED_FOR, Finding, examine, looked_at, skewed_clocks
from traces.core.doctor.case import title_of
from traces.core.doctor.finding import Severity
from traces.core.layout import counted
from traces.core.printable import printable
from traces.core.timescale import duration_text, offset_text
from traces.core.trace import Trace
from traces.pages.analyses import UNASKED, analysis_of
from traces.pages.ids import TRACE_ID_DIGITS, canonical_id
from traces.pages.layouts import Layout, kept_layout, layout_of
from traces.pages.missing import missing_page
from traces.pages.span import varied, wants_fragment

logger = logging.getLogger(__name__)

# A larger trace is examined when somebody asks for it: 100,000 spans take nearly half a second.
MOST_UNASKED = 200_000
_NAMES = {
    Severity.TROUBLE: "trouble",
    Severity.GAP: "gap",
    Severity.FLAW: "flaw",
    Severity.NOTE: "note",
}


@dataclass(frozen=True, slots=True)
class Way:
    """A link to a span."""

    url: str
    text: str
    title: str


@dataclass(frozen=True, slots=True)
class Item:
    """A finding as it is printed."""

    severity: str
    message: str
    mend: str
    spans: list[Way]
    elsewhere: list[Way]


def findings_page(request: HttpRequest, trace_id: str) -> HttpResponse:
    canonical = canonical_id(trace_id, TRACE_ID_DIGITS)
    if canonical is None:
        return missing_page(request, trace_id)
    if canonical != trace_id:
        return redirect("traces:findings", canonical)
    summary = queries.trace_summary(bytes.fromhex(canonical))
    if summary is None:
        return missing_page(request, canonical)
    if not wants_fragment(request):
        return varied(render(request, "traces/findings_page.html", _found(summary, "")))
    try:
        page = _found(summary, request.GET.get("v", ""))
    except Exception:  # whatever is wrong here, it must not take away the trace that is on the screen
        logger.exception("The findings of %s", canonical)
        page = {"failed": True, "findings_url": request.path}
    return varied(render(request, "traces/findings.html", page))


def _found(summary: queries.TraceSummary, stamp: str) -> dict[str, object]:
    """What the template prints; of the layout with this stamp, where it is kept."""
    layout = kept_layout(summary.trace_id, stamp) or layout_of(summary.trace_id, summary.stamp)
    facts = queries.trace_facts(layout.trace, now_ns=time.time_ns())
    analysis = analysis_of(layout) if len(layout.trace) <= UNASKED else None
    found = examine(layout.trace, facts, more=skewed_clocks(layout.trace, analysis.skew) if analysis else ())
    trace_url = reverse("traces:trace", args=[summary.trace_id.hex()])
    return {
        "trace_url": trace_url,
        "title": printable(f"{summary.service} {summary.name}"),
        "items": _items(layout.trace, found, f"{trace_url}?v={layout.stamp}&" if stamp else f"{trace_url}?"),
        "verdict": _verdict(found),
        "warns": any(finding.severity != Severity.NOTE for finding in found),
        "looked_at": looked_at(layout.trace, facts),
        "looked_for": LOOKED_FOR,
    }


def findings_part(trace_id: str, layout: Layout) -> dict[str, object]:
    """What the trace's page needs, to ask for them when it stands."""
    return {
        "findings_url": reverse("traces:findings", args=[trace_id]),
        "findings_unasked": len(layout.trace) <= MOST_UNASKED,
    }


def _verdict(found: list[Finding]) -> str:
    warnings = sum(finding.severity != Severity.NOTE for finding in found)
    notes = len(found) - warnings
    parts = [
        counted(warnings, "finding", "findings") if warnings else "",
        counted(notes, "note", "notes") if notes else "",
    ]
    return " and ".join(part for part in parts if part) or "nothing found"


def _items(trace: Trace, found: list[Finding], url: str) -> list[Item]:
    rows = _rows(trace, (span_id for finding in found for span_id in finding.span_ids))
    return [
        Item(
            _NAMES[finding.severity],
            finding.message,
            finding.mend,
            [
                _way(trace, rows[span_id], f"{url}span={span_id.hex()}")
                for span_id in finding.span_ids
                if span_id in rows
            ],
            [_other(one.trace_id.hex(), one.span_id.hex()) for one in finding.elsewhere],
        )
        for finding in found
    ]


def _way(trace: Trace, row: int, url: str) -> Way:
    columns = trace.columns
    text = offset_text(columns.starts_ns[row] - trace.start_ns)
    return Way(url, text, f"{title_of(columns.operation(row))}, {duration_text(columns.durations_ns[row])}")


def _other(trace_id: str, span_id: str) -> Way:
    url = f"{reverse('traces:trace', args=[trace_id])}?span={span_id}"
    return Way(url, f"trace {trace_id[:16]}…", f"Trace {trace_id}")


def _rows(trace: Trace, span_ids: Iterable[bytes]) -> dict[bytes, int]:
    """Where the spans with these ids are in the columns; of several with one id the first."""
    wanted = {signed_id(span_id): span_id for span_id in span_ids}
    found: dict[bytes, int] = {}
    for row, signed in enumerate(trace.columns.span_ids[: trace.span_count] if wanted else ()):
        if signed in wanted:
            found.setdefault(wanted[signed], row)
    return found
