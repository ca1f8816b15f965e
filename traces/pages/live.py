"""In: a list's address with `live=1`. Out: how often it asks again, what is new in it, and when it ends by itself.

The address has all of it: `since`, when it began; `seen`, up to where the reader has seen the list.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from traces.core.timescale import SECOND
from traces.pages.form import PLACE, address, without
from traces.pages.results import Results
from traces.queries import TraceSummary

# Of the address, beside `live`.
STATE = ("since", "seen")
ENDS_AFTER_S = 30 * 60
# So long a new row is marked.
MARKED_S = 8


@dataclass(frozen=True, slots=True)
class Live:
    """`next` is the address to ask again; empty where it has ended."""

    next: str
    stop: str
    go_on: str


def is_live(params: Mapping[str, str]) -> bool:
    return params.get("live") == "1" and "after" not in params


def start_address(params: Mapping[str, str]) -> str:
    return address(_quiet(params) | {"live": "1"})


def live_of(params: Mapping[str, str], traces: Sequence[TraceSummary], now_ns: int) -> Live:
    quiet = _quiet(params)
    now_s, newest_ns = now_ns // SECOND, max((trace.start_ns for trace in traces), default=0)
    since_s, (seen_s, _, seen_ns) = _number(params.get("since", "")) or now_s, _seen(params)
    has_ended = now_s - since_s > ENDS_AFTER_S
    # What was seen follows a while behind.
    seen = f"{now_s}.{newest_ns}" if now_s - seen_s >= MARKED_S else f"{seen_s}.{seen_ns}"
    state = {"live": "1", "since": str(since_s), "seen": seen}
    return Live("" if has_ended else address(quiet | state), address(quiet), start_address(params))


def with_marks(results: Results, traces: Sequence[TraceSummary], params: Mapping[str, str]) -> Results:
    """The same rows, those marked that start after what was seen."""
    if not is_live(params):
        return results
    _, is_known, seen_ns = _seen(params)
    rows = [
        replace(row, is_new=is_known and trace.start_ns > seen_ns)
        for row, trace in zip(results.rows, traces, strict=True)
    ]
    return replace(results, rows=rows)


def _quiet(params: Mapping[str, str]) -> dict[str, str]:
    return without(params, "live", *STATE, *PLACE, "was")


def _seen(params: Mapping[str, str]) -> tuple[int, bool, int]:
    """When it was seen, in seconds, whether it was at all, and the start of the newest trace then."""
    moment, _, newest = params.get("seen", "").partition(".")
    at_s, newest_ns = _number(moment), _number(newest)
    return (at_s or 0), newest_ns is not None, newest_ns or 0


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else None
