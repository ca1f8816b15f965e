"""In: two traces and their diff. Out: what the page says above the rows: both traces, the sentence, its causes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo

from django.urls import reverse

from traces.core.diff import Diff
from traces.core.diff.contributions import Contribution
from traces.core.diff.rows import ref_of
from traces.core.diff.wording import calls_text, sentence_of, what_text
from traces.core.palette import colour_class
from traces.core.printable import printable
from traces.core.ruler import percent
from traces.core.timescale import duration_text, exact_text, iso_text, offset_text, time_text
from traces.pages.diff.compared import Compared
from traces.pages.diff.view import DEFAULT, DiffView, least_text
from traces.queries import TraceSummary

MOST_CONTRIBUTIONS, SMALLEST_SHARE = 6, 0.01  # in the table; of the largest
# Below this share of matched spans the page warns: what it says of rows is then little.
FEW_MATCHED = 0.5


@dataclass(frozen=True, slots=True)
class Side:
    """One of the traces."""

    letter: str
    url: str
    trace_id: str
    service: str
    name: str
    colour: str
    start: str
    start_iso: str
    duration: str
    duration_exact: str
    spans: str
    errors: str


@dataclass(frozen=True, slots=True)
class Cause:
    """A line of the table of contributions; the bar begins in the middle."""

    what: str
    colour: str
    calls: str
    a: str
    b: str
    delta: str
    exact: str
    url: str
    x: str
    width: str


def summary_part(
    found: Compared, sides: tuple[TraceSummary, TraceSummary], view: DiffView, zone: tzinfo
) -> dict[str, object]:
    diff, differences = found.diff, found.differences(view.tolerance)
    a, b = (side.trace_id.hex() for side in sides)
    matched, shown = diff.matched_share, _shown(diff)
    swapped = "" if not view.ref else f"{'b' if view.ref[0] == 'a' else 'a'}{view.ref[1:]}"
    return {
        "sides": [_side(letter, side, zone) for letter, side in zip("AB", sides, strict=True)],
        "sentence": sentence_of(diff, view.tolerance),
        "matched": f"{100 * matched:.0f} %" if matched in (0, 1) else f"{min(max(100 * matched, 0.1), 99.9):.3g} %",
        "matched_title": f"{diff.pairs:,} of {diff.spans[0]:,} spans of A are among the {diff.spans[1]:,} of B",
        "few_matched": matched < FEW_MATCHED,
        "differences": differences,
        "causes": [_cause(diff, one, view) for one in diff.contributions[:shown]],
        "others": _others(diff, shown),
        "total": offset_text(diff.difference_ns),
        "total_exact": exact_text(diff.difference_ns),
        "swap_url": f"{reverse('traces:diff', args=[b, a])}{view.query(ref=swapped, stamp='', start=0)}".rstrip("?"),
        "text_url": f"{reverse('traces:diff-text', args=[a, b])}",
        "json_url": reverse("api:diff", args=[a, b]),
        "only_url": view.query(only=not view.only, start=0, stamp=""),
        "zoom_url": view.query(stretch=None, stamp="") if view.stretch else "",
        "percent": view.tolerance.percent,
        "least": least_text(view.tolerance),
        "kept": view.params(start=0, stamp="", tolerance=DEFAULT),
    }


def _side(letter: str, summary: TraceSummary, zone: tzinfo) -> Side:
    trace_id = summary.trace_id.hex()
    return Side(
        letter,
        reverse("traces:trace", args=[trace_id]),
        trace_id,
        printable(summary.service),
        printable(summary.name),
        colour_class(summary.service),
        time_text(summary.start_ns, zone),
        iso_text(summary.start_ns),
        duration_text(summary.duration_ns),
        exact_text(summary.duration_ns),
        f"{summary.span_count:,}",
        f"{summary.error_count:,}" if summary.error_count else "",
    )


def _cause(diff: Diff, one: Contribution, view: DiffView) -> Cause:
    most_ns = abs(diff.contributions[0].delta_ns)
    half = 50 * abs(one.delta_ns) // most_ns
    return Cause(
        what_text(one),
        colour_class(one.service),
        calls_text(one),
        duration_text(one.a_ns),
        duration_text(one.b_ns),
        offset_text(one.delta_ns),
        exact_text(one.delta_ns),
        f"{view.query(ref=ref_of(diff, one.row), start=0, stamp='')}#r{one.row}",
        percent(50 if one.delta_ns > 0 else 50 - half, 100),
        percent(max(half, 1), 100),
    )


def _shown(diff: Diff) -> int:
    """How many contributions have a line of their own: those that are worth it."""
    found = diff.contributions[:MOST_CONTRIBUTIONS]
    return sum(abs(one.delta_ns) >= SMALLEST_SHARE * abs(found[0].delta_ns) for one in found)


def _others(diff: Diff, shown: int) -> tuple[str, str] | None:
    """What the lines of the table leave of the difference: their number, and how much."""
    left = diff.contributions[shown:]
    rest_ns, number = sum(one.delta_ns for one in left) + diff.rest_ns, len(left) + bool(diff.rest_ns)
    return (f"{number:,} more", offset_text(rest_ns)) if number else None
