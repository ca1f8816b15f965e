"""In: a trace id and what of it is in view. Out: its page, or the part that htmx asks for."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse

from traces import queries
from traces.core.analysis import Analysis
from traces.core.layout import counted
from traces.pages.account import account_of
from traces.pages.analyses import UNASKED, analysis_at_hand, analysis_of
from traces.pages.choosing import gaps_part
from traces.pages.findings import findings_part
from traces.pages.head import head_of, notes_on
from traces.pages.ids import TRACE_ID_DIGITS, canonical_id
from traces.pages.layouts import Layout, kept_layout, layout_of, spans_said
from traces.pages.legend import legend_of
from traces.pages.links import linked_of
from traces.pages.missing import missing_page
from traces.pages.scene import Scene, scene_of
from traces.pages.span import open_panels, varied, wants_fragment
from traces.pages.view import COMMANDS, View, asked, view_of
from traces.pages.views import PARTS, tabs
from traces.pages.waterfall import rows_part, waterfall_part
from traces.pages.zone import zone_of

MAX_NS = (1 << 63) - 1


def trace_page(request: HttpRequest, trace_id: str) -> HttpResponse:
    """The page; htmx gets the part that it is going to replace: the panel, news, the rows or the whole waterfall."""
    canonical = canonical_id(trace_id, TRACE_ID_DIGITS)
    if canonical is None:
        return missing_page(request, trace_id)
    if canonical != trace_id:
        return redirect(f"{reverse('traces:trace', args=[canonical])}?{request.GET.urlencode()}".rstrip("?"))
    target = request.headers.get("HX-Target") if wants_fragment(request) else None
    params = asked(request, target)
    if target == "panel":
        return _varied(_panel(request, canonical, params))
    summary = queries.trace_summary(bytes.fromhex(canonical))
    if summary is None:
        return missing_page(request, canonical)
    if target == "news":
        return _varied(render(request, "traces/news.html", _news(summary, params.get("v", ""), view_of(params, 0))))
    layout = kept_layout(summary.trace_id, params.get("v", "")) or layout_of(summary.trace_id, summary.stamp)
    return _varied(_drawn(request, summary, layout, params, target))


def _drawn(
    request: HttpRequest, summary: queries.TraceSummary, layout: Layout, params: dict[str, str], target: str | None
) -> HttpResponse:
    """What a layout has of it. Rows of another layout than the one on the screen are never mixed with it."""
    is_gone = bool(params.get("v")) and params["v"] != layout.stamp
    view = view_of(params, layout.trace.extent_ns)
    if target == "analysis":
        return _analysed(request, layout, view, _analysis(layout, params, target))
    if view.name in PARTS:
        return _other_view(request, summary, layout, view, target, is_gone=is_gone)
    analysis = _analysis(layout, params, target)
    scene = scene_of(layout, view, params, analysis)
    address = f"{request.path}{scene.view.query(stamp='')}"
    page = {"is_gone": is_gone, "now_url": address} | _news(summary, layout.stamp, scene.view)
    if target == "rows":
        page |= {"news_too": True, "colours_too": True} | ({} if is_gone else rows_part(layout, scene, analysis))
        return _with_address(render(request, "traces/rows.html", page), "Replace", address)
    page |= waterfall_part(layout, scene, analysis)
    if target == "waterfall":
        page |= {"news_too": True}
        part = _with_tabs(render(request, "traces/waterfall.html", page), summary.trace_id.hex(), scene.view)
        _add(part, "traces/legend.html", {"legend": legend_of(summary, scene.view)})
        return _with_address(part, "Push", address)
    if any(name in params for name in COMMANDS):
        return redirect(request.path + _place(scene, layout.stamp if view.stamp else ""))
    return render(request, "traces/trace.html", page | _around(request, summary, layout, scene.view, analysis))


def _other_view(
    request: HttpRequest,
    summary: queries.TraceSummary,
    layout: Layout,
    view: View,
    target: str | None,
    *,
    is_gone: bool,
) -> HttpResponse:
    part = f"traces/views/{view.name}.html"
    page = {"is_gone": is_gone, "part": part, "shown": PARTS[view.name](layout, view), "open_span": view.span_id}
    if target == "view":
        drawn = _with_tabs(render(request, part, page), summary.trace_id.hex(), view)
        return _with_address(drawn, "Push", f"{request.path}{view.query()}")
    page |= _news(summary, layout.stamp, view) | _around(request, summary, layout, view, analysis_at_hand(layout))
    return render(request, "traces/trace.html", page)


def _around(
    request: HttpRequest, summary: queries.TraceSummary, layout: Layout, view: View, analysis: Analysis | None
) -> dict[str, object]:
    """What the page has beside each of its views."""
    head = {"head": head_of(summary, zone_of(request)), "notes": notes_on(summary, layout), "tabs": tabs(view)}
    head["legend"] = legend_of(summary, view)
    head |= {"trace_levels": f"{layout.trace.levels:,}"} | _account(analysis, view, layout)
    trace_id = summary.trace_id.hex()
    linked_from = queries.links_to_trace(summary.trace_id)
    head["linked_from"] = linked_of(linked_from, summary.trace_id, zone_of(request))
    return head | findings_part(trace_id, layout) | _panel_part(request, trace_id, view)


def _analysis(layout: Layout, params: dict[str, str], target: str | None) -> Analysis | None:
    """The first rows of a large trace never wait for it, those of a huge one only if it was asked for.

    Squeezed ones do wait: the ruler has to know the clocks that its gaps are between.
    """
    if (
        "analysis" in params
        or "gap" in params
        or ((target is not None or "squeeze" in params) and len(layout.trace) <= UNASKED)
    ):
        return analysis_of(layout)
    return analysis_at_hand(layout)


def _account(analysis: Analysis | None, view: View, layout: Layout) -> dict[str, object]:
    """Where the time went, or the link that asks for it."""
    return {
        "account": account_of(analysis) if analysis else None,
        "analysis_url": view.prefix("analysis") + "1",
        "follows": len(layout.trace) <= UNASKED,
        "span_query": view.prefix("span", span_id="", start=0),
    }


def _place(scene: Scene, stamp: str) -> str:
    """The address of what a command led to; it says the row, so that the next command goes on from there."""
    if scene.goal is None:
        return scene.view.query(stamp=stamp)
    query = scene.view.query(stamp=stamp, start=0)
    return f"{query}{'&' if query else '?'}at={scene.goal}#r{scene.goal}"


def _with_address(response: HttpResponse, how: str, address: str) -> HttpResponse:
    response.headers[f"HX-{how}-Url"] = address
    return response


def _with_tabs(response: HttpResponse, trace_id: str, view: View) -> HttpResponse:
    """The links to other views lead to them as the page is by now."""
    _add(response, "traces/tabs.html", {"tabs": tabs(view), "trace_id": trace_id})
    return response


def _analysed(request: HttpRequest, layout: Layout, view: View, analysis: Analysis | None) -> HttpResponse:
    """Where the time went; the waterfall's tools get the way to the longest waits."""
    part = render(request, "traces/analysis.html", _account(analysis, view, layout))
    if not view.name:
        _add(part, "traces/gaps.html", gaps_part(layout.trace, view, analysis))
    return part


