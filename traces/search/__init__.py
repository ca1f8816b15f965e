"""A search in the URL's words -> what is meant. No SQL here.

Every condition is one on the trace: a word of `q` holds when *some* span satisfies it; `service`, `operation` and
`status` together when *one* span satisfies all three; the durations are the trace's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo
from typing import NamedTuple

from traces.core.iso_time import parse_iso, with_offset

SORTS = ("start", "duration", "spans", "errors")
STATUSES = ("error", "ok", "unset")
DEFAULT_LAST, DEFAULT_LIMIT, MOST_LIMIT = "1h", 50, 1_000
MOST_WORDS = 20
_UNITS_NS = {"ns": 1, "us": 10**3, "µs": 10**3, "μs": 10**3, "ms": 10**6, "s": 10**9, "m": 60 * 10**9,
             "h": 3_600 * 10**9, "d": 86_400 * 10**9, "w": 604_800 * 10**9}  # fmt: skip
_DURATION = re.compile(r"(\d{1,19}(?:\.\d{1,9})?)\s*([a-zµμ]{1,2})")
_WORD = re.compile(r'([^\s="{}]+)=("(?:[^"\\]|\\.)*"|[^\s"]*)(?=\s|$)')
_KEY = re.compile(r'[^\s="{}]+')
_CURSOR = re.compile(r"-?\d{1,19}\.[0-9a-f]{32}", re.ASCII)
_NANOSECONDS = re.compile(r"-?\d{1,19}", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


class BadQuery(ValueError):
    """A search that makes no sense. `field` names the parameter, the message what would be right."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class Word(NamedTuple):
    """`key=value`: some span, or its resource, has the attribute with this value, as a string, number or boolean.

    The keys service, name, kind and status speak of the span itself.
    """

    key: str
    value: str


@dataclass(frozen=True, slots=True)
class Search:
    """Traces that start in [start_ns, end_ns) and fulfil all that is set. None: no limit; "": any."""

    start_ns: int | None = None
    end_ns: int | None = None
    service: str = ""
    operation: str = ""
    status: str = ""
    min_duration_ns: int | None = None
    max_duration_ns: int | None = None
    words: tuple[Word, ...] = ()
    sort: str = "start"
    after: str = ""
    limit: int = DEFAULT_LIMIT

    def without(self, *fields: str) -> Search:
        """The same search with these fields as if nothing had been said."""
        blank = Search()
        return replace(self, **{field: getattr(blank, field) for field in fields})


def from_params(params: Mapping[str, str], now_ns: int, zone: tzinfo = UTC) -> Search:
    """The search that a URL's parameters ask for, its time range made absolute. Raises BadQuery.

    A time without an offset is one of the zone's clocks.
    """
    start_ns, end_ns = _time_range(params, now_ns, zone)
    search = Search(
        start_ns=start_ns,
        end_ns=end_ns,
        service=params.get("service", "").strip(),
        operation=params.get("operation", "").strip(),
        status=_one_of(params, "status", STATUSES),
        min_duration_ns=_duration(params, "min_duration"),
        max_duration_ns=_duration(params, "max_duration"),
        words=parse_words(params.get("q", "")),
        sort=_one_of(params, "sort", SORTS) or "start",
        after=_cursor(params.get("after", "")),
        limit=_limit(params.get("limit", "")),
    )
    shortest, longest = search.min_duration_ns, search.max_duration_ns
    if shortest is not None and longest is not None and shortest > longest:
        raise BadQuery("max_duration", "is shorter than the minimum; exchange the two")
    return search


def to_params(search: Search) -> dict[str, str]:
    """The URL's parameters of a search; `from_params` of them is the search again."""
    params = {
        "start": "" if search.start_ns is None else str(search.start_ns),
        "end": "" if search.end_ns is None else str(search.end_ns),
        "last": "all" if search.start_ns is None and search.end_ns is None else "",
        "service": search.service,
        "operation": search.operation,
        "status": search.status,
        "min_duration": _duration_param(search.min_duration_ns),
        "max_duration": _duration_param(search.max_duration_ns),
        "q": words_text(search.words),
        "sort": "" if search.sort == "start" else search.sort,
        "after": search.after,
        "limit": "" if search.limit == DEFAULT_LIMIT else str(search.limit),
    }
    return {name: value for name, value in params.items() if value}


def absolute_time(text: str, zone: tzinfo) -> str:
    """A typed time for readers in any zone: `2026-03-02 10:15` with its offset; what isn't one, as it is."""
    return with_offset(_whole_day(text.strip()), zone)


