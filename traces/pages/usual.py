"""In: a trace's layout. Out: how long each of its spans usually takes, kept in this process for some minutes."""

from __future__ import annotations

import time
from collections import OrderedDict
from threading import Lock

from traces import queries
from traces.core.layout import counted
from traces.core.peers import FEWEST
from traces.core.printable import printable
from traces.core.ruler import Scale, bar_of
from traces.core.timescale import duration_text
from traces.core.trace import Trace
from traces.core.usual import Absent, Standing, UsualRanges
from traces.pages.layouts import Layout

MAX_AGE_S = 300
MOST_KEPT = 20
# A sign for each; the word goes with it.
_SIGNS = {
    Standing.MUCH_LONGER: "▲▲",
    Standing.LONGER: "▲",
    Standing.SHORTER: "▼",
    Standing.NEVER: "+",
    Standing.SELDOM: "+",
}
_STRONG = {Standing.MUCH_LONGER, Standing.NEVER, Standing.SELDOM}

_kept: OrderedDict[tuple[bytes, str], tuple[float, UsualRanges]] = OrderedDict()
_lock = Lock()


def ranges_of(layout: Layout) -> UsualRanges | None:
    """None where they couldn't be read in time, or the trace has no root."""
    key = layout.trace.columns.trace_id, layout.stamp
    with _lock:
        kept = _kept.get(key)
    if kept is not None and time.monotonic() - kept[0] < MAX_AGE_S:
        return kept[1]
    found = queries.usual_ranges(layout.trace)
    if found is None:  # the database may be quicker the next time
        return None
    with _lock:
        _kept[key] = time.monotonic(), found
        while len(_kept) > MOST_KEPT:
            _kept.popitem(last=False)
    return found


def marks(ranges: UsualRanges | None, trace: Trace, place: int, shift_ns: int, stretch: Scale) -> dict[str, object]:
    """What a row says beside its own duration; nothing where too little is known."""
    one = ranges.usual.get(place) if ranges else None
    if ranges is None or one is None:
        return {}
    said: dict[str, object] = {
        "usual_sign": _SIGNS.get(one.standing, ""),
        "usual_word": one.standing,
        "usual_strong": one.standing in _STRONG,
    }
    if one.p25_ns is None or one.p75_ns is None or one.p95_ns is None:
        of = f"in {one.present:,} of {ranges.others:,}" if one.present else f"in none of {ranges.others:,}"
        return said | {"usual": of, "usual_title": one.standing}
    start_ns = trace.start_and_duration_ns(place)[0] + shift_ns - trace.start_ns
    middle = bar_of(start_ns + one.p25_ns, one.p75_ns - one.p25_ns, stretch)
    late = bar_of(start_ns + one.p95_ns, 0, stretch)
    return said | {
        "usual": one.range_text,
        "usual_title": f"{one.standing or 'as usual'}; p95 {duration_text(one.p95_ns)}; "
        f"in {one.present:,} of {ranges.others:,} others",
        "usual_x": middle.x,
        "usual_width": middle.width,
        "usual_p95_x": late.x if late.width else "",
    }


def usual_part(ranges: UsualRanges | None, layout: Layout, span_query: str) -> dict[str, object]:
    """What is said above the rows."""
    if ranges is None:
        return {"usual_said": "What is usual isn’t known: looking took too long, or the trace has no root."}
    others = counted(ranges.others, "other", "others")
    if not ranges.is_known:
        return {"usual_said": f"What is usual isn’t known: {others} of its root operation without an error are "
                              f"stored here, and below {FEWEST} nothing is claimed."}  # fmt: skip
    return {
        "usual_said": f"Usual is the middle half (p25–p75) of a sample of {others} of this root operation, without "
        "an error; the tick beyond it is p95.",
        "usual_absent": [_absent(layout.trace, one, ranges, span_query) for one in ranges.absent],
    }


def _absent(trace: Trace, one: Absent, ranges: UsualRanges, span_query: str) -> dict[str, str]:
    parent = None if one.parent is None else trace.nodes[one.parent]
    again = f" a {one.times + 1}. time" if one.times else ""
    return {
        "what": printable(f"{one.operation.service} {one.operation.name}{again}"),
        "present": f"in {one.present:,} of {ranges.others:,}",
        "under": printable(f"{parent.span.service} {parent.span.name}") if parent and parent.span else "",
        "url": f"{span_query}{parent.span_id.hex()}" if parent else "",
    }
