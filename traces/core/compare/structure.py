"""In: two sides. Out: what their traces have or have not: branches, repeated calls, retries, errors, exceptions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple

from traces.core.compare.sides import Shares, Sides
from traces.core.compare.vocabulary import UNLISTED, Step


class Kind(StrEnum):
    """From what says more to what says less of the same traces."""

    RETRIED = "retried"
    REPEATED = "repeated"
    EXCEPTION = "exception"
    ERROR = "error"
    BRANCH = "branch"


class Trait(NamedTuple):
    """Something that a trace has or has not, and how many of each side have it."""

    kind: Kind
    path: int | None  # of an exception there is none
    service: str
    name: str
    shares: Shares
    p_value: float = 1.0  # corrected
    claimed: bool = False


_Key = tuple[Kind, int | None, str, str]  # kind and path; of an exception service and type


def traits_of(sides: Sides, steps: Sequence[Step], *, exceptions: bool) -> list[Trait]:
    """Of exceptions, or of all else. What exactly the same traces have is one trait: a branch without all that is
    below it, an error where it began."""
    found = _thrown(sides) if exceptions else _met(sides)
    telling = [(key, members) for key, members in found.items() if sides.tells(members)]
    traits: list[Trait] = []
    seen: dict[bytes, list[_Key]] = {}
    for key, members in sorted(telling, key=lambda item: _rank(item[0], steps)):
        same = seen.setdefault(fingerprint(members, len(sides.all)), [])
        if not any(_goes_without_saying(key, known, steps) for known in same):
            service, name = key[2:] if key[1] is None else steps[key[1]][1:3]
            traits.append(Trait(key[0], key[1], service, name, sides.shares(members)))
        same.append(key)
    return traits


def fingerprint(members: Iterable[int], among: int) -> bytes:
    """Equal for the same traces, whichever way round they are told apart from the others."""
    mask = bytearray(among)
    for place in members:
        mask[place] = 1
    if mask and mask[0]:
        mask = mask.translate(_EXCHANGED)
    return bytes(mask)


_EXCHANGED = bytes([1, 0]) + bytes(range(2, 256))


def _met(sides: Sides) -> dict[_Key, list[int]]:
    """The places of the traces that have it, ascending."""
    found: dict[_Key, list[int]] = {}
    for place, profile in enumerate(sides.all):
        kinds: Iterable[tuple[Kind, Iterable[int]]] = (
            (Kind.RETRIED, profile.retries),
            (Kind.REPEATED, profile.repeated),
            (Kind.ERROR, profile.errors),
            (Kind.BRANCH, profile.calls),
        )
        for kind, paths in kinds:
            for path in (path for path in paths if path != UNLISTED):
                found.setdefault((kind, path, "", ""), []).append(place)
    return found


def _thrown(sides: Sides) -> dict[_Key, list[int]]:
    found: dict[_Key, list[int]] = {}
    for place, profile in enumerate(sides.all):
        for service, name in profile.thrown:
            found.setdefault((Kind.EXCEPTION, None, service, name), []).append(place)
    return found


def _rank(key: _Key, steps: Sequence[Step]) -> tuple[int, int, int, str, str]:
    """An error counts where it is deepest, all else where it is highest."""
    kind, path, service, name = key
    depth = steps[path].depth if path is not None else 0
    return list(Kind).index(kind), -depth if kind == Kind.ERROR else depth, path or 0, service, name


def _goes_without_saying(key: _Key, known: _Key, steps: Sequence[Step]) -> bool:
    """Once the other is known of the same traces."""
    kind, path = key[:2]
    if path is None:
        return False
    if kind == Kind.ERROR:
        return known[0] == Kind.ERROR
    if kind == Kind.REPEATED:
        return known[:2] == (Kind.RETRIED, path)
    return kind == Kind.BRANCH and known[:2] == (Kind.BRANCH, steps[path].parent)
