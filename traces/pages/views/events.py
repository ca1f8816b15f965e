"""In: a layout. Out: a page of the events of all its spans, in the order of their times."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from traces import queries
from traces.core.columns import id_bytes
from traces.core.palette import colour_class
from traces.core.printable import printable
from traces.core.timescale import exact_text, offset_text
from traces.core.trace import Trace
from traces.pages.layouts import Layout
from traces.pages.view import View
from traces.pages.views.common import stretch_chip
from traces.queries import BEFORE_ALL, EventKey, TraceEvent

PAGE_EVENTS = 100
_KEY = re.compile(r"(-?\d{1,19})\.(-?\d{1,19})\.(\d{1,19})\.(\d{1,9})", re.ASCII)


@dataclass(frozen=True)
class Line:
    """An event in words. Without slots: templates look into `vars` of it."""

    offset: str
    exact: str
    name: str
    message: str
    is_exception: bool
    span_id: str
    href: str
    colour: str
    service: str
    span_name: str


def events_part(layout: Layout, view: View) -> dict[str, object]:
    trace = layout.trace
    after = _key(view.option("after"))
    found = _read(trace, view, after)
    shown = found[:PAGE_EVENTS]
    following = view.with_options(after=_key_text(shown[-1].key)).query() if len(found) > len(shown) else ""
    return {
        "chips": stretch_chip(replace(view, options=())),
        "lines": [vars(_line(trace, event, view)) for event in shown],
        "first": view.with_options(after=None).query() if after != BEFORE_ALL else "",
        "next": following,
        "more": PAGE_EVENTS if following or after != BEFORE_ALL else 0,
    }


def _read(trace: Trace, view: View, after: EventKey) -> list[TraceEvent]:
    """One more than a page, to know whether there is another."""
    extent, most = (trace.start_ns, trace.end_ns), PAGE_EVENTS + 1
    if view.stretch is None:
        return queries.trace_events(trace.columns.trace_id, extent, after=after, most=most)
    within = trace.start_ns + view.stretch.start_ns, trace.start_ns + view.stretch.end_ns
    return queries.trace_events(trace.columns.trace_id, extent, within=within, after=after, most=most)


def _line(trace: Trace, event: TraceEvent, view: View) -> Line:
    offset_ns, span_id = event.key.time_ns - trace.start_ns, id_bytes(event.key.span_id).hex()
    return Line(
        offset=offset_text(offset_ns),
        exact=f"{exact_text(offset_ns)} after the trace's start",
        name=printable(event.exception_type or event.name),
        message=printable(event.exception_message),
        is_exception=bool(event.exception_type) or event.name == "exception",
        span_id=span_id,
        href=view.query(span_id=span_id),
        colour=colour_class(event.service),
        service=printable(event.service),
        span_name=printable(event.span_name),
    )


def _key(text: str) -> EventKey:
    """What makes no sense is the beginning."""
    found = _KEY.fullmatch(text)
    numbers = [int(digits) for digits in found.groups()] if found else []
    return EventKey(*numbers) if found and all(abs(number) < 1 << 63 for number in numbers) else BEFORE_ALL


def _key_text(key: EventKey) -> str:
    return ".".join(map(str, key))
