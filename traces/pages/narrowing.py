"""In: a search and one more condition on traces. Out: the search with it, or without it where it is in force."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from traces.core.meaning import Condition, all_of
from traces.core.printable import printable
from traces.pages.addresses import beside
from traces.pages.form import PLACE, address, without
from traces.search import Search, opposite_of, parse, query_text, to_params, word, words_of

# These stand in fields of their own. Together they hold on one span, so a second one is a word: it may hold on another.
FIELDS = {"service": "service", "name": "operation", "status": "status"}
# A longer address is more than some servers and browsers take.
LONGEST = 500
_RANGE = ("last", "start", "end", "was", *PLACE)


class Word(NamedTuple):
    """A value that some span of a trace has."""

    key: str
    value: str

    @property
    def condition(self) -> Condition:
        return word(self.key, self.value)


def has(search: Search, wanted: Word) -> bool:
    return wanted.condition in words_of(search.condition) or _field(search, wanted) == wanted.value


def narrowed(search: Search, wanted: Word) -> Search:
    if wanted.key in FIELDS and not any(getattr(search, field) for field in FIELDS.values()):
        fields: dict[str, Any] = {FIELDS[wanted.key]: wanted.value}
        return replace(search, **fields)
    return replace(search, condition=all_of(*words_of(search.condition), wanted.condition))


def widened(search: Search, wanted: Word) -> Search:
    if _field(search, wanted) == wanted.value:
        search = search.without(FIELDS[wanted.key])
    others = [one for one in words_of(search.condition) if one != wanted.condition]
    return replace(search, condition=all_of(*others) if others else None)


def toggled(search: Search, wanted: Word, params: Mapping[str, str]) -> str:
    """The address with the condition, or without it where it is in force."""
    return beside(widened(search, wanted) if has(search, wanted) else narrowed(search, wanted), params)


def excluded(search: Search, wanted: Word, params: Mapping[str, str]) -> str:
    """The address of the traces in which no span has it."""
    return beside(replace(search, condition=all_of(*words_of(search.condition), opposite_of(wanted.condition))), params)


def can_be_said(wanted: Word) -> bool:
    """Whether an address can ask for it: nothing in it is changed by being printed, and it isn't too long."""
    text = query_text(wanted.condition)
    return printable(text) == text and len(text) <= LONGEST


def more(params: Mapping[str, str], condition: Condition) -> str:
    """The address of this page's search with one more condition."""
    typed = params.get("q", "").strip()
    both = all_of(*words_of(parse(typed) if typed else None), condition)
    return address(without(params, *PLACE) | {"q": query_text(both)})


def in_any_time(params: Mapping[str, str]) -> str:
    """The address without its time range, for one to be added."""
    return address(without(params, *_RANGE))


def bound_texts(shortest_ns: int, beyond_ns: int) -> tuple[str, str]:
    """Durations from the one to just before the other, as an address says them."""
    said = to_params(Search(min_duration_ns=shortest_ns, max_duration_ns=beyond_ns - 1))
    return said["min_duration"], said["max_duration"]


def _field(search: Search, wanted: Word) -> str | None:
    """What the field says that this could stand in."""
    return getattr(search, FIELDS[wanted.key]) if wanted.key in FIELDS else None
