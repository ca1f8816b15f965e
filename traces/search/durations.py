"""In: a duration as people type it. Out: nanoseconds; and back."""

from __future__ import annotations

import re

UNITS_NS = {"ns": 1, "us": 10**3, "µs": 10**3, "μs": 10**3, "ms": 10**6, "s": 10**9, "m": 60 * 10**9,
            "h": 3_600 * 10**9, "d": 86_400 * 10**9, "w": 604_800 * 10**9}  # fmt: skip
_WHOLE_UNITS = ("s", "ms", "us", "ns")
_DURATION = re.compile(r"(\d{1,19}(?:\.\d{1,9})?)\s*([a-zµμ]{1,2})")


def duration_ns(text: str) -> int | None:
    """`500ms`, `1.5s`, `2m` in nanoseconds; None where it is no duration."""
    found = _DURATION.fullmatch(text.strip().lower())
    unit = UNITS_NS.get(found[2]) if found else None
    if found is None or unit is None:
        return None
    whole, _, fraction = found[1].partition(".")
    return int(whole) * unit + int((fraction or "0").ljust(9, "0")) * unit // 10**9


def typed_duration(length_ns: int) -> str:
    """What `duration_ns` reads as this, in the largest unit up to seconds in which it is whole."""
    unit = next(unit for unit in _WHOLE_UNITS if length_ns % UNITS_NS[unit] == 0)
    return f"{length_ns // UNITS_NS[unit]}{unit}"
