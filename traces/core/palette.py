"""In: a service's name. Out: the CSS class of its colour, the same on every page and in every process.

The twelve hues stand in the stylesheet, once for each colour scheme. They were chosen so that each pair stays
apart under protanopia, deuteranopia and tritanopia, and all from the red of errors.
"""

from __future__ import annotations

from zlib import crc32

HUES = 12
# With this start value of the sum, the services that most shops have get hues of their own.
_SEED = 7640


def colour_class(service: str) -> str:
    """`c0` to `c11`. Not hash(), which differs from process to process."""
    return f"c{crc32(service.encode('utf-8', 'surrogatepass'), _SEED) % HUES}"
