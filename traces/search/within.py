"""What is typed to be found inside a trace -> a query, whose found spans are meant."""

from __future__ import annotations

import re
from contextlib import suppress

from traces.core.meaning import And, Condition, Not, Or, Some, Text, Trace, all_of, any_of
from traces.search.bad_query import BadQuery
from traces.search.parsing import parse

LONGEST = 500
# What tells a query from text.
_SIGNS = re.compile(r"[=<>~{}]|\bexists\b")


def parse_find(typed: str) -> Condition | None:
    """Words side by side hold on one and the same span. What is no query is text, so that everything makes sense."""
    typed = typed.strip()[:LONGEST]
    if not typed:
        return None
    if _SIGNS.search(_without_quotes(typed)):
        with suppress(BadQuery):
            return _found(parse(typed))
    return Some(Text(_without_quotes(typed, only_around=True)))


def _without_quotes(text: str, *, only_around: bool = False) -> str:
    inner = text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text
    return inner if only_around else re.sub(r'"[^"]*"', '""', text)


def _found(condition: Condition) -> Condition:
    try:
        return Some(_on_one_span(condition))
    except BadQuery:
        return condition


def _on_one_span(condition: Condition) -> Condition:
    match condition:
        case Some(inner):
            return inner
        case And(items):
            return all_of(*map(_on_one_span, items))
        case Or(items):
            return any_of(*map(_on_one_span, items))
        case Not(item):
            return Not(_on_one_span(item))
        case Trace():
            return condition
    raise BadQuery("q", "speaks of several spans")
