"""In: the critical path of a trace. Out: the waits in it that are worth a look, the longest first."""

from __future__ import annotations

from collections.abc import Sequence

from traces.core.ruler import Stretch
from traces.core.time_spent import Piece, Pieces, SpentOn

WORTHWHILE = 100  # a gap takes at least one part in so many of the path
MOST_GAPS = 100


def gaps_of(pieces: Pieces) -> list[Piece]:
    """What the path spent waiting, as `time_spent` has it: between two children of a span, of which none ran."""
    least_ns = sum(pieces.durations_ns()) / WORTHWHILE
    waits = [number for number, spent_on in enumerate(pieces.spent_on) if spent_on is SpentOn.WAITING]
    gaps = [gap for gap in map(pieces.__getitem__, waits) if gap.duration_ns >= least_ns]
    return sorted(gaps, key=lambda gap: (-gap.duration_ns, gap.start_ns))[:MOST_GAPS]


def around(gap: Piece, zero_ns: int, extent_ns: int) -> Stretch:
    """The gap in the middle half of it, so that what ran before and after is seen; nanoseconds after `zero_ns`."""
    margin_ns = max(gap.duration_ns // 2, 1)
    start_ns, end_ns = gap.start_ns - zero_ns - margin_ns, gap.end_ns - zero_ns + margin_ns
    return Stretch(max(start_ns, 0), min(end_ns, extent_ns))


def number_at(gaps: Sequence[Piece], stretch: Stretch | None, zero_ns: int, extent_ns: int) -> int | None:
    """Which of them somebody has zoomed to."""
    here = stretch or Stretch(0, extent_ns)
    found = (number for number, gap in enumerate(gaps) if around(gap, zero_ns, extent_ns) == here)
    return next(found, None)
