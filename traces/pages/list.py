"""In: filters in the address. Out: the traces they find, as a page; the address is all the state there is."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from traces import queries
from traces.core.layout import percent
from traces.core.palette import colour_class
from traces.core.printable import printable
from traces.core.timescale import duration_text, exact_text, exact_time_text, iso_text, time_text
from traces.pages.form import RANGES, WIDER_RANGES, address, chips, form_of, tidied, without
from traces.pages.ids import TRACE_ID_DIGITS, canonical_id
from traces.pages.send import snippets
from traces.pages.trace import Service, services_of
from traces.search import BadQuery, Search, from_params, to_params

SORTS = ("start", "duration", "spans", "errors")
SHOWN_SERVICES = 3


@dataclass(frozen=True, slots=True)
class Result:
    """One found trace with all its words."""

    trace_id: str
    service: str
    name: str
    colour: str
    has_root: bool
    start: str
    start_iso: str
    start_exact: str
    duration: str
    duration_exact: str
    width: str
    spans: str
    errors: str  # empty for none
    services: Sequence[Service]
    more_services: int


def list_page(request: HttpRequest) -> HttpResponse:
    """The newest traces of the last hour, or what the filters say."""
    typed = request.GET.dict()
    params = {name: value.strip() for name, value in typed.items() if value.strip()}
    if trace_id := canonical_id(params.get("q", ""), TRACE_ID_DIGITS):
        return redirect("traces:trace", trace_id)
    if tidy := tidied(typed):
        return redirect(f"{request.path}{tidy}".rstrip("?"))
    try:
        search = from_params(params, time.time_ns())
        listing = queries.search_traces(search)
    except BadQuery as error:
        page = {"nav": "list", "form": form_of(params, error), "refused": True}
        return render(request, "traces/list.html", page, status=400)
    page = {
        "nav": "list",
        "form": form_of(params),
        "chips": chips(params, search),
        "results": _results(listing.traces),
        "sorts": _sorts(params),
        "sort": search.sort,
        "next": address(to_params(listing.search) | {"after": listing.next}) if listing.next else "",
        "first": address(without(params, "after")) if "after" in params else "",
    }
    if listing.traces:
        page["total"] = _total(queries.count_traces(listing.search))
    else:
        page |= _nothing(request, params, search)
    return render(request, "traces/list.html", page)


def _results(traces: Sequence[queries.TraceSummary]) -> list[Result]:
    longest_ns = max((trace.duration_ns for trace in traces), default=0)
    return [_result(trace, longest_ns) for trace in traces]


def _result(trace: queries.TraceSummary, longest_ns: int) -> Result:
    services = services_of(trace)
    return Result(
        trace_id=trace.trace_id.hex(),
        service=printable(trace.service),
        name=printable(trace.name),
        colour=colour_class(trace.service),
        has_root=trace.has_root,
        start=time_text(trace.start_ns),
        start_iso=iso_text(trace.start_ns),
        start_exact=exact_time_text(trace.start_ns),
        duration=duration_text(trace.duration_ns),
        duration_exact=exact_text(trace.duration_ns),
        width=percent(trace.duration_ns, longest_ns),
        spans=f"{trace.span_count:,}",
        errors=f"{trace.error_count:,}" if trace.error_count else "",
        services=services[:SHOWN_SERVICES],
        more_services=max(0, len(services) - SHOWN_SERVICES),
    )


def _sorts(params: Mapping[str, str]) -> dict[str, str]:
    """The address of each order."""
    kept = without(params, "after", "sort")
    return {name: address(kept if name == SORTS[0] else kept | {"sort": name}) for name in SORTS}


def _nothing(request: HttpRequest, params: Mapping[str, str], search: Search) -> dict[str, object]:
    """Where nothing was found: how to send something, or what each condition finds alone."""
    if queries.store_is_empty():
        return {"snippets": snippets(request)}
    kept = without(params, "last", "start", "end", "after")
    return {
        "conditions": [(text, _total(total)) for text, total in queries.condition_counts(search)],
        "wider": [(RANGES[last], address(kept | {"last": last})) for last in WIDER_RANGES],
    }


def _total(total: queries.Total) -> str:
    count = f"{total.number:,} {'trace' if total.number == 1 else 'traces'}"
    return count if total.exact else f"at least {count}"
