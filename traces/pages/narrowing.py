"""In: a search and one more condition on traces. Out: the search with it, or without it where it is in force."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from traces.core.printable import printable
from traces.pages.addresses import beside
from traces.pages.form import address, without
from traces.search import MOST_WORDS, BadQuery, Search, Word, parse_words, to_params, words_text

# These stand in fields of their own. Together they hold on one span, so a second one is a word: it may hold on another.
FIELDS = {"service": "service", "name": "operation", "status": "status"}
# A longer address is more than some servers and browsers take.
LONGEST = 500
_RANGE = ("last", "start", "end", "was", "after", "total")


def has(search: Search, word: Word) -> bool:
    return word in search.words or _field(search, word) == word.value


def narrowed(search: Search, word: Word) -> Search | None:
    """None where there is no room for another word."""
    if word.key in FIELDS and not any(getattr(search, field) for field in FIELDS.values()):
        fields: dict[str, Any] = {FIELDS[word.key]: word.value}
        return replace(search, **fields)
    return replace(search, words=(*search.words, word)) if len(search.words) < MOST_WORDS else None


def widened(search: Search, word: Word) -> Search:
    if _field(search, word) == word.value:
        search = search.without(FIELDS[word.key])
    return replace(search, words=tuple(one for one in search.words if one != word))


def toggled(search: Search, word: Word, params: Mapping[str, str]) -> str:
    """The address with the condition, or without it where it is in force; empty where neither is possible."""
    other = widened(search, word) if has(search, word) else narrowed(search, word)
    return beside(other, params) if other else ""


def can_be_said(word: Word) -> bool:
    """Whether an address can ask for it: it is read again as it was, and isn't too long."""
    text = words_text((word,))
    try:
        return parse_words(text) == (word,) and printable(text) == text and len(text) <= LONGEST
    except BadQuery:
        return False


def in_any_time(params: Mapping[str, str]) -> str:
    """The address without its time range, for one to be added."""
    return address(without(params, *_RANGE))


def bound_texts(shortest_ns: int, beyond_ns: int) -> tuple[str, str]:
    """Durations from the one to just before the other, as an address says them."""
    said = to_params(Search(min_duration_ns=shortest_ns, max_duration_ns=beyond_ns - 1))
    return said["min_duration"], said["max_duration"]


def _field(search: Search, word: Word) -> str | None:
    """What the field says that this word could stand in."""
    return getattr(search, FIELDS[word.key]) if word.key in FIELDS else None
