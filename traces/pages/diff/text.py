"""In: the ids of two traces. Out: their diff as plain text, for a terminal, a chat or a ticket."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from traces import queries
from traces.core.diff.text import DEFAULT_WIDTH, text_diff
from traces.pages.diff.compared import NotComparable, compared
from traces.pages.diff.view import view_of
from traces.pages.ids import TRACE_ID_DIGITS, canonical_id
from traces.pages.view import number

_PLAIN = "text/plain; charset=utf-8"


def diff_text(request: HttpRequest, a: str, b: str) -> HttpResponse:
    """`?width=` columns wide; `percent` and `least` as on the page."""
    ids = [canonical_id(one, TRACE_ID_DIGITS) for one in (a, b)]
    sides = [queries.trace_summary(bytes.fromhex(id)) if id else None for id in ids]
    if sides[0] is None or sides[1] is None:
        return HttpResponse(
            f"No trace {a if sides[0] is None else b} is stored here.\n", status=404, content_type=_PLAIN
        )
    try:
        found = compared(sides[0], sides[1])
    except NotComparable as error:
        return HttpResponse(f"{error}\n", status=422, content_type=_PLAIN)
    tolerance = view_of(request.GET.dict(), found.extent_ns).tolerance
    width = number(request.GET.get("width")) or DEFAULT_WIDTH
    lines = text_diff(found.diff, found.differences(tolerance), tolerance, width=width)
    return HttpResponse("".join(f"{line}\n" for line in lines), content_type=_PLAIN)
