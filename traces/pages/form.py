"""In: the filters in an address. Out: the form with them as typed, and short addresses for what it submits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo
from math import inf
from urllib.parse import urlencode

from django.utils.http import MAX_URL_REDIRECT_LENGTH

from traces import queries
from traces.core.printable import printable
from traces.core.timescale import time_text
from traces.search import BadQuery, absolute_time, duration_ns

DEFAULT_RANGE = "1h"
PLACEHOLDER = "user.id=42, an order number, a trace id, a log line"
RANGES = {
    "15m": "last 15 min",
    "1h": "last hour",
    "6h": "last 6 h",
    "24h": "last 24 h",
    "7d": "last 7 days",
    "30d": "last 30 days",
    "all": "all time",
}
WIDER_RANGES = ("24h", "7d", "all")
STATUSES = {"": "any", "error": "error", "ok": "ok", "unset": "unset"}
EXACT = ("start", "end")
# Of a list that goes on by itself: what it had found before the place it is at, and that it is to wait there.
SO_FAR, WAITS = "so_far", "waits"
# What the list stepped over before this place.
TOO_LARGE = "too_large"
ROOM_FOR_A_PATH = 100
# Where one is in the list and what is shown of it: no part of the search.
PLACE = ("after", "total", "table", SO_FAR, WAITS, TOO_LARGE)
# How the page shows what it finds: columns, live, what else is counted, by what it is grouped in which order. No part
# of the search either, but kept.
SHOWN = ("cols", "live", "facets", "group", "order")


@dataclass(frozen=True, slots=True)
class Field:
    """A labelled input, a select where it has options, with what is wrong with its value."""

    name: str
    label: str
    value: str = ""
    error: str = ""
    size: str = ""
    placeholder: str = ""
    options: Sequence[tuple[str, str]] = ()
    suggestions: Sequence[str] | None = None  # none at all, or those there are now


@dataclass(frozen=True, slots=True)
class Form:
    """The filters; `kept` are what the form passes on unseen, `error` is about none of its fields."""

    fields: Sequence[Field]
    exact: Sequence[Field]
    is_exact: bool
    kept: Mapping[str, str]
    error: str


def form_of(params: Mapping[str, str], error: BadQuery | None = None, *, zone: tzinfo = UTC) -> Form:
    """The form as typed, an error beside its field."""
    is_exact = has_exact_range(params)
    fields = [
        Field("q", "Attributes or trace id", size="wide", placeholder=PLACEHOLDER),
        Field("service", "Service", suggestions=[printable(name) for name in queries.services()]),
        Field("operation", "Operation", suggestions=operation_names(params.get("service", ""))),
        Field("status", "Status", size="short", options=list(STATUSES.items())),
        Field("min_duration", "At least", size="short", placeholder="500ms"),
        Field("max_duration", "At most", size="short", placeholder="2s"),
        Field("last", "Time", size="range", options=_ranges(params, is_exact)),
    ]
    exact = [Field(name, f"{label} ({zone})", placeholder="2026-03-02 09:15:00") for name, label in _EXACT_LABELS]
    known = {field.name for field in (*fields, *exact)}
    values = {"last": "" if is_exact else DEFAULT_RANGE, **(params if is_exact else without(params, *EXACT))}
    values |= {name: readable_time(values[name], zone) for name in EXACT if name in values}
    return Form(
        fields=[_filled(field, values, error) for field in fields],
        exact=[_filled(field, values, error) for field in exact],
        is_exact=is_exact or (error is not None and error.field in EXACT),
        kept={name: params[name] for name in ("sort", "limit", *SHOWN) if name in params}
        | {"was": "exact" if is_exact else "last"},
        error=f"{error.field} {error}" if error and error.field not in known else "",
    )


def tidied(params: Mapping[str, str], zone: tzinfo = UTC) -> str:
    """The address without what a browser's form left empty, and with the offset that typed times lack; else nothing.

    The form has the quick range and the exact one: whichever wasn't in force before is the one just chosen.
    """
    kept = {name: value for name, value in params.items() if value.strip() and name != "was"}
    kept |= {name: absolute_time(kept[name], zone) for name in EXACT if name in kept}
    if kept == params:
        return ""
    if "last" in kept and any(name in kept for name in EXACT):
        kept = without(kept, *(EXACT if params.get("was") == "exact" else ("last",)))
    return address(without(kept, "last") if kept.get("last") == DEFAULT_RANGE else kept)


def has_exact_range(params: Mapping[str, str]) -> bool:
    """Whether somebody chose times. With a quick range beside them they are those of the moment it was chosen."""
    return "last" not in params and any(name in params for name in EXACT)


def wider_ranges(params: Mapping[str, str]) -> list[str]:
    """Quick ranges that reach further back than the one in force; all of them beside chosen times."""
    if has_exact_range(params):
        return list(WIDER_RANGES)
    last = params.get("last", DEFAULT_RANGE)
    length_ns = _length_ns(last)
    return [wider for wider in WIDER_RANGES if _length_ns(wider) > length_ns]


def without(params: Mapping[str, str], *names: str) -> dict[str, str]:
    return {name: value for name, value in params.items() if name not in names}


def address(params: Mapping[str, str]) -> str:
    return f"?{urlencode(params)}"


def can_be_followed(address: str) -> bool:
    """Whether Django sends a browser there: a longer one is answered where it is."""
    return len(address) <= MAX_URL_REDIRECT_LENGTH - ROOM_FOR_A_PATH


_EXACT_LABELS = (("start", "From"), ("end", "To"))


def _length_ns(last: str) -> float:
    return inf if last == "all" else duration_ns(last) or 0


def _filled(field: Field, values: Mapping[str, str], error: BadQuery | None) -> Field:
    message = str(error) if error and error.field == field.name else ""
    return replace(field, value=values.get(field.name, ""), error=message)


def _ranges(params: Mapping[str, str], is_exact: bool) -> list[tuple[str, str]]:
    """The quick ranges, and whatever else is in force."""
    ranges = list(RANGES.items())
    if is_exact:
        return [("", "exact range"), *ranges]
    last = params.get("last", DEFAULT_RANGE)
    return ranges if last in RANGES else [(last, f"last {last}"), *ranges]


def readable_time(time: str, zone: tzinfo = UTC) -> str:
    """A page's links give times in nanoseconds, people don't."""
    return time_text(int(time), zone) if time.isdecimal() and len(time) < 20 else time


def operation_names(service: str) -> list[str]:
    """Names to suggest; none before there is a service, for all of them would be too many."""
    if not service:
        return []
    return sorted({printable(operation.name) for operation in queries.operations(service) if operation.name})
