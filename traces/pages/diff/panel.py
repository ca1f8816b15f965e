"""In: a row of a diff. Out: what both of its spans carry, side by side, with what differs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.urls import reverse

from traces import queries
from traces.core.analysis import Analysis
from traces.core.columns import id_bytes
from traces.core.diff import NONE, Diff
from traces.core.diff.attributes import How, how
from traces.core.diff.rows import WORDS
from traces.core.layout import details_key, kind_text
from traces.core.palette import colour_class
from traces.core.printable import printable
from traces.core.span import Span, Status
from traces.core.timescale import duration_text, offset_text
from traces.core.trace import MISSING_PARENT
from traces.core.values import Value
from traces.pages.values import lines_of


@dataclass(frozen=True, slots=True)
class Pair:
    """One thing that both spans may have."""

    key: str
    a: str
    b: str
    mark: str


@dataclass(frozen=True, slots=True)
class Part:
    """Attributes of one kind, those that differ first."""

    title: str
    different: Sequence[Pair]
    same: Sequence[Pair]


def panel_of(diff: Diff, row: int) -> dict[str, object]:
    places = diff.tree.places_a[row], diff.tree.places_b[row]
    a, b = _span(diff.a, places[0]), _span(diff.b, places[1])
    shown = b or a
    delta_ns = diff.deltas_ns[row]
    return {
        "service": printable(shown.service) if shown else "",
        "name": printable(shown.name) if shown else MISSING_PARENT,
        "colour": colour_class(shown.service) if shown else "missing",
        "change": WORDS.get(diff.changes[row], "in both"),
        "is_alone": NONE in places,
        "delta": offset_text(delta_ns) if delta_ns else "",
        "links": [(side, _link(one, place)) for side, one, place in zip("AB", (diff.a, diff.b), places, strict=True)],
        "facts": [Pair(key, x, y, How.OTHER if a and b and x != y else "") for key, x, y in _facts(diff, a, b)],
        "parts": [
            part for part in (
                _part("Attributes", a.attributes if a else {}, b.attributes if b else {}),
                _part("Resource", a.resource.attributes if a else {}, b.resource.attributes if b else {}),
            ) if part.different or part.same
        ],
    }  # fmt: skip


def _span(analysis: Analysis, place: int) -> Span | None:
    """The whole span; None where there is none, of a stand-in too."""
    if place == NONE:
        return None
    trace = analysis.trace
    span_id, start_ns = details_key(trace, place)
    found = queries.span_details(trace.columns.trace_id, id_bytes(span_id))
    return next((span for span in found if span.start_ns == start_ns), None)


def _link(analysis: Analysis, place: int) -> str:
    if place == NONE:
        return ""
    trace = analysis.trace
    span_id = id_bytes(trace.columns.span_ids[trace.order[place]]).hex()
    return f"{reverse('traces:trace', args=[trace.columns.trace_id.hex()])}?span={span_id}"


def _facts(diff: Diff, a: Span | None, b: Span | None) -> list[tuple[str, str, str]]:
    said = [_fact(one, span) for one, span in ((diff.a, a), (diff.b, b))]
    return [(key, x, said[1][key]) for key, x in said[0].items() if x or said[1][key]]


def _fact(analysis: Analysis, span: Span | None) -> dict[str, str]:
    if span is None:
        return dict.fromkeys(("operation", "duration", "start", "status", "kind", "events"), "")
    return {
        "operation": printable(f"{span.service} {span.name}"),
        "duration": duration_text(span.duration_ns),
        "start": offset_text(span.start_ns - analysis.trace.start_ns),
        "status": printable(f"{Status(span.status).name.lower()} {span.status_message}".strip()),
        "kind": kind_text(span.kind) or "internal",
        "events": printable(", ".join(event.name for event in span.events[:10])),
    }


def _part(title: str, a: Mapping[str, Value], b: Mapping[str, Value]) -> Part:
    different, same = list[Pair](), list[Pair]()
    for key in sorted(a.keys() | b.keys()):
        mark = how(a, b, key)
        line_a, line_b = (lines_of({key: one[key]})[0] if key in one else None for one in (a, b))
        known = line_a or line_b
        pair = Pair(known.key if known else "", line_a.text if line_a else "", line_b.text if line_b else "", mark)
        (different if mark else same).append(pair)
    return Part(title, different, same)
