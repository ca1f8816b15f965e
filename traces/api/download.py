"""The list's parameters in, all traces that match out, as JSON lines or CSV, in the order of the list.

Read page by page and streamed, so a list of any length takes the memory of one page. What fails in the middle can't
change the status any more: then the last line says that, and where to go on; before it stands what was stepped over.
With a token (`progress`), how far it has come is told to whoever has that, and who has it can stop it.
"""

from __future__ import annotations

import csv
import io
import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.http import Http404, StreamingHttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from traces import queries, search
from traces.api import schema
from traces.api.summaries import summaries_of
from traces.core.iso_time import format_iso
from traces.progress import Report, is_token
from traces.queries import Listing
from traces.search.columns import parse_columns
from traces.turns import Busy, turn

PAGE = 500
MOST = 1_000_000
FIELDS = ("trace_id", "root_service", "root_name", "has_root", "start_time", "start_ns", "duration_ns", "extent_ns",
          "span_count", "error_count", "weight", "services")  # fmt: skip
# What a spreadsheet would take for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_TOO_SLOW = "the database stopped answering, or took too long"
# Our own page asks for it in a frame, and some browsers look at these headers even of what is only stored.
_IN_A_FRAME = {"Content-Security-Policy": "default-src 'none'; frame-ancestors 'self'", "X-Frame-Options": "SAMEORIGIN"}


class Download(APIView):
    @extend_schema(parameters=schema.SEARCH, responses=schema.DOWNLOAD, summary="All traces that match, streamed")
    def get(self, request: Request, kind: str) -> StreamingHttpResponse:
        if kind not in _WRITERS:
            raise Http404("download.jsonl and download.csv are what there is")
        params, now_ns = request.query_params.dict(), time.time_ns()
        token = params.get("progress", "")
        if token and not is_token(token):
            raise search.BadQuery("progress", "expected 32 hex digits that the page made")
        columns = parse_columns(params.get("cols", ""))
        wanted = replace(search.from_params(params, now_ns), limit=PAGE)
        report = Report(settings.DATA_DIR, token)
        # Before the status line, so that what makes no sense or takes too long is said there.
        first = _first(wanted, report)
        content_type, write = _WRITERS[kind]
        name = f"traces-{format_iso(now_ns)[:19].replace(':', '')}.{kind}"
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
        lines = _told(write(_pages(first, report), columns), report)
        return StreamingHttpResponse(lines, content_type=content_type, headers=headers | (_IN_A_FRAME if token else {}))


class _Cut(Exception):
    """The rest is missing; `after` is where to go on."""

    def __init__(self, why: str, after: str) -> None:
        super().__init__(why)
        self.after = after


def _first(wanted: search.Search, report: Report) -> Listing:
    try:
        with turn():
            return queries.search_traces(wanted)
    except (DatabaseError, InterfaceError, search.BadQuery, Busy) as error:
        with report:
            report.cut(_TOO_SLOW if isinstance(error, DatabaseError | InterfaceError) else str(error))
        raise


def _pages(listing: Listing, report: Report) -> Iterator[Listing]:
    """One after the other. Raises _Cut."""
    for _ in range(MOST // PAGE):
        yield listing
        report.passed(len(listing.traces))
        after = listing.next
        if after is None:
            return
        if report.is_stopped():
            raise _cut("the reader stopped it", after, report)
        try:
            listing = queries.search_traces(replace(listing.search, after=after))
        except (DatabaseError, InterfaceError) as error:
            raise _cut(_TOO_SLOW, after, report) from error
    raise _cut(f"a download has at most {MOST:,} traces", listing.search.after, report)


def _cut(why: str, after: str, report: Report) -> _Cut:
    report.cut(why)
    return _Cut(why, after)


def _told(lines: Iterator[str], report: Report) -> Iterator[bytes]:
    """The same in bytes; the report is kept to the end, whichever it is."""
    with report:
        for text in lines:
            part = text.encode()
            yield part
            report.sent(len(part))


def _json_lines(pages: Iterator[Listing], columns: Sequence[str]) -> Iterator[str]:
    too_large, cut = list[str](), ""
    try:
        for page in pages:
            too_large += [id.hex() for id in page.too_large]
            yield "".join(f"{json.dumps(one)}\n" for one in summaries_of(page.traces, columns))
    except _Cut as error:
        cut = json.dumps({"cut": str(error), "after": error.after}) + "\n"
    yield (json.dumps({"too_large": too_large}) + "\n" if too_large else "") + cut


def _csv(pages: Iterator[Listing], columns: Sequence[str]) -> Iterator[str]:
    yield _rows([[*FIELDS, *map(_cell, columns)]])
    too_large, cut = list[str](), ""
    try:
        for page in pages:
            too_large += [id.hex() for id in page.too_large]
            yield _rows(_row(one, columns) for one in summaries_of(page.traces, columns))
    except _Cut as error:
        cut = f"# cut: {error}; go on with after={error.after}\r\n"
    yield (f"# too large to decide: {' '.join(too_large)}\r\n" if too_large else "") + cut


def _row(one: dict[str, Any], columns: Sequence[str]) -> list[object]:
    chosen = one.get("columns") or {}
    return [_cell(one[field]) for field in FIELDS] + [_cell(chosen.get(key)) for key in columns]


def _cell(value: object) -> object:
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_FORMULA) else value
    return value if isinstance(value, int | float) and not isinstance(value, bool) else _other(value)


def _other(value: object) -> str:
    return "" if value is None else json.dumps(value)


def _rows(rows: Any) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    # Lone surrogates are no UTF-8: they would end the file where they stand.
    return text.getvalue().encode("utf-8", "backslashreplace").decode()


_WRITERS: dict[str, tuple[str, Callable[[Iterator[Listing], Sequence[str]], Iterator[str]]]] = {
    "jsonl": ("application/x-ndjson", _json_lines),
    "csv": ("text/csv; charset=utf-8", _csv),
}
