"""In: a search. Out: the values that its traces have most, each an address that narrows the search to it or takes it
out again; the address says which other attributes are wanted (`facets=key,key`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from traces import queries
from traces.core.printable import printable
from traces.core.said import Said
from traces.pages.addresses import present
from traces.pages.form import address, without
from traces.pages.narrowing import Word, can_be_said, excluded, has, toggled
from traces.pages.too_large import without_words
from traces.search import Search

SHOWN, MOST_VALUES, MOST_ADDED = 8, 20, 8
# Of several names for one thing, the one that is in use.
STANDARD: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("service", ("service",)),
    ("root operation", ("name",)),
    ("status", ("status",)),
    ("http.route", ("http.route",)),
    ("HTTP status", ("http.response.status_code", "http.status_code")),
    ("user id", ("user.id", "enduser.id")),
    ("version", ("service.version",)),
    ("region", ("cloud.region",)),
)
_OF_TRACES = {"service", "name", "status"}


class Value(NamedTuple):
    """No address where no search can ask for it."""

    text: str
    traces: str
    address: str
    is_active: bool
    excluded: str  # the address without any span that has it; none of what is asked for


@dataclass(frozen=True, slots=True)
class Facet:
    """`more` are further values that are shown on demand, `left` how many aren't at all."""

    label: str
    key: str
    values: Sequence[Value]
    more: Sequence[Value]
    left: str
    group: str
    without: str  # the address without it, where it was asked for


@dataclass(frozen=True, slots=True)
class Facets:
    """`kept` is what the form that adds one passes on, `grouping` what the one that groups does."""

    read: str
    facets: Sequence[Facet]
    kept: Mapping[str, str]
    added: str
    grouping: Mapping[str, str]
    group: str


def facets_of(search: Search, params: Mapping[str, str]) -> Facets:
    added = added_keys(params)
    found = queries.value_counts(search, list(dict.fromkeys([*_standard_keys(), *added])))
    standard = [(label, _most_used(keys, found.counts)) for label, keys in STANDARD]
    wanted = [(label, key) for label, key in standard if found.counts[key] and key not in added]
    facets = [_facet(label, key, found.counts[key], search, params) for label, key in wanted]
    facets += [_facet(key, key, found.counts[key], search, params, added) for key in added]
    kept = present(params)
    return Facets(
        read=_read(found),
        facets=facets,
        kept=without(kept, "facets"),
        added=",".join(added),
        grouping=without(kept, "group", "order"),
        group=printable(params.get("group", "")),
    )


def added_keys(params: Mapping[str, str]) -> list[str]:
    keys = (key.strip() for key in params.get("facets", "").split(","))
    return [key for key in dict.fromkeys(keys) if key and key not in _OF_TRACES][:MOST_ADDED]


def _standard_keys() -> Iterable[str]:
    return (key for _, keys in STANDARD for key in keys if key not in _OF_TRACES)


def _most_used(keys: Sequence[str], counts: Mapping[str, Mapping[Said, float]]) -> str:
    return max(keys, key=lambda key: sum(counts[key].values()))


def _facet(
    label: str,
    key: str,
    counts: Mapping[Said, float],
    search: Search,
    params: Mapping[str, str],
    added: Sequence[str] = (),
) -> Facet:
    ordered = sorted(counts.items(), key=lambda item: (not has(search, Word(key, item[0].text)), -item[1], item[0]))
    values = [_value(key, said, traces, search, params) for said, traces in ordered[:MOST_VALUES]]
    others = [one for one in added if one != key]
    here = present(params)
    rest = without(here, "facets") | ({"facets": ",".join(others)} if others else {})
    left = len(ordered) - MOST_VALUES
    return Facet(
        label=printable(label),
        key=printable(key),
        values=values[:SHOWN],
        more=values[SHOWN:],
        left=f"{left:,} more" if left > 0 else "",
        group="" if key == "status" else address(without(here, "order") | {"group": key}),
        without=address(rest) if added else "",
    )


def _value(key: str, said: Said, traces: float, search: Search, params: Mapping[str, str]) -> Value:
    word = Word(key, said.text)
    is_active, can_be_asked = has(search, word), said.is_scalar and can_be_said(word)
    return Value(
        text=printable(said.text) or "(empty)",
        traces=f"{round(traces):,}",
        address=toggled(search, word, params) if can_be_asked else "",
        is_active=is_active,
        excluded=excluded(search, word, params) if can_be_asked and not is_active else "",
    )


def _read(found: queries.ValueCounts) -> str:
    if not found.complete and not found.traces and not found.too_large:
        return "not known: looking takes too long"
    number = f"{found.traces:,} traces" if found.traces != 1 else "one trace"
    if found.too_large:
        return f"of {number}, {without_words(found.too_large)}{'; weighted, for some were sampled' * found.weighted}"
    which = "all" if found.complete and found.traces != 1 else "the" if found.complete else "the newest"
    return f"of {which} {number}{'; weighted, for some were sampled' if found.weighted else ''}"
