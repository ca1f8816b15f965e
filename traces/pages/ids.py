"""In: an id as someone spelled it. Out: its one spelling, lower-case hex without dashes, or nothing."""

from __future__ import annotations

import re

TRACE_ID_DIGITS = 32
SPAN_ID_DIGITS = 16
_HEX = re.compile("[0-9a-f]+")


def canonical_id(text: str, digits: int) -> str | None:
    """`7C0E4D1F-9A3B-…` is `7c0e4d1f9a3b…`; None for what is no id of so many digits."""
    spelled = text.strip().replace("-", "").lower()
    return spelled if len(spelled) == digits and _HEX.fullmatch(spelled) else None
