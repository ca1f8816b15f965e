"""In: a page's address and the search it means. Out: its conditions as chips: each can be taken away or turned to its
opposite, two can be joined to hold on one span, and what is joined can be taken apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo
from itertools import combinations
from typing import NamedTuple

from traces.core.meaning import EVERY, Condition, Not, Some, all_of
from traces.core.printable import printable
from traces.pages.addresses import beside
from traces.pages.form import EXACT, PLACE, address, has_exact_range, readable_time, without
from traces.search import Search, meaning_of, opposite_of, words_of
from traces.search.joining import joinable, joined, separable, taken_apart
from traces.search.parts import Part, parts_of

# Each chip of more would carry as many addresses, each as long as the query.
MOST_JOINABLE, LONGEST_JOINABLE = 8, 1_000
_RANGE = ("last", *EXACT)


class Join(NamedTuple):
    """The other chip, and the address of both on one span."""

    text: str
    address: str


@dataclass(frozen=True, slots=True)
class Chip:
    """The address without it; the others are empty where that can't be done with it."""

    text: str
    without: str
    opposite: str = ""  # in words
    turned: str = ""
    apart: str = ""
    joins: Sequence[Join] = ()


def chips(params: Mapping[str, str], search: Search, zone: tzinfo = UTC) -> list[Chip]:
    """One a condition, the range of times last where somebody chose it."""
    parts = parts_of(search)
    found = [_chip(part, params) for part in parts]
    for place in separable(search):
        found[place] = replace(found[place], apart=beside(taken_apart(search, place), params))
    for place, joins in _joins(search, parts, params).items():
        found[place] = replace(found[place], joins=joins)
    return [*found, *_range_chip(params, zone)]


def _chip(part: Part, params: Mapping[str, str]) -> Chip:
    condition, rest = meaning_of(part.alone), part.rest
    if condition == EVERY:  # of the trace's duration
        return Chip(printable(part.text), beside(rest, params))
    turned = replace(rest, condition=all_of(*words_of(rest.condition), opposite_of(condition)))
    return Chip(printable(part.text), beside(rest, params), _opposite(condition), beside(turned, params))


def _opposite(condition: Condition) -> str:
    match condition:
        case Some():
            return "no span has it"
        case Not(Some()):
            return "some span has it"
    return "the opposite"


def _joins(search: Search, parts: Sequence[Part], params: Mapping[str, str]) -> dict[int, list[Join]]:
    """Of each chip that can be joined, those with the others, in their order."""
    places = joinable(search)
    if len(places) > MOST_JOINABLE or sum(len(parts[place].text) for place in places) > LONGEST_JOINABLE:
        return {}
    both = {pair: beside(joined(search, *pair), params) for pair in combinations(places, 2)}
    return {
        one: [
            Join(printable(parts[other].text), both[min(one, other), max(one, other)])
            for other in places
            if other != one
        ]
        for one in places
    }


def _range_chip(params: Mapping[str, str], zone: tzinfo) -> list[Chip]:
    if not has_exact_range(params):
        return []
    words = " to ".join(readable_time(params[name], zone) for name in EXACT if name in params)
    start_alone, end_alone = ("start" in params, "end" in params) == (True, False), "start" not in params
    prefix = "from " if start_alone else "until " if end_alone else ""
    return [Chip(f"{prefix}{printable(words)}", address(without(params, *_RANGE, *PLACE)))]
