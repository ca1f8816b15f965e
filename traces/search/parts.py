"""A search -> the conditions it is made of, each in words, by itself, and the search without it."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from traces.core.meaning import all_of
from traces.core.timescale import duration_text
from traces.search import Search
from traces.search.printing import query_text
from traces.search.words import words_of


class Part(NamedTuple):
    """One condition; what holds on one and the same span is one. Both searches keep the time range and the order."""

    text: str
    alone: Search
    rest: Search


def parts_of(search: Search) -> list[Part]:
    """Service, operation and status together, then the conditions of the query, then the durations."""
    search = search.without("after")
    bare = search.without("service", "operation", "status", "condition", "min_duration_ns", "max_duration_ns")
    found = []
    if names := [name for name in (search.service, search.operation, search.status) if name]:
        alone = replace(bare, service=search.service, operation=search.operation, status=search.status)
        found.append(Part(" · ".join(names), alone, search.without("service", "operation", "status")))
    items = words_of(search.condition)
    for place, item in enumerate(items):
        others = items[:place] + items[place + 1 :]
        rest = replace(search, condition=all_of(*others) if others else None)
        found.append(Part(query_text(item), replace(bare, condition=item), rest))
    for field, words in (("min_duration_ns", "at least"), ("max_duration_ns", "at most")):
        if (limit_ns := getattr(search, field)) is not None:
            alone = replace(bare, **{field: limit_ns})
            found.append(Part(f"{words} {duration_text(limit_ns)}", alone, search.without(field)))
    return found
