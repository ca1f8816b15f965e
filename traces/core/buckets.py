"""In: numbers. Out: the parts of a log scale that they fall into: powers of two, as TraceQL's histograms have them."""

from __future__ import annotations

from collections.abc import Iterable
from math import frexp
from typing import NamedTuple

MOST_BUCKETS = 32
_LAST = 900  # and -900: so that floats reach around what is beyond
Number = int | float


class Bucket(NamedTuple):
    """Of numbers above the one (None: any) and up to the other."""

    above: float | None
    up_to: float


def power_of(number: Number) -> int | None:
    """Of the least power of two that isn't below it, up to 2^900 and down to 2^-900; None of what isn't above zero."""
    if number <= 0:
        return None
    if isinstance(number, int):
        return min((number - 1).bit_length(), _LAST)
    part, power = frexp(number)
    return max(min(power - (part == 0.5), _LAST), -_LAST)


def bucket_of(power: int | None, width: int = 1) -> Bucket:
    """Of numbers with this power; buckets are so many powers apart. What isn't above zero is one bucket."""
    if power is None:
        return Bucket(None, 0)
    last = -(-power // width) * width
    return Bucket(2.0 ** (last - width), 2.0**last)


def bucket_width(powers: Iterable[int | None]) -> int:
    """The least with which MOST_BUCKETS reach from the smallest to the largest."""
    some = {power for power in powers if power is not None} or {0}
    width = 1
    while max(some) // width - min(some) // width >= MOST_BUCKETS - 1:
        width *= 2
    return width
