"""In: filters in the address. Out: the traces they find, as a page; the address is all the state there is."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import tzinfo
from urllib.parse import parse_qsl

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from traces import queries
from traces.core.printable import printable
from traces.pages.addresses import as_of, as_of_ns, beside, frozen, sorts
from traces.pages.chips import chips
from traces.pages.columns import offered_columns, with_added, with_columns
from traces.pages.errors import busy
from traces.pages.facets import facets_of
from traces.pages.find import lead_of
from traces.pages.form import WAITS, address, can_be_followed, form_of, operation_names, tidied
from traces.pages.further import SoFar, first_page, further_of, has_room, looks, rest_of, shrinks, so_far_of, waiting
from traces.pages.group_presets import offered
from traces.pages.grouped import grouped_list
from traces.pages.list_tools import tools_of
from traces.pages.live import is_live, live_of, with_marks
from traces.pages.metrics import Chart, chart_of
from traces.pages.nothing import nothing_of
from traces.pages.overview import overview_of
from traces.pages.results import Results, results_of, told, total_text
from traces.pages.saved import missing_search, saved_address
from traces.pages.span import varied, wants_fragment
from traces.pages.too_large import carried, too_large_before
from traces.pages.zone import zone_of
from traces.search import BadQuery, Search, from_params
from traces.search.columns import parse_columns
from traces.search.parts import as_query
from traces.search.wording import query_words
from traces.turns import Busy, turn

MOST_NEWER = 1_000
LONGEST_WORDS = 1_000
NO_CONTENT = 204
# Parts of a list that come after it.
LATE = ("overview", "facets", "metrics")


def list_page(request: HttpRequest) -> HttpResponse:
    """The newest traces of the last hour, or what the filters say; for htmx the part that it is going to replace."""
    typed, zone = request.GET.dict(), zone_of(request)
    params = _filled(typed)
    if elsewhere := _elsewhere(request, params):
        return elsewhere
    target = request.headers.get("HX-Target") if wants_fragment(request) else None
    if target == "column-names":
        return varied(render(request, "traces/names.html", {"names": offered_columns()}))
    if target == "operation-names":
        names = operation_names(params.get("service", ""))
        return varied(render(request, "traces/names.html", {"names": names}))
    if target == "further":
        return varied(_further(request, params, zone))
    if request.headers.get("HX-Trigger") == "waiting" and target and queries.store_is_empty():
        return varied(HttpResponse(status=NO_CONTENT))
    try:
        with turn():
            return varied(_late(request, target, params, zone) if target in LATE else _searched(request, target, typed))
    except Busy:
        # What the page asked for by itself stays as it is.
        return HttpResponse(status=NO_CONTENT) if target in (*LATE, "results") else busy(request)


def _searched(request: HttpRequest, target: str | None, typed: Mapping[str, str]) -> HttpResponse:
    """The list, or what else the filters mean."""
    params, zone = _filled(typed), zone_of(request)
    lead = lead_of(params.get("q", ""), zone)
    if lead.url:
        return _moved(lead.url, is_fragment=target is not None)
    tidy = tidied(typed, zone)
    if tidy and target is None and can_be_followed(tidy):
        return redirect(f"{request.path}{tidy}".rstrip("?"))
    if tidy:
        params = dict(parse_qsl(tidy.removeprefix("?")))
    if lead.found:
        page, status = {"form": form_of(params, zone=zone), "found": lead.found}, 200
    else:
        page, status = _listed(request, params, zone)
    if target == "results":
        is_shown = "results" in page
        return render(request, "traces/live.html", page) if is_shown else HttpResponse(status=NO_CONTENT)
    template = "traces/search.html" if target else "traces/list.html"
    response = render(request, template, {"nav": "list", "note": lead.note, **page}, status=status)
    if target and request.headers.get("HX-Trigger") != "waiting":
        response.headers["HX-Push-Url"] = f"{request.path}{address(params)}".rstrip("?")
        response.headers["HX-Retarget"], response.headers["HX-Reswap"] = "#search", "outerHTML show:window:top"
    return response


def _filled(typed: Mapping[str, str]) -> dict[str, str]:
    return {name: value.strip() for name, value in typed.items() if value.strip()}


def _elsewhere(request: HttpRequest, params: Mapping[str, str]) -> HttpResponse | None:
    """The way from a saved search's name, or from the form for one more column, to the list itself."""
    if "saved" in params:
        found = saved_address(params["saved"])
        return missing_search(request, params["saved"]) if found is None else redirect(found)
    added = address(with_added(params)) if "col" in params else ""
    return redirect(f"{request.path}{added}") if added and can_be_followed(added) else None


def _listed(request: HttpRequest, params: Mapping[str, str], zone: tzinfo) -> tuple[dict[str, object], int]:
    """What the page shows, and its status: 400 where the filters make no sense."""
    try:
        search = from_params(params, time.time_ns(), zone)
        listing = queries.search_traces(search)
        columns = parse_columns(params.get("cols", ""))
    except BadQuery as error:
        tools = tools_of(params, None, None)
        return {"form": form_of(params, error, zone=zone), "tools": tools, "refused": True}, 400
    live = live_of(params, listing.traces, time.time_ns()) if is_live(params) else None
    page = _asked(params, search, zone)
    is_stopped, too_large = listing.stopped_at is not None, too_large_before(params).plus(listing)
    page["too_large"] = too_large
    if not listing.traces and not live and not is_stopped:
        return page | nothing_of(request, params, search) | {"tools": tools_of(params, None, None)}, 200
    kept = frozen(params, search)
    page |= {
        "results": with_marks(_rows(listing, columns, params, zone), listing.traces, params),
        "tools": tools_of(params, kept, live),
        "sorts": sorts(params, search),
        "sort": search.sort,
        "compares": offered(params),
    }
    if is_stopped:
        so_far = SoFar(is_first=int(not search.after)).plus(listing)
        page["further"] = further_of({**params, **too_large.carried}, listing, so_far, zone)
    if listing.next and not has_room(listing):
        page["next"] = address(kept | too_large.carried | {"after": listing.next})
    newest = {"total": f"{'newest ' if listing.next else ''}{len(listing.traces):,}"}
    return page | (newest if live else _around(params, listing, zone)), 200


