"""In: the ids of two traces and what of their diff is in view. Out: its page, or the part that htmx asks for."""

from __future__ import annotations

from dataclasses import replace

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from traces import queries
from traces.core.diff.rows import ref_of, row_with
from traces.pages.diff.compared import Compared, NotComparable, compared
from traces.pages.diff.panel import panel_of
from traces.pages.diff.summary import summary_part
from traces.pages.diff.view import DiffView, view_of
from traces.pages.diff.waterfall import rows_part
from traces.pages.ids import TRACE_ID_DIGITS, canonical_id
from traces.pages.missing import missing_page
from traces.pages.span import varied, wants_fragment
from traces.pages.zone import zone_of

NO_CONTENT = 204


def diff_page(request: HttpRequest, a: str, b: str) -> HttpResponse:
    """The page; htmx gets the part that it is going to replace: the panel, the rows or the whole waterfall."""
    target = request.headers.get("HX-Target") if wants_fragment(request) else None
    if target == "news":
        return varied(HttpResponse(status=NO_CONTENT))
    ids = [canonical_id(one, TRACE_ID_DIGITS) for one in (a, b)]
    if None not in ids and ids != [a, b]:
        return redirect(f"{reverse('traces:diff', args=ids)}?{request.GET.urlencode()}".rstrip("?"))
    sides = [queries.trace_summary(bytes.fromhex(id)) if id else None for id in ids]
    if sides[0] is None or sides[1] is None:
        return missing_page(request, a if sides[0] is None else b)
    params = request.GET.dict()
    try:
        found = compared(sides[0], sides[1], params.get("v", ""))
    except NotComparable as error:
        return render(request, "traces/diff/refused.html", {"why": str(error), "nav": "compare"}, status=422)
    return varied(_drawn(request, found, (sides[0], sides[1]), params, target))


def _drawn(
    request: HttpRequest,
    found: Compared,
    sides: tuple[queries.TraceSummary, queries.TraceSummary],
    params: dict[str, str],
    target: str | None,
) -> HttpResponse:
    """Rows of other drawings than those on the screen are never mixed with them."""
    view = view_of(params, found.extent_ns)
    if target == "panel":
        panel = (
            render(request, "traces/diff/panel.html", _panel_part(request, found, view)) if view.ref else HttpResponse()
        )
        panel.headers["HX-Push-Url"] = _address(request, view)
        return panel
    page = {"is_gone": bool(view.stamp) and view.stamp != found.stamp, "now_url": view.query(stamp="")}
    page |= rows_part(found, view, params)
    start = page["window"].places[0] if page["window"].first else 0  # type: ignore[attr-defined]
    view = replace(view, start=start)
    if target == "rows":
        return _with_address(render(request, "traces/diff/rows.html", page), "Replace", _address(request, view))
    page |= summary_part(found, sides, view, zone_of(request))
    if target == "waterfall":
        part = render(request, "traces/diff/waterfall.html", page)
        return _with_address(part, "Push", _address(request, view))
    return render(request, "traces/diff/page.html", page | _panel_part(request, found, view) | {"nav": "compare"})


def _panel_part(request: HttpRequest, found: Compared, view: DiffView) -> dict[str, object]:
    row = row_with(found.diff, view.ref) if view.ref else None
    return {
        "panel": None if row is None else panel_of(found.diff, row),
        "open_span": "" if row is None else ref_of(found.diff, row),
        "close_url": f"{request.path}{view.query(ref='')}",
    }


def _address(request: HttpRequest, view: DiffView) -> str:
    return f"{request.path}{view.query(stamp='')}".rstrip("?")


def _with_address(response: HttpResponse, how: str, address: str) -> HttpResponse:
    response.headers[f"HX-{how}-Url"] = address
    return response
