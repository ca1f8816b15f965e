"""In: ids of traces, pasted or ticked. Out: the way to their diff, or the page that asks for them."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from traces import queries
from traces.pages.group_form import asked_of, form_of
from traces.pages.groups import groups_page
from traces.pages.zone import zone_of
from traces.queries import TraceSummary
from traces.search.pasted import read_pasted


def compare_page(request: HttpRequest) -> HttpResponse:
    """`trace=` twice: A and B as they were typed. `tick=` twice: rows of a list, of which the faster one becomes A.

    `a=` and `b=` are searches: groups.
    """
    if {"a", "b", "preset"} & request.GET.keys():
        return groups_page(request)
    if request.GET.getlist("tick"):
        return _ticked(request, request.GET.getlist("tick"))
    typed = [text.strip() for text in request.GET.getlist("trace")]
    if not any(typed):
        return _page(request, typed)
    found = [_trace(text) for text in typed[:2]]
    if len(found) < 2 or None in found:
        wrong = [
            "" if one or not text else "no trace with such an id is stored here"
            for one, text in zip(found, typed, strict=False)
        ]
        return _page(request, typed, wrong, status=404 if any(wrong) else 200)
    return _to_diff([one for one in found if one])


def _ticked(request: HttpRequest, ticked: Sequence[str]) -> HttpResponse:
    if len(ticked) != 2:
        return _page(request, ticked, said=f"Tick two traces to compare them, not {len(ticked):,}.", status=400)
    found = [one for one in map(_trace, ticked) if one]
    if len(found) < 2:
        return _page(request, ticked, said="One of these traces is no longer stored here.", status=404)
    return _to_diff(sorted(found, key=lambda one: one.duration_ns))


def _to_diff(found: Sequence[TraceSummary]) -> HttpResponse:
    return redirect(reverse("traces:diff", args=[one.trace_id.hex() for one in found]))


def _page(
    request: HttpRequest, typed: Sequence[str], wrong: Sequence[str] = (), *, said: str = "", status: int = 200
) -> HttpResponse:
    typed, wrong = [*typed, "", ""], [*wrong, "", ""]
    boxes = [
        ("A", "the one that is as it should be", typed[0], wrong[0]),
        ("B", "the one in question", typed[1], wrong[1]),
    ]
    page = {"boxes": boxes, "said": said, "nav": "compare", **form_of(asked_of({}, zone_of(request)))}
    return render(request, "traces/diff/choose.html", page, status=status)


def _trace(text: str) -> TraceSummary | None:
    """An id in any spelling, or a text or an address that holds one."""
    ids = [bytes.fromhex(id) for id in read_pasted(text).traces]
    stored = queries.stored_traces(ids)
    return stored[0].trace if stored else None
