"""In: a trace's id. Out: what it can be compared with: any other by its id, or healthy ones of its root operation."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from traces import queries
from traces.core.palette import colour_class
from traces.core.printable import printable
from traces.core.ruler import percent
from traces.core.timescale import duration_text, iso_text, time_text
from traces.pages.ids import TRACE_ID_DIGITS, canonical_id
from traces.pages.missing import missing_page
from traces.pages.zone import zone_of

SHOWN = 12


def compare_with(request: HttpRequest, trace_id: str) -> HttpResponse:
    canonical = canonical_id(trace_id, TRACE_ID_DIGITS)
    summary = queries.trace_summary(bytes.fromhex(canonical)) if canonical else None
    if canonical is None or summary is None:
        return missing_page(request, trace_id)
    if canonical != trace_id:
        return redirect("traces:compare-with", canonical)
    found = queries.healthy_peers(summary.trace_id)
    by_duration = sorted(found or (), key=lambda peer: (peer.duration_ns, peer.trace_id))
    median = by_duration[len(by_duration) // 2] if by_duration else None
    latest = [peer for peer in found or () if peer != median][:SHOWN]
    longest_ns = max(summary.duration_ns, *(peer.duration_ns for peer in latest), median.duration_ns if median else 0)
    zone = zone_of(request)
    page = {
        "trace_id": canonical,
        "trace_url": reverse("traces:trace", args=[canonical]),
        "service": printable(summary.service),
        "name": printable(summary.name),
        "colour": colour_class(summary.service),
        "duration": duration_text(summary.duration_ns),
        "width": percent(summary.duration_ns, longest_ns),
        "known": found is not None,
        "count": f"{len(by_duration):,}",
        "peers": [
            {
                "url": reverse("traces:diff", args=[peer.trace_id.hex(), canonical]),
                "is_median": peer == median,
                "start": time_text(peer.start_ns, zone),
                "start_iso": iso_text(peer.start_ns),
                "duration": duration_text(peer.duration_ns),
                "width": percent(peer.duration_ns, longest_ns),
                "spans": f"{peer.span_count:,}",
            }
            for peer in [median, *latest]
            if peer
        ],
        "nav": "compare",
    }
    return render(request, "traces/diff/with_peer.html", page)
