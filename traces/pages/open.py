"""In: the search page's filters and `pick`, as dashboards and alerts link here. Out: the way to one trace."""

from __future__ import annotations

import time
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from traces import queries
from traces.pages.find import lead_of
from traces.pages.form import can_be_followed
from traces.pages.zone import zone_of
from traces.search import BadQuery, from_params

DEFAULT_PICK = "slowest"


def open_page(request: HttpRequest) -> HttpResponse:
    """Leads to the picked trace; where there is none, or the filters make no sense, to the search that says so."""
    params = {name: value.strip() for name, value in request.GET.dict().items() if value.strip()}
    pick = params.pop("pick", DEFAULT_PICK)
    if pick not in queries.PICKS:
        message = f"pick={pick[:50]} is not known here: use {', '.join(queries.PICKS)}\n"
        return HttpResponse(message, status=400, content_type="text/plain; charset=utf-8")
    lead = lead_of(params.get("q", ""), zone_of(request))
    address = lead.url or _address(request, params, pick)
    if not can_be_followed(address):
        message = "no trace was found, and the search is too long for an address: leave some of it out\n"
        return HttpResponse(message, status=400, content_type="text/plain; charset=utf-8")
    response = redirect(address)
    response.headers["Cache-Control"] = "no-store"
    return response


def _address(request: HttpRequest, params: dict[str, str], pick: str) -> str:
    try:
        search = from_params(params, time.time_ns(), zone_of(request))
        trace_id = queries.pick_trace(search, pick)
    except (BadQuery, queries.TooLong):
        trace_id = None
    if trace_id is not None:
        return reverse("traces:trace", args=[trace_id.hex()])
    order = {} if pick == "latest" or "sort" in params else {"sort": "errors" if pick == "first_error" else "duration"}
    return f"{reverse('traces:list')}?{urlencode(params | order)}"
