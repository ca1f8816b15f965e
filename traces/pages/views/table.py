"""In: a layout. Out: a page of the table of its spans, in the order that was asked for."""

from __future__ import annotations

from dataclasses import dataclass, replace

from traces.core.columns import id_bytes
from traces.core.layout import counted
from traces.core.palette import colour_class
from traces.core.printable import printable
from traces.core.ruler import Stretch, bar_of
from traces.core.self_time import self_times_of
from traces.core.span import Status
from traces.core.table import PAGE_ROWS, SORTS, Order, sorted_places
from traces.core.timescale import duration_text, exact_text, offset_text
from traces.core.trace import Trace
from traces.pages.layouts import Layout
from traces.pages.view import View, number
from traces.pages.views.common import chips_of, kind_name, selection_of


@dataclass(frozen=True)
class Row:
    """A span in words. Without slots: templates look into `vars` of it."""

    span_id: str
    href: str
    colour: str
    service: str
    name: str
    kind: str
    is_error: bool
    start: str
    start_exact: str
    duration: str
    duration_exact: str
    own: str
    own_exact: str
    x: str
    width: str


@dataclass(frozen=True, slots=True)
class Column:
    """A heading that sorts: by this column, or where it does, the other way round."""

    text: str
    href: str
    arrow: str  # where it is the one that sorts
    is_number: bool


def table_part(layout: Layout, view: View) -> dict[str, object]:
    trace, here = layout.trace, replace(view, stamp=layout.stamp)
    order, own_ns = _order(view), self_times_of(trace)
    places = sorted_places(trace, selection_of(view).places(trace), order, own_ns)
    last = max(-(-len(places) // PAGE_ROWS), 1)
    page = min(max(number(view.option("page")) or 1, 1), last)
    shown = places[(page - 1) * PAGE_ROWS : page * PAGE_ROWS]
    stretch = view.stretch or Stretch(0, trace.extent_ns)
    return {
        "chips": chips_of(here),
        "columns": [_column(name, order, view) for name in SORTS],
        "rows": [vars(_row(trace, place, own_ns[place], here, stretch)) for place in shown],
        "said": _said(page, len(places)),
        "pages": {
            "first": here.with_options(page=None).query() if page > 1 else "",
            "previous": here.with_options(page=page - 1).query() if page > 1 else "",
            "next": here.with_options(page=page + 1).query() if page < last else "",
            "last": here.with_options(page=last).query() if page < last else "",
        },
    }


def _order(view: View) -> Order:
    asked = view.option("sort")
    column = asked.removeprefix("-")
    return Order(column, asked.startswith("-")) if column in SORTS else Order()


def _column(name: str, order: Order, view: View) -> Column:
    is_this = name == order.column
    asked = Order(name, is_this and not order.reverse)
    sort = f"-{name}" if asked.reverse else name
    arrow = ("↓" if order.descends else "↑") if is_this else ""
    href = view.with_options(sort=None if sort == "start" else sort, page=None).query()
    return Column(name, href, arrow, name in ("start", "duration", "self"))


def _row(trace: Trace, place: int, own_ns: int, view: View, stretch: Stretch) -> Row:
    columns, row = trace.columns, trace.order[place]
    operation, span_id = columns.operation(row), id_bytes(columns.span_ids[row]).hex()
    offset_ns, duration_ns = columns.starts_ns[row] - trace.start_ns, columns.durations_ns[row]
    bar = bar_of(offset_ns, duration_ns, stretch)
    return Row(
        span_id=span_id,
        href=view.query(span_id=span_id),
        colour=colour_class(operation.service),
        service=printable(operation.service),
        name=printable(operation.name),
        kind=kind_name(operation.kind),
        is_error=columns.statuses[row] == Status.ERROR,
        start=offset_text(offset_ns),
        start_exact=exact_text(offset_ns),
        duration=duration_text(duration_ns),
        duration_exact=exact_text(duration_ns),
        own=duration_text(own_ns),
        own_exact=exact_text(own_ns),
        x=bar.x,
        width=bar.width,
    )


def _said(page: int, total: int) -> str:
    first = (page - 1) * PAGE_ROWS + 1
    if total <= PAGE_ROWS:
        return counted(total, "span", "spans")
    return f"Spans {first:,} to {min(first + PAGE_ROWS - 1, total):,} of {total:,}"
