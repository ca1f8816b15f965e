"""In: a page's address and the search it means. Out: the addresses next to it.

The next page has the times of the first one, so that new traces shift nothing: beside `last=1h` it carries the `start`
and `end` that this meant. All other addresses lead back to the present.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo

from traces.core.timescale import iso_text, time_text
from traces.pages.form import (
    DEFAULT_RANGE,
    EXACT,
    PLACE,
    RANGES,
    SHOWN,
    address,
    has_exact_range,
    without,
)
from traces.search import SORTS, Search, duration_ns, to_params

_RANGE = ("last", *EXACT)


@dataclass(frozen=True, slots=True)
class AsOf:
    """The moment at which a quick range was frozen, and the way back to the present."""

    range: str
    time: str
    iso: str
    present: str


def beside(search: Search, params: Mapping[str, str]) -> str:
    """Another search in the range of this page; a quick range is one of the present again."""
    return address(without(to_params(replace(search, after="")), *_RANGE) | _range(params) | shown(params))


def present(params: Mapping[str, str]) -> dict[str, str]:
    """The parameters of this page's search, a quick range as one of the present, without a place in its list."""
    return without(params, *_RANGE, *PLACE, "was") | _range(params)


def shown(params: Mapping[str, str]) -> dict[str, str]:
    """How the page shows what it finds, whatever that is."""
    return {name: params[name] for name in SHOWN if name in params}


def sorts(params: Mapping[str, str], search: Search) -> dict[str, str]:
    """The address of each order."""
    return {name: beside(replace(search, sort=name), params) for name in SORTS}


def frozen(params: Mapping[str, str], search: Search) -> dict[str, str]:
    """This list's parameters, whatever the time when they are followed."""
    kept = without(params, *PLACE, "was")
    if has_exact_range(params) or (search.start_ns is None and search.end_ns is None):
        return kept
    return kept | {"last": params.get("last", DEFAULT_RANGE), "start": str(search.start_ns), "end": str(search.end_ns)}


def as_of_ns(params: Mapping[str, str], search: Search) -> int | None:
    """When the quick range of this page was frozen; None where it is that of now, or somebody chose times."""
    length_ns = duration_ns(params.get("last", ""))
    if length_ns is None or search.start_ns is None or not any(name in params for name in EXACT):
        return None
    return search.start_ns + length_ns


def as_of(params: Mapping[str, str], search: Search, zone: tzinfo = UTC) -> AsOf | None:
    moment_ns = as_of_ns(params, search)
    if moment_ns is None:
        return None
    last = params["last"]
    range = RANGES.get(last, f"last {last}")
    return AsOf(range, time_text(moment_ns, zone), iso_text(moment_ns), beside(search, params))


def _range(params: Mapping[str, str]) -> dict[str, str]:
    if has_exact_range(params):
        return {name: params[name] for name in EXACT if name in params}
    return {"last": params["last"]} if params.get("last", DEFAULT_RANGE) != DEFAULT_RANGE else {}
