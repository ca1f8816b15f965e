"""In: a stretch of time and the idle gaps in it. Out: a scale on which a gap is a narrow strip, and its ruler.

Between the gaps time runs as evenly as ever. All is whole nanoseconds: those of the drawing, of which a gap has
few, so that a bar, a mark and a dragged pointer go by the same numbers.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from traces.core.ruler import Scale, Stretch, Tick, percent_text, share, step_of, tick_at
from traces.core.timescale import duration_text, offset_text, tick_text

WORTH = 0.1  # of the stretch
MOST_OF_THE_REST = 0.5  # or so much of what longer gaps leave
STRIP = 0.05  # of the ruler, for each gap
MOST_STRIPS = 6
TEXT_ROOM = 8.0  # percent that the words on the ruler keep from each other


@dataclass(frozen=True, slots=True)
class Squeezed:
    """A scale with gaps in it; see `Scale`."""

    start_ns: int
    end_ns: int
    gaps: Sequence[Stretch]
    times_ns: Sequence[int]  # where the pace changes
    places_ns: Sequence[int]  # the same in the drawing

    @property
    def corners(self) -> Sequence[tuple[int, int]]:
        return tuple(zip(self.times_ns, self.places_ns, strict=True))

    def drawn_ns(self, ns: int) -> int:
        """What is outside of the stretch is drawn as far outside."""
        return _along(self.times_ns, self.places_ns, ns)

    def time_ns(self, drawn_ns: int) -> int:
        return _along(self.places_ns, self.times_ns, drawn_ns)

    def at(self, ns: int) -> float:
        first, last = self.places_ns[0], self.places_ns[-1]
        return share(self.drawn_ns(ns) - first, last - first)


@dataclass(frozen=True, slots=True)
class Break:
    """A gap on the ruler: where, and how long it is."""

    x: str
    width: str
    middle: str
    label: str  # empty where there is no room for it
    title: str


def squeezed(stretch: Stretch, idle: Sequence[Stretch]) -> Scale:
    """The stretch itself where no gap in it is worth it."""
    gaps = gaps_worth_it(stretch, idle)
    if not gaps:
        return stretch
    rest_ns = stretch.length_ns - sum(gap.length_ns for gap in gaps)
    strip_ns = max(int(rest_ns * STRIP / (1 - STRIP * len(gaps))), 1)
    corners = [(stretch.start_ns, stretch.start_ns)]
    for gap in gaps:
        time_ns, drawn_ns = corners[-1]
        begun_ns = drawn_ns + gap.start_ns - time_ns
        corners += [(gap.start_ns, begun_ns), (gap.end_ns, begun_ns + strip_ns)]
    time_ns, drawn_ns = corners[-1]
    corners.append((stretch.end_ns, drawn_ns + stretch.end_ns - time_ns))
    times_ns, places_ns = zip(*sorted(set(corners)), strict=True)
    return Squeezed(*stretch, gaps, times_ns, places_ns)


def gaps_worth_it(stretch: Stretch, idle: Sequence[Stretch]) -> list[Stretch]:
    """Ascending. The longest are chosen first; a shorter one may still be most of what they leave."""
    inside = (Stretch(max(gap.start_ns, stretch.start_ns), min(gap.end_ns, stretch.end_ns)) for gap in idle)
    chosen, rest_ns = list[Stretch](), stretch.length_ns
    for gap in sorted((gap for gap in inside if gap.length_ns > 0), key=lambda gap: (-gap.length_ns, gap)):
        enough_ns = min(WORTH * stretch.length_ns, MOST_OF_THE_REST * rest_ns)
        if gap.length_ns < enough_ns or gap.length_ns == rest_ns or len(chosen) == MOST_STRIPS:
            break
        chosen.append(gap)
        rest_ns -= gap.length_ns
    return sorted(chosen)


def breaks(scale: Scale) -> list[Break]:
    """The gaps of a scale, from left to right."""
    found, free_from = list[Break](), -TEXT_ROOM
    for gap in scale.gaps:
        x, to = scale.at(gap.start_ns), scale.at(gap.end_ns)
        middle, length = (x + to) / 2, duration_text(gap.length_ns)
        label = length if middle - free_from >= TEXT_ROOM else ""
        free_from = middle if label else free_from
        title = f"{length} in which nothing starts or ends, drawn narrow"
        found.append(Break(percent_text(x), percent_text(to - x), percent_text(middle), label, title))
    return found


def squeezed_ruler(scale: Scale) -> list[Tick]:
    """Ticks of one step between the gaps; where a gap's words stand, none. Where the step is too small to be told
    beside the time gone by, they count from the gap before."""
    taken = [(scale.at(gap.start_ns) + scale.at(gap.end_ns)) / 2 for gap in scale.gaps]
    step_ns = step_of(scale.corners[-1][1] - scale.corners[0][1])
    found: list[Tick] = []
    for start_ns, end_ns in zip([scale.start_ns, *(gap.end_ns for gap in scale.gaps)],
                                [*(gap.start_ns for gap in scale.gaps), scale.end_ns], strict=True):  # fmt: skip
        counts_anew = start_ns >= 100 * step_ns
        first_ns = start_ns if counts_anew else -(-start_ns // step_ns) * step_ns
        offsets = range(first_ns, end_ns + 1, step_ns)
        free = [ns for ns in offsets if all(abs(scale.at(ns) - x) >= TEXT_ROOM for x in taken)]
        found += [
            tick_at(
                scale.at(ns), offset_text(ns - start_ns) if counts_anew and ns > start_ns else tick_text(ns, step_ns)
            )
            for ns in free
        ]
    return found


def _along(known: Sequence[int], wanted: Sequence[int], value: int) -> int:
    """Between two corners in proportion, outside of them at the pace of one to one."""
    number = bisect_right(known, value) - 1
    if number < 0:
        return wanted[0] + value - known[0]
    if number == len(known) - 1:
        return wanted[-1] + value - known[-1]
    width = known[number + 1] - known[number]
    return wanted[number] + (value - known[number]) * (wanted[number + 1] - wanted[number]) // width
