"""In: a layout. Out: its spans in groups of like ones, with how many, how often wrong, and how long."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from traces import queries
from traces.core.layout import counted
from traces.core.palette import colour_class
from traces.core.printable import printable
from traces.core.ruler import percent, share
from traces.core.self_time import self_times_of
from traces.core.span import Kind
from traces.core.statistics import BY, Group, statistics_of
from traces.core.timescale import duration_text, exact_text
from traces.core.values import Value
from traces.pages.analyses import UNASKED, analysis_at_hand, analysis_of
from traces.pages.layouts import Layout
from traces.pages.values import lines_of
from traces.pages.view import View
from traces.pages.views.common import MOST_NAME_LENGTH, NARROWING, can_be_said, chips_of, kind_name, selection_of
from traces.search import attribute_is, query_text

MOST_GROUPS = 500
# Of a larger trace the values of an attribute aren't read: that takes seconds.
MOST_READ = 200_000
# To somebody who looks for them they are the span's own, whatever attribute has that name.
_SPAN_KEYS = frozenset({"service", "name", "kind", "status"})
SORTS = {
    "spans": "spans",
    "errors": "errors",
    "total_ns": "total",
    "self_ns": "self",
    "p50_ns": "p50",
    "p95_ns": "p95",
    "max_ns": "max",
    "path_ns": "critical path",
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
    href: str  # its spans; empty where no address can say which
    errors_href: str
    count: str
    errors: str
    times: Sequence[Time]
    path: Time | None  # share of the critical path, where it is known
    share: str  # of all self time, in percent


class Whole(NamedTuple):
    """What shares are parts of; None where the critical path isn't known."""

    self_ns: int
    path_ns: int | None


def statistics_part(layout: Layout, view: View) -> dict[str, object]:
    trace = layout.trace
    by, sort = _by(view), _sort(view)
    analysis = analysis_of(layout) if len(trace) <= UNASKED else analysis_at_hand(layout)
    places, values = selection_of(view).places(trace), None if by in BY else _values(layout, by)
    refused = "" if by in BY or values is not None else _refusal(layout, by)
    groups = [] if refused else statistics_of(
        trace,
        places,
        by=by if by in BY else "",
        values=values or (),
        self_times_ns=self_times_of(trace),
        path_ns=analysis.path_ns if analysis else (),
    )  # fmt: skip
    groups.sort(key=lambda group: -getattr(group, sort))
    path_ns = sum(analysis.critical_path.durations_ns()) if analysis else None
    whole = Whole(sum(group.self_ns for group in groups), path_ns)
    return {
        "chips": chips_of(view),
        "by": [(name, view.with_options(by=name).query(), name == by) for name in BY],
        "attribute": {"key": "" if by in BY else by, "kept": view.with_options(by=None).params()},
        "title": printable(by),
        "columns": [
            (text, view.with_options(sort=text).query(), name == sort)
            for name, text in SORTS.items()
            if analysis or name != "path_ns"
        ],
        "lines": [_line(group, view, by, whole) for group in groups[:MOST_GROUPS]],
        "said": "" if refused else _said(groups, places),
        "refused": refused,
        "left_out": f"{len(groups) - MOST_GROUPS:,}" if len(groups) > MOST_GROUPS else "",
        "has_path": analysis is not None,
        "width": len(SORTS) + 2,
    }


def _by(view: View) -> str:
    """One of BY, or an attribute's key."""
    return view.option("by").strip()[:MOST_NAME_LENGTH] or "operation"


def _sort(view: View) -> str:
    return next((name for name, text in SORTS.items() if text == view.option("sort")), "self_ns")


def _said(groups: Sequence[Group], places: Sequence[int]) -> str:
    return f"{counted(len(groups), 'group', 'groups')} of {counted(len(places), 'span', 'spans')}"


def _values(layout: Layout, key: str) -> list[str | None] | None:
    """As texts, one for each row; None where they can't be read in time."""
    if layout.trace.span_count > MOST_READ:
        return None
    found = queries.attribute_values(layout.trace, key) if layout.trace.span_count else []
    if found is None:
        return None
    texts: dict[str, str] = {}
    return [None if value is None else texts.setdefault(repr(value), _text(key, value)) for value in found]


def _text(key: str, value: Value | queries.Cut) -> str:
    if isinstance(value, queries.Cut):
        return printable(value.json).strip('"') + "…"
    return lines_of({key: value})[0].text or "(empty)"


def _refusal(layout: Layout, key: str) -> str:
    if layout.trace.span_count > MOST_READ:
        return (
            f"Grouping by an attribute reads it from every span. This trace has {layout.trace.span_count:,}, more "
            f"than the {MOST_READ:,} up to which that is done. Group by service, operation or kind."
        )
    return f"Reading {printable(key)} from every span took too long and was stopped. Load again, or group by operation."


def _line(group: Group, view: View, by: str, whole: Whole) -> Line:
    times_ns = (group.total_ns, group.self_ns, group.p50_ns, group.p95_ns, group.max_ns)
    is_value = by not in BY
    return Line(
        colour=colour_class(group.service) if group.service is not None else "",
        service=printable(group.service or ""),
        name=("(none)" if group.value is None else group.value) if is_value else printable(group.name or ""),
        kind=kind_name(group.kind) if group.kind is not None else "",
        href=_found(by, group.value, view) if is_value else _table(group, view),
        errors_href="" if is_value else _table(group, view, status="error"),
        count=f"{group.spans:,}",
        errors=f"{group.errors:,}" if group.errors else "",
        times=[Time(duration_text(ns), exact_text(ns)) for ns in times_ns],
        path=None if whole.path_ns is None else _share(group.path_ns, whole.path_ns),
        share=percent(group.self_ns, whole.self_ns),
    )


def _share(part_ns: int, whole_ns: int) -> Time:
    found = share(part_ns, whole_ns)
    text = "< 0.1 %" if 0 < found < 0.1 else f"{found:.1f} %" if found else "0 %"
    return Time(text, f"{duration_text(part_ns)} of the critical path")


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


def _found(key: str, value: str | None, view: View) -> str:
    """The address of the waterfall in which the spans with this value are marked."""
    if value is None or key in _SPAN_KEYS or not can_be_said(value) or "\n" in value:
        return ""
    return replace(view, name="", options=(), find=query_text(attribute_is(key, value)), only=True).query()
