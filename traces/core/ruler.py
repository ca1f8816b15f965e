"""In: a stretch of time. Out: ticks and bars as finished geometry.

Lengths are percentages of the stretch, as strings with a point whatever the locale: they become SVG attributes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from traces.core.timescale import duration_text, offset_text, tick_text, ticks

MIN_WIDTH = 0.2  # percent: what takes no time is still to be seen
INSIDE_FROM = 30.0  # percent: a bar this wide holds its label when there is no room beside it
ROOM = 16.0  # percent that a label beside its bar takes at most


class Stretch(NamedTuple):
    """What is drawn: all of a trace or a part of it, as nanoseconds after the trace's start."""

    start_ns: int
    end_ns: int

    @property
    def length_ns(self) -> int:
        return self.end_ns - self.start_ns


def stretch_within(extent_ns: int, start_ns: int, end_ns: int) -> Stretch | None:
    """Moved into the trace; None where that leaves nothing, or all of it."""
    stretch = Stretch(max(start_ns, 0), min(end_ns, extent_ns))
    return stretch if 0 < stretch.length_ns < extent_ns else None


class Bar(NamedTuple):
    """A rectangle on the ruler, and where its label goes: `side` is after, before or inside.

    `cut`: where it goes on beyond the stretch: left, right, left right; what lies outside has no width.
    """

    x: str
    width: str
    label_x: str
    side: str
    cut: str = ""


@dataclass(frozen=True, slots=True)
class Tick:
    """A line on the ruler; the last may have its label on the left, to stay inside."""

    x: str
    label: str
    at_end: bool


def ruler(stretch: Stretch) -> list[Tick]:
    """Round ticks. Where the stretch is so short that they would read the same, they count from the first."""
    step_ns = _step_ns(stretch)
    first_ns = -(-stretch.start_ns // step_ns) * step_ns
    offsets = list(range(first_ns, stretch.end_ns + 1, step_ns)) or [stretch.start_ns]
    relative = first_ns >= 100 * step_ns
    labels = [offset_text(ns - first_ns) if relative and ns != first_ns else tick_text(ns, step_ns) for ns in offsets]
    return [_tick(ns - stretch.start_ns, stretch.length_ns, label) for ns, label in zip(offsets, labels, strict=True)]


def bar_of(offset_ns: int, duration_ns: int, stretch: Stretch) -> Bar:
    """Where a span lies on the ruler; always within it, and never too narrow to be seen if it belongs there."""
    start_ns, end_ns = offset_ns - stretch.start_ns, offset_ns + duration_ns - stretch.start_ns
    length_ns = stretch.length_ns
    if end_ns < 0:
        return Bar("0%", "", "0%", "after", "left")
    if start_ns > length_ns:
        return Bar("100%", "", "100%", "before", "right")
    cut = {(True, True): "left right", (True, False): "left", (False, True): "right"}.get(
        (start_ns < 0, end_ns > length_ns), ""
    )
    left = share(start_ns, length_ns)
    width = max(min(share(end_ns, length_ns), 100) - left, MIN_WIDTH)
    left = min(left, 100 - width)
    if left + width <= 100 - ROOM:
        label, side = left + width, "after"
    elif left >= ROOM and (width < INSIDE_FROM or left > 100 - left - width):
        label, side = left, "before"
    else:
        label, side = left, "inside"
    return Bar(_text(left), _text(width), _text(label), side, cut)


def marks(times_ns: Sequence[int], stretch: Stretch) -> str:
    """Moments on a bar as an SVG path, the stretch being 1000 wide; what lies outside is left out."""
    inside = sorted({round(10 * share(ns - stretch.start_ns, stretch.length_ns)) for ns in times_ns
                     if stretch.start_ns <= ns <= stretch.end_ns})  # fmt: skip
    return "".join(f"M{x} 1v7" for x in inside)


def lines(times_ns: Iterable[tuple[int, int]], stretch: Stretch) -> str:
    """From when to when, ascending, as one SVG path; the stretch being 1000 wide. What touches is one line."""
    drawn: list[tuple[int, int]] = []
    for start_ns, end_ns in times_ns:
        if end_ns <= stretch.start_ns or start_ns >= stretch.end_ns:
            continue
        x, to = (round(10 * share(ns - stretch.start_ns, stretch.length_ns)) for ns in (start_ns, end_ns))
        if drawn and x <= drawn[-1][1]:
            drawn[-1] = drawn[-1][0], max(to, drawn[-1][1])
        else:
            drawn.append((x, to))
    return "".join(f"M{x} 21h{max(to - x, 1)}" for x, to in drawn)


def percent(part: int, whole: int) -> str:
    """`part` of `whole` as a percentage between 0 and 100, with a point: `12.5%`."""
    return _text(share(part, whole))


def share(part: int, whole: int) -> float:
    return round(min(max(100 * part / whole, 0.0), 100.0), 3) if whole > 0 else 0.0


def stretch_text(stretch: Stretch) -> str:
    """`1.2 s to 1.31 s, 110 ms`"""
    start, end = (duration_text(ns) for ns in stretch)
    return f"{start} to {end}, {duration_text(stretch.length_ns)}"


def _step_ns(stretch: Stretch) -> int:
    offsets = ticks(stretch.length_ns)
    return offsets[1] if len(offsets) > 1 else max(stretch.length_ns, 1)


def _tick(offset_ns: int, length_ns: int, label: str) -> Tick:
    at = share(offset_ns, length_ns)
    return Tick(_text(at), label, at > 100 - ROOM / 2)


def _text(share: float) -> str:
    return f"{share:.3f}".rstrip("0").rstrip(".") + "%"
