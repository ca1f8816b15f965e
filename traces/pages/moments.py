"""In: a span's events. Out: entries with their words, and marks on a line as long as the span."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo

from django.urls import reverse

from traces.core.layout import percent
from traces.core.printable import printable
from traces.core.span import Event, Span
from traces.core.stacktrace import causes_of
from traces.core.timescale import exact_text, exact_time_text, offset_text
from traces.core.values import to_python
from traces.pages.values import Line, lines_of

PLACES = 200  # on the line; events in one place share a mark


@dataclass(frozen=True, slots=True)
class Moment:
    """An event of the span. Of an exception, the heading is its type."""

    anchor: str
    name: str
    message: str
    causes: Sequence[str]
    is_exception: bool
    offset: str
    exact: str
    lines: Sequence[Line]
    dropped: int


@dataclass(frozen=True, slots=True)
class Mark:
    """One or more events at a place of the span's duration."""

    x: str
    href: str
    text: str
    is_exception: bool


def is_exception(event: Event) -> bool:
    """By its name, or by what it carries."""
    return event.name == "exception" or "exception.type" in event.attributes


def moments_of(span: Span, number: int, most: int | None, zone: tzinfo) -> list[Moment]:
    """The first events, in their order."""
    return [_moment(event, span, f"event-{number}-{n}", zone) for n, event in enumerate(span.events[:most])]


def _moment(event: Event, span: Span, anchor: str, zone: tzinfo) -> Moment:
    offset_ns, exceptional = event.time_ns - span.start_ns, is_exception(event)
    lines = lines_of(event.attributes)
    said = {line.key: line for line in lines if line.key in ("exception.type", "exception.message")}
    stack = to_python(event.attributes.get("exception.stacktrace"))
    return Moment(
        anchor=anchor,
        name=said["exception.type"].text if "exception.type" in said else printable(event.name),
        message=said["exception.message"].text if "exception.message" in said else "",
        causes=list(map(printable, causes_of(stack))) if isinstance(stack, str) else [],
        is_exception=exceptional,
        offset=offset_text(offset_ns),
        exact=f"{exact_time_text(event.time_ns, zone)}, {exact_text(offset_ns)} after the span's start",
        lines=[line for line in lines if line.key not in said],
        dropped=event.dropped_attributes,
    )


def marks_of(span: Span, number: int, most: int | None) -> list[Mark]:
    """Events that lie too close to be told apart are one mark, which leads to the first of them."""
    own_page = reverse("traces:span", args=[span.trace_id.hex(), span.span_id.hex()])
    places: dict[int, list[int]] = {}
    for place, event in enumerate(span.events):
        x = (event.time_ns - span.start_ns) * PLACES // max(span.duration_ns, 1)
        places.setdefault(min(max(x, 0), PLACES), []).append(place)
    return [
        Mark(
            x=percent(x, PLACES),
            href=f"{'' if most is None or at[0] < most else own_page}#event-{number}-{at[0]}",
            text=_mark_text([span.events[place] for place in at], span),
            is_exception=any(is_exception(span.events[place]) for place in at),
        )
        for x, at in sorted(places.items())
    ]


def _mark_text(events: Sequence[Event], span: Span) -> str:
    first = f"{printable(events[0].name)} {offset_text(events[0].time_ns - span.start_ns)}"
    return first if len(events) == 1 else f"{first}, and {len(events) - 1:,} more here"
