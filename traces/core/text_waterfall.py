"""In: a `Trace` and a width in columns. Out: its waterfall as lines of text, for a terminal or a chat.

    checkout POST /checkout
    19 ms · 3 spans · 2 services · 1 error · 2026-03-02 09:15:00.250 UTC
    trace 7c0e4d1f9a3b4c5d8e6f00112233aabb

      checkout POST /checkout       19 ms  ████████████████████
        auth Verify                  3 ms    ███
    !   payment Charge              14 ms      ███████████████

Nothing of what a sender wrote can move the cursor or turn the direction of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from unicodedata import combining, east_asian_width

from traces.core.columns import NO_ID, STAND_IN, id_bytes, rows_with
from traces.core.layout import counted
from traces.core.printable import printable
from traces.core.ruler import Stretch
from traces.core.span import Status
from traces.core.timescale import duration_text, tick_text, ticks, time_text
from traces.core.trace import MISSING_PARENT, Trace

DEFAULT_WIDTH, LEAST_WIDTH, MOST_WIDTH = 120, 60, 500
MOST_ROWS = 1_000
_DURATION_WIDTH = 12
_INDENT = 2
# They turn the direction of all that follows on the line.
_TURNS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def text_waterfall(trace: Trace, *, width: int = DEFAULT_WIDTH, most_rows: int = MOST_ROWS) -> Iterator[str]:
    """Lines without their ends; as wide as it was asked for, within LEAST_WIDTH and MOST_WIDTH."""
    width = min(max(width, LEAST_WIDTH), MOST_WIDTH)
    names = width * 2 // 5
    bars = width - names - _DURATION_WIDTH - 4
    yield from _head(trace)
    if not len(trace):
        return
    yield ""
    yield " " * (width - bars) + _scale(trace.extent_ns, bars)
    for place in range(min(len(trace), most_rows)):
        yield _row(trace, place, names, bars)
    if len(trace) > most_rows:
        yield _left_out(trace, most_rows)


def one_line(text: str) -> str:
    """Printable, and without line ends, tabs, and marks of direction."""
    return _TURNS.sub(lambda found: f"\\u{ord(found[0]):04x}", " ".join(printable(text).split()))


def fitted(text: str, width: int) -> str:
    """Exactly so many columns of a terminal: cut with an ellipsis, or filled up."""
    kept: list[str] = []
    taken = 0
    for character in text:
        columns = _columns(character)
        if taken + columns > width:
            while kept and taken > width - 1:
                taken -= _columns(kept.pop())
            return f"{''.join(kept)}…{' ' * (width - 1 - taken)}"
        taken += columns
        kept.append(character)
    return text + " " * (width - taken)


def _columns(character: str) -> int:
    if character < "\u0300":
        return 1
    return 0 if combining(character) else 2 if east_asian_width(character) in "WF" else 1


def _head(trace: Trace) -> Iterator[str]:
    columns = trace.columns
    if not trace.span_count:
        yield "no spans"
        return
    root = next(iter(rows_with(columns.parent_ids, NO_ID)), 0)
    has_root = root < trace.span_count
    operation, duration_ns = columns.operation(root if has_root else 0), trace.extent_ns
    if has_root:
        duration_ns = columns.durations_ns[root]
    services = len({columns.operations[place].service for place in set(columns.operation_places) if place != STAND_IN})
    yield one_line(f"{operation.service} {operation.name}") + ("" if has_root else " (root not here yet)")
    yield " · ".join(
        [
            duration_text(duration_ns),
            *([f"extent {duration_text(trace.extent_ns)}"] if duration_ns != trace.extent_ns else []),
            counted(trace.span_count, "span", "spans"),
            counted(services, "service", "services"),
            counted(len(trace.errors), "error", "errors"),
            f"{time_text(trace.start_ns)} UTC",
        ]
    )
    yield f"trace {columns.trace_id.hex()}"


def _row(trace: Trace, place: int, names: int, bars: int) -> str:
    columns, row = trace.columns, trace.order[place]
    indent, level = _INDENT * trace.depths[place], ""
    if indent > names // 3:
        indent, level = names // 3, f"[{trace.depths[place] + 1:,}] "
    duration = ""
    if columns.operation_places[row] == STAND_IN:
        name = f"{MISSING_PARENT} {id_bytes(columns.span_ids[row]).hex()}"
    else:
        operation = columns.operation(row)
        name, duration = one_line(f"{operation.service} {operation.name}"), duration_text(columns.durations_ns[row])
    mark = "!" if columns.statuses[row] == Status.ERROR else "?" if not duration else " "
    bar = text_bar(*trace.start_and_duration_ns(place), Stretch(trace.start_ns, trace.end_ns), bars)
    said = fitted(f"{' ' * indent}{level}{name}", names)
    return f"{mark} {said}{duration:>{_DURATION_WIDTH}}  {bar if duration else bar.replace('█', '┄')}".rstrip()


def text_bar(start_ns: int, duration_ns: int, stretch: Stretch, width: int) -> str:
    """Blocks on a scale of `width` columns, to half a column; what takes no time is half a column too."""
    halves = 2 * width
    length_ns = max(stretch.length_ns, 1)
    start = min((start_ns - stretch.start_ns) * halves // length_ns, halves - 1)
    end = -(-(start_ns + duration_ns - stretch.start_ns) * halves // length_ns)
    end = min(max(end, start + 1), halves)
    cells = [(2 * cell >= start, 2 * cell + 1 < end) for cell in range(start // 2, (end + 1) // 2)]
    return " " * (start // 2) + "".join("█" if left and right else "▌" if left else "▐" for left, right in cells)


def _scale(extent_ns: int, width: int) -> str:
    """Ticks as words where they start; those without room are left out."""
    offsets = ticks(extent_ns, at_most=max(width // 14, 2))
    step_ns, line = offsets[1] if len(offsets) > 1 else max(extent_ns, 1), ""
    for offset_ns in offsets:
        at, label = offset_ns * width // max(extent_ns, 1), tick_text(offset_ns, step_ns)
        if at + len(label) <= width and (not line or at > len(line)):
            line = line.ljust(at) + label
    return line


def _left_out(trace: Trace, shown: int) -> str:
    errors = trace.errors_within(shown, len(trace))
    among = f", {counted(errors, 'error', 'errors')} among them" if errors else ""
    return f"… {counted(len(trace) - shown, 'more row', 'more rows')}{among}"
