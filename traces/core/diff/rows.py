"""In: a diff, a row of it and the stretch of time in view. Out: the row with finished geometry and words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from traces.core.analysis import Analysis
from traces.core.columns import id_bytes
from traces.core.diff import NONE, Change, Diff, Tolerance
from traces.core.layout import MAX_INDENT, kind_text
from traces.core.palette import colour_class
from traces.core.printable import printable
from traces.core.ruler import Stretch, bar_of
from traces.core.timescale import duration_text, exact_text, offset_text
from traces.core.trace import MISSING_PARENT

SIGNS = {Change.ADDED: "+", Change.REMOVED: "−", Change.MOVED: "→", Change.RENAMED: "~"}
WORDS = {Change.ADDED: "only in B", Change.REMOVED: "only in A", Change.MOVED: "moved", Change.RENAMED: "renamed"}
_ERRORS = {(False, True): "error only in B", (True, False): "error only in A", (True, True): "error in both"}


@dataclass(frozen=True)
class DiffRow:
    """One line of the merged waterfall, with all its words."""

    row: int
    number: int  # among the visible rows, from 1
    ref: str  # names its span in an address: of B, else of A
    level: int
    level_text: str
    classes: str
    sign: str
    word: str  # what the sign says
    service: str
    name: str
    was: str  # its name in A, where it has another one
    kind: str
    error: str  # in words
    a: str  # durations; empty where that side has none
    b: str
    delta: str
    pace: str
    title: str
    attributes: str  # how many differ
    attributes_title: str
    bar_a: tuple[str, str] | None  # x and width; None for what isn't there, or outside
    bar_b: tuple[str, str] | None


def row_of(
    diff: Diff, row: int, *, number: int, tolerance: Tolerance, stretch: Stretch, attributes: Sequence[str] = ()
) -> DiffRow:
    """`attributes`: keys of those that differ."""
    change, depth, errors = diff.changes[row], diff.tree.depths[row], diff.errors(row)
    sides = [(diff.a, diff.tree.places_a[row]), (diff.b, diff.tree.places_b[row])]
    a_ns, b_ns = diff.durations_ns(row)
    pace, delta = diff.pace(row, tolerance), (b_ns - a_ns if a_ns is not None and b_ns is not None else None)
    service, name, kind = _operation(*sides[1 if b_ns is not None else 0])
    was = " ".join(_operation(*sides[0])[:2]) if change == Change.RENAMED else ""
    return DiffRow(
        row=row,
        number=number,
        ref=ref_of(diff, row),
        level=depth + 1,
        level_text=f"{depth + 1:,}" if depth > MAX_INDENT else "",
        classes=f"row d{min(depth, MAX_INDENT)} {colour_class(service)} {change}{' error' if any(errors) else ''}",
        sign=SIGNS.get(change, ""),
        word=WORDS.get(change, ""),
        service=printable(service),
        name=printable(name),
        was=printable(was),
        kind=kind_text(kind),
        error=_ERRORS.get(errors, ""),
        a="" if a_ns is None else duration_text(a_ns),
        b="" if b_ns is None else duration_text(b_ns),
        delta="" if not delta else offset_text(delta),
        pace=pace,
        title=_title(diff, row, a_ns, b_ns),
        attributes=f"{len(attributes):,}" if attributes else "",
        attributes_title=printable(", ".join(attributes)),
        bar_a=_bar(*sides[0], stretch),
        bar_b=_bar(*sides[1], stretch),
    )


def ref_of(diff: Diff, row: int) -> str:
    """`b.` or `a.` and a span's id."""
    a, b = diff.tree.places_a[row], diff.tree.places_b[row]
    side, trace, place = ("a", diff.a.trace, a) if b == NONE else ("b", diff.b.trace, b)
    return f"{side}.{id_bytes(trace.columns.span_ids[trace.order[place]]).hex()}"


def row_with(diff: Diff, ref: str) -> int | None:
    """The row that an address names."""
    side, _, digits = ref.partition(".")
    analysis, places = (diff.a, diff.tree.places_a) if side == "a" else (diff.b, diff.tree.places_b)
    try:
        place = analysis.trace.place_of(bytes.fromhex(digits)) if len(digits) == 16 else None
        return None if place is None else places.index(place)
    except ValueError:
        return None


def _operation(analysis: Analysis, place: int) -> tuple[str, str, int]:
    return analysis.timeline.operation(place) or ("", MISSING_PARENT, 0)


def _bar(analysis: Analysis, place: int, stretch: Stretch) -> tuple[str, str] | None:
    if place == NONE:
        return None
    timeline = analysis.timeline
    start_ns, duration_ns = timeline.starts_ns[place], timeline.ends_ns[place] - timeline.starts_ns[place]
    bar = bar_of(start_ns - analysis.trace.start_ns, duration_ns, stretch)
    return (bar.x, bar.width) if bar.width else None


def _title(diff: Diff, row: int, a_ns: int | None, b_ns: int | None) -> str:
    lines = [f"{side}: {exact_text(ns) if ns is not None else 'not there'}" for side, ns in (("A", a_ns), ("B", b_ns))]
    if delta_ns := diff.deltas_ns[row]:
        lines.append(f"on the critical path: {offset_text(delta_ns)}")
    return "\n".join(lines)