def parse_words(text: str) -> tuple[Word, ...]:
    """`user.id=42 http.route="/a b"` as words. Raises BadQuery that says where and what would be right."""
    words: list[Word] = []
    text, at = text.strip(), 0
    while at < len(text):
        found = _WORD.match(text, at)
        if not found or len(words) == MOST_WORDS:
            raise _bad_word(text[at : at + 40], too_many=bool(found))
        words.append(Word(found[1], _unquoted(found[2])))
        at = found.end()
        while at < len(text) and text[at].isspace():
            at += 1
    return tuple(words)


def words_text(words: tuple[Word, ...]) -> str:
    """What `parse_words` reads as these words."""
    return " ".join(f"{word.key}={_quoted(word.value)}" for word in words)


def can_be_key(text: str) -> bool:
    """Whether `text=value` is a word; keys with spaces, quotes or braces can't be asked for."""
    return _KEY.fullmatch(text) is not None


def duration_ns(text: str) -> int | None:
    """`500ms`, `1.5s`, `2m` in nanoseconds; None where it is no duration."""
    found = _DURATION.fullmatch(text.strip().lower())
    unit = _UNITS_NS.get(found[2]) if found else None
    if found is None or unit is None:
        return None
    whole, _, fraction = found[1].partition(".")
    return int(whole) * unit + int((fraction or "0").ljust(9, "0")) * unit // 10**9


def _bad_word(rest: str, *, too_many: bool) -> BadQuery:
    if too_many:
        return BadQuery("q", f"has more than {MOST_WORDS} words; leave some out")
    if '="' in rest.split(" ")[0]:
        return BadQuery("q", f'at {rest!r}: the quoted value should end with " and a space')
    return BadQuery("q", f'at {rest!r}: expected key=value such as user.id=42, or key="a value with spaces"')


def _unquoted(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value[1:-1], flags=re.DOTALL) if value.startswith('"') else value


def _quoted(value: str) -> str:
    if value and not re.search(r'[\s"]', value):
        return value
    return '"' + re.sub(r'([\\"])', r"\\\1", value) + '"'


def _time_range(params: Mapping[str, str], now_ns: int, zone: tzinfo) -> tuple[int | None, int | None]:
    start, end = (_time(params, name, zone) for name in ("start", "end"))
    if start is not None and end is not None and start > end:
        raise BadQuery("end", "is before the start; exchange the two")
    if start is not None or end is not None:
        return start, end
    last = params.get("last", "").strip() or DEFAULT_LAST
    if last == "all":
        return None, None
    length = duration_ns(last)
    if not length:
        raise BadQuery("last", "expected a length of time such as 15m, 1h, 7d, or all")
    # A minute ahead: the senders' clocks are not ours.
    return max(0, now_ns - length), now_ns + _UNITS_NS["m"]


def _time(params: Mapping[str, str], name: str, zone: tzinfo) -> int | None:
    text = params.get(name, "").strip()
    if not text:
        return None
    try:
        time_ns = int(text) if _NANOSECONDS.fullmatch(text) else parse_iso(_whole_day(text), zone)
    except ValueError:
        time_ns = 1 << 63
    if not -(1 << 63) <= time_ns < 1 << 63:
        raise BadQuery(name, "expected a time such as 2026-03-02T09:15:00Z, or nanoseconds since 1970")
    return time_ns


def _whole_day(text: str) -> str:
    """A day begins at midnight."""
    return f"{text}T00:00" if _DAY.fullmatch(text) else text


def _duration(params: Mapping[str, str], name: str) -> int | None:
    text = params.get(name, "").strip()
    if not text:
        return None
    duration = duration_ns(text)
    if duration is None or duration >= 1 << 63:
        raise BadQuery(name, "expected a duration such as 500ms, 1.5s or 2m")
    return duration


def _duration_param(length_ns: int | None) -> str:
    """As somebody would type it, and exact."""
    if length_ns is None:
        return ""
    unit = next(unit for unit in ("s", "ms", "us", "ns") if length_ns % _UNITS_NS[unit] == 0)
    return f"{length_ns // _UNITS_NS[unit]}{unit}"


def _one_of(params: Mapping[str, str], name: str, allowed: tuple[str, ...]) -> str:
    text = params.get(name, "").strip().lower()
    if text and text not in allowed:
        raise BadQuery(name, f"expected one of {', '.join(allowed)}")
    return text


def _cursor(text: str) -> str:
    if text and not (_CURSOR.fullmatch(text) and -(1 << 63) <= int(text.partition(".")[0]) < 1 << 63):
        raise BadQuery("after", "is no place in a list; start from the first page")
    return text


def _limit(text: str) -> int:
    if not text.strip():
        return DEFAULT_LIMIT
    if not re.fullmatch(r"\s*\d{1,9}\s*", text, re.ASCII) or not 1 <= int(text) <= MOST_LIMIT:
        raise BadQuery("limit", f"expected a whole number from 1 to {MOST_LIMIT:,}")
    return int(text)
