"""In: repeated siblings of a trace. Out: what their one row says and draws instead of that of a single span."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import add
from typing import NamedTuple

from traces.core.ruler import Scale, bar_of, lines
from traces.core.span import Status
from traces.core.statistics import percentile
from traces.core.timescale import duration_text, exact_text, offset_text
from traces.core.trace import Trace

MOST_MARKS = 400  # of a strip; what is closer than that is drawn as one
_LABEL_BEFORE, _LABEL_AFTER = 40.0, 60.0  # percent: where such a label, which is long, finds room beside


class Summary(NamedTuple):
    """Of repeated siblings."""

    spans: int
    errors: int
    sum_ns: int
    p50_ns: int
    max_ns: int


class RepeatedRow(NamedTuple):
    """Takes the place of what a row says of a single span; names are those of a row."""

    repeats: str  # ×37
    strip: str  # an SVG path: when any of them was under way
    duration: str
    title: str
    hides_errors: bool
    hides_text: str
    x: str
    width: str
    label_x: str
    side: str
    cut: str
    path: str
    trouble: str = ""
    note: str = ""
    events: str = ""
    event_marks: str = ""
    shift: str = ""
    ghost_x: str = ""
    ghost_width: str = ""


def summary_of(trace: Trace, group: Sequence[int]) -> Summary:
    columns = trace.columns
    rows = [trace.order[place] for place in group]
    durations_ns = sorted(map(columns.durations_ns.__getitem__, rows))
    errors = sum(columns.statuses[row] == Status.ERROR for row in rows)
    return Summary(len(rows), errors, sum(durations_ns), percentile(durations_ns, 50), durations_ns[-1])


def times_of(trace: Trace, group: Sequence[int], offsets_ns: Sequence[int]) -> list[tuple[int, int]]:
    """From when to when each was under way, ascending; `offsets_ns`, which may be empty, is by place what is added to
    the recorded times."""
    rows = [trace.order[place] for place in group]
    starts_ns = list(map(trace.columns.starts_ns.__getitem__, rows))
    ends_ns = map(add, starts_ns, map(trace.columns.durations_ns.__getitem__, rows))
    times = list(zip(starts_ns, ends_ns, strict=True))
    if not offsets_ns:
        return times  # siblings are in the order of their starts
    moves_ns = map(offsets_ns.__getitem__, group)
    return sorted((start + by, end + by) for (start, end), by in zip(times, moves_ns, strict=True))


def repeated_row(
    title: str,
    summary: Summary,
    *,
    times_ns: Sequence[tuple[int, int]],
    zero_ns: int,
    stretch: Scale,
    path_ns: Iterable[tuple[int, int]] = (),
) -> RepeatedRow:
    """`title`: service and operation; times and path (when the critical path runs through any of them) ascending;
    `zero_ns`: the trace's start."""
    first_ns, last_ns = times_ns[0][0] - zero_ns, max(end_ns for _, end_ns in times_ns) - zero_ns
    bar = bar_of(first_ns, last_ns - first_ns, stretch)
    errors = f"{summary.errors:,} with an error" if summary.errors else ""
    figures = f"p50 {duration_text(summary.p50_ns)}, max {duration_text(summary.max_ns)}"
    words = [
        f"{title} ×{summary.spans:,}",
        f"from {offset_text(first_ns)} to {offset_text(last_ns)}, sum {exact_text(summary.sum_ns)}, {figures}",
        errors,
    ]
    label_x, side = _label(float(bar.x[:-1]), float((bar.width or "0%")[:-1]))
    return RepeatedRow(
        repeats=f"×{summary.spans:,}",
        strip=_strip(times_ns, zero_ns, stretch),
        duration=f"sum {duration_text(summary.sum_ns)}, {figures}" + (f", {errors}" if errors else ""),
        title="\n".join(word for word in words if word),
        hides_errors=summary.errors > 0,
        hides_text=f"{summary.spans:,} repeats in one row" + (f", {errors}" if errors else ""),
        x=bar.x,
        width=bar.width,
        label_x=label_x,
        side=side,
        cut=bar.cut,
        path=_strip(path_ns, zero_ns, stretch),
    )


def _strip(times_ns: Iterable[tuple[int, int]], zero_ns: int, stretch: Scale) -> str:
    """One line a time, joined where they'd be drawn as one anyway: of a million few are looked at twice."""
    first_ns, last_ns, least_ns = (
        zero_ns + stretch.start_ns,
        zero_ns + stretch.end_ns,
        (stretch.end_ns - stretch.start_ns) // MOST_MARKS,
    )
    joined: list[tuple[int, int]] = []
    start_ns = until_ns = first_ns
    for from_ns, to_ns in times_ns:
        if to_ns < first_ns or from_ns > last_ns:
            continue
        if not joined or from_ns > until_ns + least_ns:
            start_ns, until_ns = from_ns, to_ns
            joined.append((start_ns, until_ns))
        elif to_ns > until_ns:
            until_ns = to_ns
            joined[-1] = start_ns, until_ns
    return lines(((start - zero_ns, max(end, start + 1) - zero_ns) for start, end in joined), stretch)


def _label(left: float, width: float) -> tuple[str, str]:
    """Where it goes, and on which side of that."""
    if left + width <= _LABEL_AFTER:
        return f"{left + width:g}%", "after"
    return (f"{left:g}%", "before") if left >= _LABEL_BEFORE else (f"{left:g}%", "over")
