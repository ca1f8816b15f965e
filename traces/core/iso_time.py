"""ISO 8601 text -> integer nanoseconds since 1970, and back, exactly."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo

_EPOCH = datetime(1970, 1, 1)
_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,30}))?)?"
    r" ?(?:([Zz])|([+-])(\d\d)(?::?(\d\d))?)?",
    re.ASCII,
)


def parse_iso(text: str, zone: tzinfo = UTC) -> int:
    """Nanoseconds; no offset means the zone's clocks, digits beyond the ninth are cut. ValueError for other text.

    Of an hour that a clock shows twice, the first is meant.
    """
    found = _ISO.fullmatch(text)
    if not found:
        raise ValueError("not ISO 8601")
    *date, fraction, zulu, sign, hours, minutes = found.groups()
    year, month, day, hour, minute, second = (int(part or 0) for part in date)
    shown = datetime(year, month, day, hour, minute, second)
    since = shown - _EPOCH
    offset = int(hours or 0) * 3600 + int(minutes or 0) * 60
    if not (zulu or sign):
        offset = _offset_s(shown, zone)
    seconds = since.days * 86_400 + since.seconds - (-offset if sign == "-" else offset)
    return seconds * 1_000_000_000 + int((fraction or "")[:9].ljust(9, "0"))


def format_iso(time_ns: int) -> str:
    """UTC with nine digits: 2026-03-02T09:15:00.250000000Z. For times up to the year 9999."""
    seconds, fraction = divmod(time_ns, 1_000_000_000)
    return f"{(_EPOCH + timedelta(seconds=seconds)).isoformat()}.{fraction:09}Z"


def with_offset(text: str, zone: tzinfo) -> str:
    """The same time for readers in any zone: `2026-03-02 10:15` becomes `2026-03-02 10:15+01:00`.

    What has an offset, or is no ISO 8601, stays as it is.
    """
    try:
        minutes, rest = divmod(parse_iso(f"{text}Z") - parse_iso(text, zone), 60 * 1_000_000_000)
    except ValueError:
        return text
    if rest:  # Before there were zones, clocks differed by seconds.
        return text
    hours, minutes_of_hour = divmod(abs(minutes), 60)
    return f"{text}{'-' if minutes < 0 else '+'}{hours:02}:{minutes_of_hour:02}" if minutes else f"{text}Z"


def _offset_s(shown: datetime, zone: tzinfo) -> int:
    """How far the zone's clocks are ahead of UTC when they show this."""
    offset = zone.utcoffset(shown)
    return round(offset.total_seconds()) if offset else 0
