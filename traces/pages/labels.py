"""In: a range of time. Out: round moments in it, to be written beside a picture of that range."""

from __future__ import annotations

from datetime import tzinfo
from typing import NamedTuple

from traces.core.ruler import percent
from traces.core.timescale import clock_ticks

# A label this near to an end goes to the other side of its tick.
TURNS_AT, STARTS_AT = 0.9, 0.05


class Label(NamedTuple):
    """Beside an axis; `place` is a percentage along it."""

    place: str
    text: str
    at_end: bool = False
    at_start: bool = False


def time_labels(start_ns: int, end_ns: int, zone: tzinfo, *, at_most: int = 5) -> list[Label]:
    extent_ns = end_ns - start_ns
    offsets = [(text, ns - start_ns) for text, ns in clock_ticks(start_ns, end_ns, zone, at_most=at_most)]
    return [
        Label(percent(ns, extent_ns), text, ns > extent_ns * TURNS_AT, ns < extent_ns * STARTS_AT)
        for text, ns in offsets
    ]