def _rows(
    listing: queries.Listing, columns: Sequence[str], params: Mapping[str, str], zone: tzinfo, *, longest_ns: int = 0
) -> Results:
    found = [queries.Stored(trace, b"") for trace in listing.traces]
    return with_columns(results_of(found, zone, longest_ns=longest_ns), listing.traces, columns, params)


def _asked(params: Mapping[str, str], search: Search, zone: tzinfo) -> dict[str, object]:
    """What was asked for, in the form, as chips and in words."""
    words = "" if search.condition is None else query_words(as_query(search))
    return {
        "form": form_of(params, zone=zone),
        "words": printable(words[:LONGEST_WORDS]),
        "chips": chips(params, search, zone),
        "as_of": as_of(params, search, zone),
        "first": beside(search, params) if search.after else "",
    }


def _around(params: Mapping[str, str], listing: queries.Listing, zone: tzinfo) -> dict[str, object]:
    """What comes after the list: from where, and all of it where the address asks for it."""
    search, around = listing.search, dict[str, object]()
    if not search.after and not listing.next:
        weights = [trace.weight for trace in listing.traces]
        around |= told(queries.total_of(weights, exact=not listing.too_large))
    if "group" in params:
        around["groups"] = grouped_list(search, params)
    place = {"after": search.after, **carried(params)} if search.after else {}
    around["rest"] = address(frozen(params, search) | place | {"total": "1"})
    if queries.metric_of(search):
        around |= {"is_measured": True, "table": address(frozen(params, search) | {"total": "1", "table": "1"})}
    if "total" in params:
        around |= _at_a_glance(params, search, zone) | {"facets": facets_of(search, params)}
        around["chart"] = _chart(params, search, zone)
    return around


def _chart(params: Mapping[str, str], search: Search, zone: tzinfo) -> Chart | None:
    return chart_of(search, params, zone, time.time_ns(), with_table="table" in params)


def _at_a_glance(params: Mapping[str, str], search: Search, zone: tzinfo) -> dict[str, object]:
    """All that matches in pictures and numbers, and on a later page how many have come or changed since the first."""
    overview = overview_of(search, params, zone)
    counted: dict[str, object] = {"overview": overview, **told(overview.total)}
    since_ns = as_of_ns(params, search)
    if search.after and since_ns is not None:
        newer = queries.count_each([replace(search, start_ns=since_ns, end_ns=None)], most=MOST_NEWER)[0]
        changed = queries.count_changed(search, since_ns)
        counted["newer"] = total_text(newer) if newer.number else ""
        counted["changed"] = total_text(changed) if changed.number else "" if changed.exact else "an unknown number"
    return counted


def _late(request: HttpRequest, target: str, params: Mapping[str, str], zone: tzinfo) -> HttpResponse:
    """What stands above a list that is already shown, with the number of its traces, or beside it."""
    try:
        search = from_params(params, time.time_ns(), zone)
        if target == "facets":
            return render(request, "traces/facets.html", {"facets": facets_of(search, params)})
        if target == "metrics":
            kept = frozen(params, search) | {"total": "1"}
            shown = {
                "chart": _chart(params, search, zone),
                "table": address(kept | {"table": "1"}),
                "rest": address(kept),
            }
            return render(request, "traces/metrics.html", shown)
        return render(request, "traces/overview.html", {"late": True, **_at_a_glance(params, search, zone)})
    except BadQuery as error:
        return HttpResponse(str(error), status=400)


def _further(request: HttpRequest, params: Mapping[str, str], zone: tzinfo) -> HttpResponse:
    """What a list that goes on by itself has found since, for the end of its page; or that it waits."""
    try:
        search, columns = from_params(params, time.time_ns(), zone), parse_columns(params.get("cols", ""))
        before, too_large = so_far_of(params), too_large_before(params)
        first = first_page(params, search, before)
        if WAITS in params or not looks.acquire(blocking=False):
            further = waiting(params, search, before, zone)
            return render(request, "traces/further.html", {"further": further, "first": first, "too_large": too_large})
        try:
            listing = queries.search_traces(rest_of(search, before))
        finally:
            looks.release()
    except BadQuery as error:
        return HttpResponse(str(error), status=400)
    so_far, too_large = before.plus(listing), too_large.plus(listing)
    page = {
        "further": further_of({**params, **too_large.carried}, listing, so_far, zone),
        "too_large": too_large,
        "first": first,
        "results": _rows(listing, columns, params, zone, longest_ns=before.longest_ns),
        "shrinks": shrinks(before, so_far),
    }
    if listing.next and not has_room(listing):
        page["next"] = address(frozen(params, search) | too_large.carried | {"after": listing.next})
    elif not listing.next and before.is_first:
        page |= told(so_far.total._replace(exact=not too_large.number))
        page |= {} if so_far.found else nothing_of(request, params, search)
    return render(request, "traces/further_rows.html", page)


def _moved(url: str, *, is_fragment: bool) -> HttpResponse:
    return HttpResponse(headers={"HX-Redirect": url}) if is_fragment else redirect(url)
