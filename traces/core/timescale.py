"""In: integer nanoseconds. Out: words for them, and round places for a ruler's ticks.

The only place where a nanosecond becomes text.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo

MICROSECOND = 1_000
MILLISECOND = 1_000_000
SECOND = 1_000_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
MINUS = "\N{MINUS SIGN}"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNITS = ((1, "ns", 1000), (MICROSECOND, "µs", 1000), (MILLISECOND, "ms", 1000), (SECOND, "s", 60))
_PAIRS = ((MINUTE, "min", SECOND, "s", HOUR), (HOUR, "h", MINUTE, "min", DAY))
_LONG_STEPS = tuple(
    count * unit
    for unit, counts in ((SECOND, (10, 15, 30)), (MINUTE, (1, 2, 5, 10, 15, 30)), (HOUR, (1, 2, 3, 6, 12)))
    for count in counts
)


def duration_text(duration_ns: int) -> str:
    """Three significant digits and a unit: `812 ms`, `1.24 s`, `2 min 3 s`.

    Zeros behind the point are left out where they'd be exact: `41 ms` is 41,000,000 ns, `41.0 ms` nearly.
    """
    if duration_ns < 0:
        return f"{MINUS}{duration_text(-duration_ns)}"
    for unit_ns, unit, limit in _UNITS:
        for digits in (2, 1, 0):
            scaled = _rounded(duration_ns * 10**digits, unit_ns)
            if scaled < min(1000, limit * 10**digits):
                return f"{_decimal(scaled, digits, exact=duration_ns * 10**digits % unit_ns == 0)} {unit}"
    return _long_text(duration_ns)


def exact_text(duration_ns: int) -> str:
    """Every nanosecond: `1,240,000,000 ns`."""
    return f"{duration_ns:,} ns".replace("-", MINUS)


def offset_text(offset_ns: int) -> str:
    """A distance with its sign: `+12 ms`, or a minus."""
    return duration_text(offset_ns) if offset_ns < 0 else f"+{duration_text(offset_ns)}"


def time_text(time_ns: int, zone: tzinfo = UTC) -> str:
    """A moment to the millisecond on the zone's clocks, without saying whose: `2026-03-02 09:15:00.250`."""
    return f"{_datetime(time_ns, zone):%Y-%m-%d %H:%M:%S}.{time_ns // MILLISECOND % 1000:03}"


def iso_text(time_ns: int) -> str:
    """A moment for a `<time datetime>`: `2026-03-02T09:15:00.250Z`."""
    return f"{time_text(time_ns).replace(' ', 'T')}Z"


def exact_time_text(time_ns: int, zone: tzinfo = UTC) -> str:
    """A moment with all nine decimals and its zone, for hovering.

    The offset tells the two hours apart that a clock shows twice when summer ends.
    """
    moment = _datetime(time_ns, zone)
    offset = "" if zone is UTC else f" ({moment.isoformat()[19:]})"
    return f"{moment:%Y-%m-%d %H:%M:%S}.{time_ns % SECOND:09} {zone}{offset}"


def clock_text(time_ns: int, zone: tzinfo = UTC, *, step_ns: int, extent_ns: int) -> str:
    """A moment as finely as steps of that length need it, with the day where there are several.

    `03-02`, `03-02 09:15`, `09:15`, `09:15:00`, `09:15:00.250`
    """
    text = time_text(time_ns, zone)[5:]
    if step_ns % DAY == 0:
        return text[:5]
    end = 11 if step_ns % MINUTE == 0 or extent_ns >= DAY else 14 if step_ns >= SECOND else None
    return text[0 if extent_ns >= DAY else 6 : end]


def clock_ticks(start_ns: int, end_ns: int, zone: tzinfo = UTC, *, at_most: int = 5) -> list[tuple[str, int]]:
    """Round moments on the zone's clocks within the range, each with its text."""
    extent_ns = max(end_ns - start_ns, 1)
    step_ns = round_step(extent_ns, at_most)
    ahead_ns = int((_datetime(start_ns, zone).utcoffset() or timedelta()).total_seconds()) * SECOND
    first_ns = -(-(start_ns + ahead_ns) // step_ns) * step_ns - ahead_ns
    times = range(first_ns, end_ns + 1, step_ns)
    return [(clock_text(ns, zone, step_ns=step_ns, extent_ns=extent_ns), ns) for ns in times]


def ticks(extent_ns: int, *, at_most: int = 7) -> list[int]:
    """Round offsets from 0 to `extent_ns`, evenly spaced; [0] where there is no extent."""
    if extent_ns <= 0:
        return [0]
    return list(range(0, extent_ns + 1, round_step(extent_ns, at_most)))


def tick_text(offset_ns: int, step_ns: int) -> str:
    """A tick's label; zero takes the unit of its neighbours: `0 ms`."""
    return duration_text(offset_ns) if offset_ns else f"0 {duration_text(step_ns).split()[1]}"


def round_step(extent_ns: int, at_most: int) -> int:
    """The smallest round step that makes no more than so many ticks, the one at 0 included."""
    smallest = max(extent_ns // max(at_most - 1, 1), 1)
    magnitude: int = 10 ** (len(str(smallest)) - 1)
    candidates = [magnitude * factor for factor in (1, 2, 5, 10)]
    if smallest >= 5 * SECOND:
        days: int = 10 ** max(len(str(smallest // DAY)) - 1, 0) * DAY
        candidates = [*_LONG_STEPS, *(days * factor for factor in (1, 2, 5, 10))]
    return next(step for step in candidates if extent_ns // step + 1 <= at_most)


def _decimal(scaled: int, digits: int, *, exact: bool) -> str:
    whole, fraction = divmod(scaled, 10**digits)
    text = f"{whole}.{fraction:0{digits}}" if digits else str(whole)
    return text.rstrip("0").rstrip(".") if exact and digits else text


def _long_text(duration_ns: int) -> str:
    for unit_ns, unit, small_ns, small, limit_ns in _PAIRS:
        rounded_ns = _rounded(duration_ns, small_ns) * small_ns
        if rounded_ns < limit_ns:
            return _pair(rounded_ns // unit_ns, unit, rounded_ns % unit_ns // small_ns, small)
    days, hours = divmod(_rounded(duration_ns, HOUR), 24)
    return _pair(days, "d", hours, "h")


def _pair(big: int, big_unit: str, small: int, small_unit: str) -> str:
    return f"{big:,} {big_unit} {small} {small_unit}" if small else f"{big:,} {big_unit}"


def _rounded(number: int, divisor: int) -> int:
    """Division of whole numbers, halves up: no float ever holds a nanosecond."""
    return (2 * number + divisor) // (2 * divisor)


def _datetime(time_ns: int, zone: tzinfo) -> datetime:
    return (_EPOCH + timedelta(seconds=time_ns // SECOND)).astimezone(zone)