def _add(response: HttpResponse, template: str, said: dict[str, object]) -> None:
    """Another part of the page, beside the one that was asked for."""
    response.write(render_to_string(template, said | {"is_part": True}).strip())


def _varied(response: HttpResponse) -> HttpResponse:
    """A part of the page also depends on the page that asks for it."""
    varied(response)
    response.headers["Vary"] += ", HX-Current-URL"
    return response


def _panel(request: HttpRequest, trace_id: str, params: dict[str, str]) -> HttpResponse:
    """The panel alone; where it's closed not even a line end, for only what is :empty takes no room."""
    view = view_of(params, MAX_NS)
    address = f"{request.path}{view.query()}"
    panel = HttpResponse()
    if view.span_id:
        panel = render(request, "traces/panel.html", _panel_part(request, trace_id, view))
    return _with_address(_with_tabs(panel, trace_id, view), "Push", address)


def _panel_part(request: HttpRequest, trace_id: str, view: View) -> dict[str, object]:
    return {
        "panels": open_panels(trace_id, view.span_id, zone_of(request)) if view.span_id else [],
        "open_span": view.span_id,
        "trace_url": request.path,
        "column_query": "" if view.name else view.prefix("column"),
        "close_url": f"{request.path}{view.query(span_id='')}",
    }


def _news(summary: queries.TraceSummary, stamp: str, view: View) -> dict[str, object]:
    """What has arrived since the layout with this stamp was made."""
    said = spans_said(stamp)
    is_old = said is not None and stamp != summary.stamp
    arrived = summary.span_count - said if said is not None else 0
    return {
        "stamp": stamp,
        "news": counted(arrived, "new span", "new spans")
        if arrived > 0
        else "This trace has changed"
        if is_old
        else "",
        "redraw_url": view.query(stamp="") or "?",
    }
