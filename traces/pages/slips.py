"""In: a search that found nothing. Out: what in it looks like a slip: a key or a service that nothing here has, a value
with a space and without quotes; each with the search that may have been meant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from difflib import get_close_matches
from itertools import islice, pairwise
from typing import NamedTuple

from traces import queries
from traces.core.meaning import (
    And,
    Attribute,
    Condition,
    Exists,
    Intrinsic,
    Not,
    Or,
    Pipeline,
    Some,
    Structure,
    Text,
    all_of,
)
from traces.core.printable import printable
from traces.core.semantic_names import names_of
from traces.core.subjects import Field, Key, Op, Place
from traces.pages.addresses import beside
from traces.search import BadQuery, Search, parse, query_text, words_of
from traces.search.completion import INTRINSICS
from traces.search.names import name_text

MOST, MOST_KEYS, LONGEST = 4, 2_000, 60
CLOSE = 0.72  # of difflib's likeness, from 0 to 1
_CATALOGUED = (Place.ANY, Place.SPAN, Place.RESOURCE)


class Slip(NamedTuple):
    """`meant` and its address are empty where nothing here is like it."""

    said: str
    meant: str = ""
    address: str = ""


def slips_of(search: Search, params: Mapping[str, str]) -> list[Slip]:
    """The first few, in the order of the form and the query."""
    return list(islice(_slips(search, params), MOST))


def _slips(search: Search, params: Mapping[str, str]) -> Iterator[Slip]:
    if search.service and (slip := _service_slip(search.service)):
        address = beside(replace(search, service=slip.meant), params) if slip.meant else ""
        yield Slip(printable(slip.said), printable(slip.meant), address)
    query = search.condition
    if query is None:
        return
    for single in dict.fromkeys(_singles(query)):
        if slip := _slip(single):
            yield _with_address(slip, query, single, search, params)
    yield from _without_quotes(query, search, params)


def _slip(single: Condition) -> Slip | None:
    match single:
        case Attribute(Key() as key) | Exists(Key() as key):
            return _key_slip(key)
        case Intrinsic(Field.SERVICE, Op.EQUAL, (str() as name,)):
            return _service_slip(name)
    return None


def _key_slip(key: Key) -> Slip | None:
    if key.place not in _CATALOGUED or any(map(queries.attribute_types, names_of(key.name))):
        return None
    known = (one.name for one in queries.attribute_keys("", most=MOST_KEYS))
    return Slip(f"No span is known to have {name_text(key)}", _nearest(key.name, [*INTRINSICS, *known]))


def _service_slip(name: str) -> Slip | None:
    services = queries.services()
    return None if name in services else Slip(f"No service here is called {name}", _nearest(name, services))


def _nearest(typed: str, known: Iterable[str]) -> str:
    """In any case of letters."""
    by_lower = {name.lower(): name for name in known if len(name) <= LONGEST}
    found = get_close_matches(typed[:LONGEST].lower(), by_lower, n=1, cutoff=CLOSE)
    return by_lower[found[0]] if found else ""


def _with_address(slip: Slip, query: Condition, single: Condition, search: Search, params: Mapping[str, str]) -> Slip:
    """Without one where what may be meant takes no such value."""
    meant = _put_right(single, slip.meant) if slip.meant else None
    if meant is None:
        return Slip(printable(slip.said))
    right = replace(search, condition=_exchanged(query, single, meant))
    return Slip(printable(slip.said), printable(query_text(Some(meant))), beside(right, params))


def _put_right(single: Condition, name: str) -> Condition | None:
    match single:
        case Intrinsic():
            return replace(single, values=(name,))
        case Attribute(key) | Exists(Key() as key):
            subject = name if name in INTRINSICS else name_text(Key(name, key.place))
            try:
                word = parse(subject + query_text(Some(single)).removeprefix(name_text(key)))
            except BadQuery:
                return None
            return word.condition if isinstance(word, Some) else word
    return None


def _without_quotes(query: Condition, search: Search, params: Mapping[str, str]) -> Iterator[Slip]:
    """`name=POST /checkout` asks for a name, and for a text anywhere."""
    words = words_of(query)
    for place, pair in enumerate(pairwise(words)):
        match pair:
            case Some(Attribute(_, Op.EQUAL, (str() as value,)) as single), Some(Text(text)):
                meant: Condition = replace(single, values=(f"{value} {text}",))
            case Some(Intrinsic(_, Op.EQUAL, (str() as value,)) as single), Some(Text(text)):
                meant = replace(single, values=(f"{value} {text}",))
            case _:
                continue
        right = replace(search, condition=all_of(*words[:place], Some(meant), *words[place + 2 :]))
        said = "A value with a space in it stands in quotes"
        yield Slip(said, printable(query_text(Some(meant))), beside(right, params))


def _singles(query: Condition) -> Iterator[Condition]:
    """The conditions that nothing is inside of; queries are not deep, whatever traces are."""
    match query:
        case And(items) | Or(items):
            for item in items:
                yield from _singles(item)
        case Not(item) | Some(item):
            yield from _singles(item)
        case Structure(left, right):
            yield from (*_singles(left), *_singles(right))
        case Pipeline(source):
            yield from _singles(source)
        case _:
            yield query


def _exchanged(query: Condition, old: Condition, new: Condition) -> Condition:
    match query:
        case And(items):
            return all_of(*(_exchanged(item, old, new) for item in items))
        case Or(items):
            return Or(tuple(_exchanged(item, old, new) for item in items))
        case Not(item):
            return Not(_exchanged(item, old, new))
        case Some(item):
            return Some(_exchanged(item, old, new))
        case Structure(left, right):
            return replace(query, left=_exchanged(left, old, new), right=_exchanged(right, old, new))
        case Pipeline(source):
            return replace(query, source=_exchanged(source, old, new))
    return new if query == old else query
