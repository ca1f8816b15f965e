"""A search -> the conditions it is made of, each in words, by itself, and the search without it."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from traces.core.timescale import duration_text
from traces.search import Search, words_text


class Part(NamedTuple):
    """One condition; what holds on one and the same span is one. Both searches keep the time range and the order."""

    text: str
    alone: Search
    rest: Search


def parts_of(search: Search) -> list[Part]:
    """Service, operation and status together, then the words, then the durations."""
    search = search.without("after")
    bare = search.without("service", "operation", "status", "words", "min_duration_ns", "max_duration_ns")
    found = []
    if names := [name for name in (search.service, search.operation, search.status) if name]:
        alone = replace(bare, service=search.service, operation=search.operation, status=search.status)
        found.append(Part(" · ".join(names), alone, search.without("service", "operation", "status")))
    for place, word in enumerate(search.words):
        others = search.words[:place] + search.words[place + 1 :]
        found.append(Part(words_text((word,)), replace(bare, words=(word,)), replace(search, words=others)))
    for field, words in (("min_duration_ns", "at least"), ("max_duration_ns", "at most")):
        if (limit_ns := getattr(search, field)) is not None:
            alone = replace(bare, **{field: limit_ns})
            found.append(Part(f"{words} {duration_text(limit_ns)}", alone, search.without(field)))
    return found
