"""In: the rows of a diff. Out: what their difference is due to, an operation at a time, adding up to all of it.

A span's part is the time in which its request waited for what it did itself: the piece of the critical path that lies
in it. Gaps in which it waited for nothing that sends spans are apart.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from traces.core.analysis import Analysis
from traces.core.diff.matching import NONE
from traces.core.diff.merged import MergedTree
from traces.core.diff.side import Side
from traces.core.time_spent import SpentOn

OwnNs = Mapping[tuple[int, bool], int]  # by place, and whether it was spent waiting


class Contribution(NamedTuple):
    """What one operation has to do with the difference."""

    service: str
    name: str  # templated where ids tell its spans apart
    is_waiting: bool
    a_ns: int
    b_ns: int
    a_calls: int
    b_calls: int
    row: int  # the one with the most of it

    @property
    def delta_ns(self) -> int:
        return self.b_ns - self.a_ns


@dataclass(slots=True)
class _Sum:
    a_ns: int = 0
    b_ns: int = 0
    row: int = 0
    most_ns: int = -1


def own_ns(analysis: Analysis) -> OwnNs:
    sums: dict[tuple[int, bool], int] = defaultdict(int)
    pieces = analysis.critical_path
    for place, duration_ns, spent_on in zip(pieces.path.places, pieces.durations_ns(), pieces.spent_on, strict=True):
        sums[place, spent_on == SpentOn.WAITING] += duration_ns
    return sums


def contributions_of(a: Side, b: Side, tree: MergedTree, own_a: OwnNs, own_b: OwnNs) -> list[Contribution]:
    """The largest first, whether more or less; those of nothing left out."""
    sums: dict[tuple[int, bool], _Sum] = defaultdict(_Sum)
    on_a, on_b = ({place for place, _ in own} for own in (own_a, own_b))
    for row, (one, other) in enumerate(zip(tree.places_a, tree.places_b, strict=True)):
        if one not in on_a and other not in on_b:
            continue
        # Of spans that were renamed, each side's part is its own operation's.
        key_a, key_b = a.like[one] if one != NONE else NONE, b.like[other] if other != NONE else NONE
        for is_waiting in (False, True):
            a_ns, b_ns = own_a.get((one, is_waiting), 0), own_b.get((other, is_waiting), 0)
            if key_a == key_b:
                _add(sums[key_a, is_waiting], a_ns, b_ns, row)
                continue
            if a_ns:
                _add(sums[key_a, is_waiting], a_ns, 0, row)
            if b_ns:
                _add(sums[key_b, is_waiting], 0, b_ns, row)
    calls_a, calls_b, names = Counter(a.like), Counter(b.like), _names(a) | _names(b)
    found = [
        Contribution(*names[key], is_waiting, one.a_ns, one.b_ns, calls_a[key], calls_b[key], one.row)
        for (key, is_waiting), one in sums.items()
        if one.a_ns != one.b_ns
    ]
    return sorted(found, key=lambda one: (-abs(one.delta_ns), one[:3]))


def _add(to: _Sum, a_ns: int, b_ns: int, row: int) -> None:
    to.a_ns += a_ns
    to.b_ns += b_ns
    if abs(b_ns - a_ns) > to.most_ns:
        to.row, to.most_ns = row, abs(b_ns - a_ns)


def _names(side: Side) -> dict[int, tuple[str, str]]:
    """By operation: service and name, the first one's where they aren't all the same."""
    found: dict[int, tuple[str, str]] = {}
    for place, key in enumerate(side.like):
        if key not in found:
            found[key] = side.named(place)
    return found
