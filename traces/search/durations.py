"""In: a duration as people type it, or a limit for one. Out: nanoseconds; and back."""

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


def limit_ns(text: str) -> int | None:
    """The longest that is meant: `2s` itself, and all below `<2s`. None where it is no limit, or nothing is below."""
    below = text.strip().startswith("<")
    length_ns = duration_ns(text.strip().removeprefix("<"))
    return length_ns if length_ns is None or not below else length_ns - 1 if length_ns else None


def typed_limit(longest_ns: int) -> str:
    """What `limit_ns` reads as this, in the fewest characters: `<10s` is not `9999999999ns`."""
    return min(typed_duration(longest_ns), f"<{typed_duration(longest_ns + 1)}", key=len)
