"""The list's parameters in, all traces that match out, as JSON lines or CSV, in the order of the list.

Read page by page and streamed, so a list of any length takes the memory of one page. What fails in the middle can't
change the status any more: then the last line says that, and where to go on.
"""

from __future__ import annotations

import csv
import io
import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from django.db import DatabaseError, InterfaceError
from django.http import Http404, StreamingHttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from traces import queries, search
from traces.api import schema
from traces.api.summaries import summaries_of
from traces.core.iso_time import format_iso
from traces.queries import Listing
from traces.search.columns import parse_columns

PAGE = 500
MOST = 1_000_000
FIELDS = ("trace_id", "root_service", "root_name", "has_root", "start_time", "start_ns", "duration_ns", "extent_ns",
          "span_count", "error_count", "weight", "services")  # fmt: skip
# What a spreadsheet would take for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class Download(APIView):
    @extend_schema(parameters=schema.SEARCH, responses=schema.DOWNLOAD, summary="All traces that match, streamed")
    def get(self, request: Request, kind: str) -> StreamingHttpResponse:
        if kind not in _WRITERS:
            raise Http404("download.jsonl and download.csv are what there is")
        params, now_ns = request.query_params.dict(), time.time_ns()
        columns = parse_columns(params.get("cols", ""))
        wanted = replace(search.from_params(params, now_ns), limit=PAGE)
        # Before the status line, so that what makes no sense or takes too long is said there.
        first = queries.search_traces(wanted)
        content_type, write = _WRITERS[kind]
        name = f"traces-{format_iso(now_ns)[:19].replace(':', '')}.{kind}"
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
        return StreamingHttpResponse(write(_pages(first), columns), content_type=content_type, headers=headers)


class _Cut(Exception):
    """The rest is missing; `after` is where to go on."""

    def __init__(self, why: str, after: str) -> None:
        super().__init__(why)
        self.after = after


def _pages(listing: Listing) -> Iterator[Listing]:
    """One after the other. Raises _Cut."""
    for _ in range(MOST // PAGE):
        yield listing
        after = listing.next
        if after is None:
            return
        try:
            listing = queries.search_traces(replace(listing.search, after=after))
        except (DatabaseError, InterfaceError) as error:
            raise _Cut("the database stopped answering, or took too long", after) from error
    raise _Cut(f"a download has at most {MOST:,} traces", listing.search.after)


def _json_lines(pages: Iterator[Listing], columns: Sequence[str]) -> Iterator[str]:
    try:
        for page in pages:
            yield "".join(f"{json.dumps(one)}\n" for one in summaries_of(page.traces, columns))
    except _Cut as cut:
        yield json.dumps({"cut": str(cut), "after": cut.after}) + "\n"


def _csv(pages: Iterator[Listing], columns: Sequence[str]) -> Iterator[str]:
    yield _rows([[*FIELDS, *map(_cell, columns)]])
    try:
        for page in pages:
            yield _rows(_row(one, columns) for one in summaries_of(page.traces, columns))
    except _Cut as cut:
        yield f"# cut: {cut}; go on with after={cut.after}\r\n"


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
