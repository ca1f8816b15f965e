"""In: how long a span took, and others of its operation. Out: where it stands among them, in words."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from traces.core.statistics import percentile
from traces.core.timescale import duration_text

# Fewer others than these say nothing of what is usual.
FEWEST = 20
TOO_LONG = "not known: looking took too long"


class Rank(NamedTuple):
    """How many of the others were shorter, exactly as long, and longer; and how long they usually take."""

    shorter: int
    same: int
    longer: int
    p50_ns: int
    p95_ns: int

    @property
    def peers(self) -> int:
        return self.shorter + self.same + self.longer


def rank_of(duration_ns: int, peers_ns: Sequence[int]) -> Rank | None:
    """None where the others are too few to tell."""
    if len(peers_ns) < FEWEST:
        return None
    ordered = sorted(peers_ns)
    first, end = bisect_left(ordered, duration_ns), bisect_right(ordered, duration_ns)
    return Rank(first, end - first, len(ordered) - end, percentile(ordered, 50), percentile(ordered, 95))


def rank_text(duration_ns: int, peers_ns: Sequence[int] | None) -> str:
    """`slower than 97 % of the 1,000 latest like it (p50 41 ms, p95 120 ms)`; None: they couldn't be read in time."""
    if peers_ns is None:
        return TOO_LONG
    rank = rank_of(duration_ns, peers_ns)
    if rank is None:
        return _too_few(len(peers_ns))
    # Of the three, what holds for the most of them.
    number, words = max(
        (rank.shorter, "slower than"), (rank.longer, "faster than"), (rank.same, "as long as"), key=lambda one: one[0]
    )
    usual = f"p50 {duration_text(rank.p50_ns)}, p95 {duration_text(rank.p95_ns)}"
    return f"{words} {_share_text(number, rank.peers)} {rank.peers:,} latest like it ({usual})"


def ratio_text(duration_ns: int, peers_ns: Sequence[int] | None) -> str:
    """`4.1 × the usual 302 ms`, which is the median."""
    if peers_ns is None:
        return TOO_LONG
    rank = rank_of(duration_ns, peers_ns)
    if rank is None:
        return _too_few(len(peers_ns))
    usual = f"the usual {duration_text(rank.p50_ns)}"
    tenths = _rounded(duration_ns * 10, rank.p50_ns) if rank.p50_ns > 0 else None
    if tenths is None:
        return f"usually {duration_text(rank.p50_ns)}"
    if tenths == 10:
        return f"about {usual}"
    if tenths == 0:
        return f"less than 0.1 × {usual}"
    return f"{_times_text(tenths)} × {usual}"


def _too_few(number: int) -> str:
    return f"too few to compare with: {number or 'no'} {'other' if number == 1 else 'others'} like it"


def _share_text(number: int, peers: int) -> str:
    """Rounded down, so that nobody is said to be slower than all who isn't."""
    return "all of the" if number == peers else f"{100 * number // peers} % of the"


def _times_text(tenths: int) -> str:
    """One digit behind the point where that matters: 0.4, 4.1, 41."""
    return f"{_rounded(tenths, 10):,}" if tenths >= 100 else f"{tenths // 10}.{tenths % 10}"


def _rounded(number: int, divisor: int) -> int:
    return (2 * number + divisor) // (2 * divisor)
