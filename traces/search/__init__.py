"""A search in the URL's words -> what is meant. No SQL here.

`q` is in the query language (`search.parsing`); `service`, `operation` and `status` hold together when *one* span
satisfies all three; the durations are the trace's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo

from traces.core.iso_time import parse_iso, with_offset
from traces.core.meaning import Condition, Intrinsic, Some, all_of
from traces.core.span import Status
from traces.core.subjects import Field, Op
from traces.search.bad_query import BadQuery
from traces.search.durations import UNITS_NS, duration_ns, limit_ns, typed_duration, typed_limit
from traces.search.parsing import parse
from traces.search.printing import query_text
from traces.search.words import attribute_is, opposite_of, word, words_of

__all__ = [
    "DEFAULT_LAST",
    "DEFAULT_LIMIT",
    "MOST_LIMIT",
    "SORTS",
    "STATUSES",
    "BadQuery",
    "Search",
    "absolute_time",
    "attribute_is",
    "duration_ns",
    "from_params",
    "meaning_of",
    "opposite_of",
    "parse",
    "query_text",
    "to_params",
    "word",
    "words_of",
]
SORTS = ("start", "duration", "spans", "errors")
STATUSES = ("error", "ok", "unset")
DEFAULT_LAST, DEFAULT_LIMIT, MOST_LIMIT = "1h", 50, 1_000
_CURSOR = re.compile(r"-?\d{1,19}\.[0-9a-f]{32}", re.ASCII)
_NANOSECONDS = re.compile(r"-?\d{1,19}", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


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
    condition: Condition | None = None
    sort: str = "start"
    after: str = ""
    limit: int = DEFAULT_LIMIT

    def without(self, *fields: str) -> Search:
        """The same search with these fields as if nothing had been said."""
        blank = Search()
        return replace(self, **{field: getattr(blank, field) for field in fields})


def meaning_of(search: Search) -> Condition:
    """All that is said of spans and traces but the times: the form's service, operation and status are one brace."""
    form: list[Condition] = []
    if search.service:
        form.append(Intrinsic(Field.SERVICE, Op.EQUAL, (search.service,)))
    if search.operation:
        form.append(Intrinsic(Field.NAME, Op.EQUAL, (search.operation,)))
    if search.status:
        form.append(Intrinsic(Field.STATUS, Op.EQUAL, (Status[search.status.upper()],)))
    brace = [Some(all_of(*form))] if form else []
    return all_of(*brace, *([] if search.condition is None else [search.condition]))


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
        max_duration_ns=_duration(params, "max_duration", limit_ns),
        condition=_condition(params.get("q", "")),
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
        "max_duration": "" if search.max_duration_ns is None else typed_limit(search.max_duration_ns),
        "q": "" if search.condition is None else query_text(search.condition),
        "sort": "" if search.sort == "start" else search.sort,
        "after": search.after,
        "limit": "" if search.limit == DEFAULT_LIMIT else str(search.limit),
    }
    return {name: value for name, value in params.items() if value}


def absolute_time(text: str, zone: tzinfo) -> str:
    """A typed time for readers in any zone: `2026-03-02 10:15` with its offset; what isn't one, as it is."""
    return with_offset(_whole_day(text.strip()), zone)


def _condition(text: str) -> Condition | None:
    return parse(text) if text.strip() else None


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
    return max(0, now_ns - length), now_ns + UNITS_NS["m"]


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


def _duration(params: Mapping[str, str], name: str, read: Callable[[str], int | None] = duration_ns) -> int | None:
    text = params.get(name, "").strip()
    if not text:
        return None
    duration = read(text)
    if duration is None or duration >= 1 << 63:
        raise BadQuery(name, "expected a duration such as 500ms, 1.5s or 2m")
    return duration


def _duration_param(length_ns: int | None) -> str:
    """As somebody would type it, and exact."""
    return "" if length_ns is None else typed_duration(length_ns)


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
