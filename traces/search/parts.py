"""A search -> the conditions it is made of, each in words, by itself, and the search without it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from traces.core.meaning import And, Condition, Not, Some, Trace, all_of
from traces.core.subjects import Fact, Op
from traces.core.timescale import duration_text
from traces.search import Search, meaning_of
from traces.search.durations import typed_limit
from traces.search.printing import brace_texts, query_text
from traces.search.words import words_of

_LIMITS = {Op.AT_LEAST: "at least", Op.AT_MOST: "at most", Op.UNDER: "under"}


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
        found.append(Part(_said(item), replace(bare, condition=item), rest))
    for field, limit in _limits(search):
        alone = replace(bare, **{field: getattr(search, field)})
        found.append(Part(f"{_LIMITS[limit.op]} {duration_text(int(limit.values[0]))}", alone, search.without(field)))
    return found


def as_query(search: Search) -> Condition:
    """All that is asked for but the times, the form's fields among it."""
    return all_of(meaning_of(search), *(limit for _, limit in _limits(search)))


def _limits(search: Search) -> Iterator[tuple[str, Trace]]:
    """What each field of the trace's duration means."""
    if search.min_duration_ns is not None:
        yield "min_duration_ns", Trace(Fact.DURATION, Op.AT_LEAST, (search.min_duration_ns,))
    if search.max_duration_ns is not None:
        below = typed_limit(search.max_duration_ns).startswith("<")
        op = Op.UNDER if below else Op.AT_MOST
        yield "max_duration_ns", Trace(Fact.DURATION, op, (search.max_duration_ns + below,))


def _said(word: Condition) -> str:
    """As somebody would type it, but for what stands together on one span: that looks as the form's part does."""
    match word:
        case Not(Some() as item):
            return f"not {_said(item)}"
        case Some(And(items) as inner) if items:
            return " · ".join(brace_texts(inner))
    return query_text(word)
