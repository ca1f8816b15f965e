"""In: a layout. Out: its spans in groups of like ones, with how many, how often wrong, and how long."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from traces.core.layout import counted
from traces.core.palette import colour_class
from traces.core.printable import printable
from traces.core.ruler import percent
from traces.core.self_time import self_times_of
from traces.core.span import Kind
from traces.core.statistics import BY, Group, statistics_of
from traces.core.timescale import duration_text, exact_text
from traces.pages.layouts import Layout
from traces.pages.view import View
from traces.pages.views.common import NARROWING, can_be_said, chips_of, kind_name, selection_of

MOST_GROUPS = 500
SORTS = {
    "spans": "spans",
    "errors": "errors",
    "total_ns": "total",
    "self_ns": "self",
    "p50_ns": "p50",
    "p95_ns": "p95",
    "max_ns": "max",
}


@dataclass(frozen=True, slots=True)
class Time:
    """A duration, and every nanosecond of it."""

    text: str
    exact: str


@dataclass(frozen=True, slots=True)
class Line:
    """A group in words."""

    colour: str
    service: str
    name: str
    kind: str
    href: str  # the table of its spans; empty where no address can say which
    errors_href: str
    count: str
    errors: str
    times: Sequence[Time]
    share: str  # of all self time, in percent


def statistics_part(layout: Layout, view: View) -> dict[str, object]:
    trace = layout.trace
    by, sort = _by(view), _sort(view)
    places = selection_of(view).places(trace)
    groups = statistics_of(trace, places, by=by, self_times_ns=self_times_of(trace))
    groups.sort(key=lambda group: -getattr(group, sort))
    all_self_ns = sum(group.self_ns for group in groups)
    return {
        "chips": chips_of(view),
        "by": [(name, view.with_options(by=name).query(), name == by) for name in BY],
        "columns": [(text, view.with_options(sort=text).query(), name == sort) for name, text in SORTS.items()],
        "lines": [_line(group, all_self_ns, view) for group in groups[:MOST_GROUPS]],
        "said": f"{counted(len(groups), 'group', 'groups')} of {counted(len(places), 'span', 'spans')}",
        "left_out": f"{len(groups) - MOST_GROUPS:,}" if len(groups) > MOST_GROUPS else "",
    }


def _by(view: View) -> str:
    return view.option("by") if view.option("by") in BY else "operation"


def _sort(view: View) -> str:
    return next((name for name, text in SORTS.items() if text == view.option("sort")), "self_ns")


def _line(group: Group, all_self_ns: int, view: View) -> Line:
    times_ns = (group.total_ns, group.self_ns, group.p50_ns, group.p95_ns, group.max_ns)
    return Line(
        colour=colour_class(group.service) if group.service is not None else "",
        service=printable(group.service or ""),
        name=printable(group.name or ""),
        kind=kind_name(group.kind) if group.kind is not None else "",
        href=_table(group, view),
        errors_href=_table(group, view, status="error"),
        count=f"{group.spans:,}",
        errors=f"{group.errors:,}" if group.errors else "",
        times=[Time(duration_text(ns), exact_text(ns)) for ns in times_ns],
        share=percent(group.self_ns, all_self_ns),
    )


def _table(group: Group, view: View, **more: str) -> str:
    """The address of the table of these spans, within what narrows the selection already."""
    words = [word for word in (group.service, group.name) if word is not None]
    if not all(map(can_be_said, words)) or (group.kind is not None and group.kind not in set(Kind)):
        return ""
    kind = Kind(group.kind).name.lower() if group.kind is not None else None
    said = {"service": group.service, "operation": group.name, "kind": kind}
    options = {name: view.option(name) for name in NARROWING if view.option(name)}
    options |= {name: word for name, word in said.items() if word is not None} | more
    return replace(view, name="table", options=tuple(options.items())).query()
