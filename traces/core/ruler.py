"""In: a stretch of time. Out: ticks and bars as finished geometry.

Lengths are percentages of the stretch, as strings with a point whatever the locale: they become SVG attributes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from traces.core.timescale import duration_text, offset_text, tick_text, ticks

MIN_WIDTH = 0.2  # percent: what takes no time is still to be seen
INSIDE_FROM = 30.0  # percent: a bar this wide holds its label when there is no room beside it
ROOM = 16.0  # percent that a label beside its bar takes at most


class Scale(Protocol):
    """Where a moment is drawn: the one way from a time to a place on the ruler, and back."""

    @property
    def start_ns(self) -> int: ...
    @property
    def end_ns(self) -> int: ...
    @property
    def gaps(self) -> Sequence[Stretch]:
        """What is drawn narrower than it is."""

    @property
    def corners(self) -> Sequence[tuple[int, int]]:
        """Pairs of a time and where it is drawn, ascending; between two of them time runs evenly."""

    def drawn_ns(self, ns: int) -> int:
        """In nanoseconds of the drawing; never less for what is later."""

    def time_ns(self, drawn_ns: int) -> int:
        """The other way round."""

    def at(self, ns: int) -> float:
        """In percent of what is drawn, between 0 and 100."""


class Stretch(NamedTuple):
    """What is drawn: all of a trace or a part of it, as nanoseconds after the trace's start. Also its even scale."""

    start_ns: int
    end_ns: int

    @property
    def length_ns(self) -> int:
        return self.end_ns - self.start_ns

    @property
    def gaps(self) -> Sequence[Stretch]:
        return ()

    @property
    def corners(self) -> Sequence[tuple[int, int]]:
        return (self.start_ns, self.start_ns), (self.end_ns, self.end_ns)

    def drawn_ns(self, ns: int) -> int:
        return ns

    def time_ns(self, drawn_ns: int) -> int:
        return drawn_ns

    def at(self, ns: int) -> float:
        return share(ns - self.start_ns, self.end_ns - self.start_ns)


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
    step_ns = step_of(stretch.length_ns)
    first_ns = -(-stretch.start_ns // step_ns) * step_ns
    offsets = list(range(first_ns, stretch.end_ns + 1, step_ns)) or [stretch.start_ns]
    relative = first_ns >= 100 * step_ns
    labels = [offset_text(ns - first_ns) if relative and ns != first_ns else tick_text(ns, step_ns) for ns in offsets]
    return [tick_at(stretch.at(ns), label) for ns, label in zip(offsets, labels, strict=True)]


def bar_of(offset_ns: int, duration_ns: int, scale: Scale) -> Bar:
    """Where a span lies on the ruler; always within it, and never too narrow to be seen if it belongs there."""
    end_ns = offset_ns + duration_ns
    if end_ns < scale.start_ns:
        return Bar("0%", "", "0%", "after", "left")
    if offset_ns > scale.end_ns:
        return Bar("100%", "", "100%", "before", "right")
    cut = {(True, True): "left right", (True, False): "left", (False, True): "right"}.get(
        (offset_ns < scale.start_ns, end_ns > scale.end_ns), ""
    )
    left = scale.at(offset_ns)
    width = max(scale.at(end_ns) - left, MIN_WIDTH)
    left = min(left, 100 - width)
    if left + width <= 100 - ROOM:
        label, side = left + width, "after"
    elif left >= ROOM and (width < INSIDE_FROM or left > 100 - left - width):
        label, side = left, "before"
    else:
        label, side = left, "inside"
    return Bar(percent_text(left), percent_text(width), percent_text(label), side, cut)


def marks(times_ns: Sequence[int], scale: Scale) -> str:
    """Moments on a bar as an SVG path, the scale being 1000 wide; what lies outside is left out."""
    inside = sorted({round(10 * scale.at(ns)) for ns in times_ns if scale.start_ns <= ns <= scale.end_ns})
    return "".join(f"M{x} 1v7" for x in inside)


def lines(times_ns: Iterable[tuple[int, int]], scale: Scale) -> str:
    """From when to when, ascending, as one SVG path; the scale being 1000 wide. What touches is one line."""
    drawn: list[tuple[int, int]] = []
    for start_ns, end_ns in times_ns:
        if end_ns <= scale.start_ns or start_ns >= scale.end_ns:
            continue
        x, to = (round(10 * scale.at(ns)) for ns in (start_ns, end_ns))
        if drawn and x <= drawn[-1][1]:
            drawn[-1] = drawn[-1][0], max(to, drawn[-1][1])
        else:
            drawn.append((x, to))
    return "".join(f"M{x} 21h{max(to - x, 1)}" for x, to in drawn)


def percent(part: int, whole: int) -> str:
    """`part` of `whole` as a percentage between 0 and 100, with a point: `12.5%`."""
    return percent_text(share(part, whole))


def share(part: int, whole: int) -> float:
    return round(min(max(100 * part / whole, 0.0), 100.0), 3) if whole > 0 else 0.0


def stretch_text(stretch: Stretch) -> str:
    """`1.2 s to 1.31 s, 110 ms`"""
    start, end = (duration_text(ns) for ns in stretch)
    return f"{start} to {end}, {duration_text(stretch.length_ns)}"


def step_of(length_ns: int) -> int:
    """How far apart ticks are."""
    offsets = ticks(length_ns)
    return offsets[1] if len(offsets) > 1 else max(length_ns, 1)


def tick_at(at: float, label: str) -> Tick:
    return Tick(percent_text(at), label, at > 100 - ROOM / 2)


def percent_text(share: float) -> str:
    """With a point, whatever the locale: `12.5%`."""
    return f"{share:.3f}".rstrip("0").rstrip(".") + "%"
