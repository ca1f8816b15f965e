"""In: two sides, and the attributes of their traces. Out: values that one side's traces have more often.

A trace has a value when one of its spans does, as in a search. Numbers of many values are cut at the quantiles of all
traces: "at least so much". An attribute that hardly any two traces share is an id, and explains nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from traces.core.compare.roles import Role, role_of
from traces.core.compare.sides import Shares, Sides
from traces.core.compare.structure import fingerprint
from traces.core.compare.vocabulary import TOO_MANY, Fact, Value

ABSENT = ""
MOST_VALUES = 30  # of a key, the most frequent
MANY_NUMBERS = 12  # a number of more values than that is cut
CUTS = (0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
ID_FROM = 20  # distinct values; with fewer nothing is taken for an id
ID_SHARE = 0.5  # distinct values, of all that were met
_SCOPES = ("root", "resource", "span")


class Difference(NamedTuple):
    """A value of an attribute, and how many traces of each side have it."""

    scope: str
    key: str
    value: Value
    op: str  # "=", ">=", or "absent"
    members: Sequence[int]
    shares: Shares
    role: Role
    also: tuple[str, ...] = ()  # other values that exactly the same traces have, in words
    p_value: float = 1.0  # corrected
    claimed: bool = False

    @property
    def text(self) -> str:
        return value_text(self.key, self.op, self.value)


class LeftOut(NamedTuple):
    """Keys that weren't looked at."""

    ids: tuple[str, ...]
    rare: tuple[str, ...]


class _Key(NamedTuple):
    scope: str
    key: str


_Candidate = tuple[_Key, str, Value, list[int]]
_OfKey = Mapping[Value, list[int]]


def value_text(key: str, op: str, value: Value) -> str:
    """`user.id=42`, `app.cart.size≥12`, `user.id absent`"""
    if op == "absent":
        return f"{key} absent"
    return f"{key}{'≥' if op == '>=' else '='}{number_text(value)}"


def number_text(value: Value) -> str:
    return value if isinstance(value, str) else f"{value:.6g}" if isinstance(value, float) else str(value)


def differences_of(sides: Sides, facts: Sequence[Fact]) -> tuple[list[Difference], LeftOut]:
    """In no order."""
    by_key = _by_key(sides, facts)
    ids = [key for key, values in by_key.items() if _is_id(values)]
    rare = [key for key, values in by_key.items() if key not in ids and len(_having(values)) < sides.fewest]
    looked_at = {key: values for key, values in by_key.items() if key not in ids and key not in rare}
    known = {key.key for key in looked_at}
    names = (tuple(sorted({key.key for key in keys} - known)) for keys in (ids, rare))
    return _folded(sides, _candidates(sides, looked_at)), LeftOut(*names)


def _by_key(sides: Sides, facts: Sequence[Fact]) -> dict[_Key, dict[Value, list[int]]]:
    of_facts: dict[int, list[int]] = {}
    for place, profile in enumerate(sides.all):
        for number in profile.facts:
            if (known := of_facts.get(number)) is None:
                of_facts[number] = [place]
            else:
                known.append(place)
    found: dict[_Key, dict[Value, list[int]]] = {}
    for number, members in of_facts.items():
        fact = facts[number]
        values = found.setdefault(_Key(fact.scope, fact.key), {})
        # A number and its text are the same to a search.
        before = values.get(fact.value)
        values[fact.value] = members if before is None else sorted({*before, *members})
    return found


def _is_id(values: _OfKey) -> bool:
    if TOO_MANY in values:
        return True
    if len(values) < ID_FROM or _are_numbers(values):
        return False
    return len(values) > ID_SHARE * sum(map(len, values.values()))


def _are_numbers(values: _OfKey) -> bool:
    return len(values) > MANY_NUMBERS and not any(isinstance(value, str) for value in values)


def _having(values: _OfKey) -> set[int]:
    return set().union(*values.values())


def _candidates(sides: Sides, by_key: Mapping[_Key, _OfKey]) -> Iterator[_Candidate]:
    for key, values in by_key.items():
        having = _having(values)
        if len(values) > 1 and sides.tells(sorted(having)):
            absent = [place for place in range(len(sides.all)) if place not in having]
            yield key, "absent", ABSENT, absent
        if _are_numbers(values):
            yield from ((key, ">=", value, members) for value, members in _cut(values))
        else:
            frequent = sorted(values.items(), key=lambda item: (-len(item[1]), str(item[0])))[:MOST_VALUES]
            yield from ((key, "=", value, members) for value, members in frequent)


def _cut(values: _OfKey) -> Iterator[tuple[Value, list[int]]]:
    """At quantiles of the traces' largest."""
    largest: dict[int, float] = {}
    for value, members in values.items():
        assert not isinstance(value, str)  # see _are_numbers
        for place in members:
            largest[place] = max(value, largest.get(place, value))
    ordered = sorted(largest.values())
    for bound in sorted({ordered[int(cut * len(ordered))] for cut in CUTS}):
        yield bound, sorted(place for place, value in largest.items() if value >= bound)


def _folded(sides: Sides, candidates: Iterator[_Candidate]) -> list[Difference]:
    """What exactly the same traces have is tested once, and so is what exactly the others have: of the two, the one
    that is more frequent in B is shown."""
    found: dict[bytes, Difference] = {}
    telling = [candidate for candidate in candidates if sides.tells(candidate[3])]
    for key, op, value, members in sorted(telling, key=_precedence):
        same = fingerprint(members, len(sides.all))
        before = found.get(same)
        if before is None or (members != before.members and key == (before.scope, before.key) and op != "absent"
                              and before.shares.difference < 0):  # fmt: skip
            role = role_of(key.scope, key.key)
            found[same] = Difference(key.scope, key.key, value, op, members, sides.shares(members), role)
            continue
        text = value_text(key.key, op, value)
        if text != before.text and before.members == members:
            found[same] = before._replace(also=tuple(dict.fromkeys((*before.also, text))))
    return list(found.values())


def _precedence(candidate: _Candidate) -> tuple[Role, bool, int, int, str, str]:
    """Versions and regions before what an instance is called."""
    key, op, value, _ = candidate
    tells = 0 if re.search(r"^service\.name|version|region|tier|size|flag", key.key) else 1
    return role_of(*key), op == "absent", tells, _SCOPES.index(key.scope), key.key, str(value)
