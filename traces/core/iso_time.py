"""ISO 8601 text -> integer nanoseconds since 1970, and back, exactly."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

_EPOCH = datetime(1970, 1, 1)
_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,30}))?)?"
    r" ?(?:([Zz])|([+-])(\d\d)(?::?(\d\d))?)?",
    re.ASCII,
)


def parse_iso(text: str) -> int:
    """Nanoseconds; no offset means UTC, digits beyond the ninth are cut. Raises ValueError for other text."""
    found = _ISO.fullmatch(text)
    if not found:
        raise ValueError("not ISO 8601")
    *date, fraction, _zulu, sign, hours, minutes = found.groups()
    year, month, day, hour, minute, second = (int(part or 0) for part in date)
    since = datetime(year, month, day, hour, minute, second) - _EPOCH
    offset = int(hours or 0) * 3600 + int(minutes or 0) * 60
    seconds = since.days * 86_400 + since.seconds - (-offset if sign == "-" else offset)
    return seconds * 1_000_000_000 + int((fraction or "")[:9].ljust(9, "0"))


def format_iso(time_ns: int) -> str:
    """UTC with nine digits: 2026-03-02T09:15:00.250000000Z. For times up to the year 9999."""
    seconds, fraction = divmod(time_ns, 1_000_000_000)
    return f"{(_EPOCH + timedelta(seconds=seconds)).isoformat()}.{fraction:09}Z"
