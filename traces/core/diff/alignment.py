"""In: siblings of one operation, some on the one side and more on the other. Out: which of them belong together.

Each of the fewer gets a partner and their order stays, so that what was inserted is all that is left over; of all ways
to do so the one whose partners are most alike. Time and space are linear in the number of siblings.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from itertools import islice

# All ways are weighed where so few are left over, or siblings times those left over are so few: not more than 16 a
# sibling. Beyond that each looks LOOKAHEAD siblings ahead.
MOST_SPARE, FEW_CELLS = 15, 1_000
LOOKAHEAD = 8

Cost = Callable[[int, int], float]


def partners(few: Sequence[int], many: Sequence[int], cost: Cost) -> list[tuple[int, int]]:
    """Pairs of (one of the fewer, one of the many), in their order. `cost` is 0 for those that are the same."""
    spare = len(many) - len(few)
    if not spare:
        return list(zip(few, many, strict=True))
    first = _alike(few, many, cost)
    last = _alike(few[first:][::-1], many[first:][::-1], cost)
    inner = few[first : len(few) - last], many[first : len(many) - last]
    all_ways = spare <= MOST_SPARE or len(inner[0]) * spare <= FEW_CELLS
    middle = (_best if all_ways else _ahead)(*inner, cost)
    end = len(few) - last
    return [
        *zip(few[:first], many[:first], strict=True),
        *middle,
        *zip(few[end:], many[end + spare :], strict=True),
    ]


def _alike(few: Sequence[int], many: Sequence[int], cost: Cost) -> int:
    """How many at the beginning are the same on both sides: partners in one of the best ways."""
    count = 0
    while count < len(few) and not cost(few[count], many[count]):
        count += 1
    return count


def _best(few: Sequence[int], many: Sequence[int], cost: Cost) -> list[tuple[int, int]]:
    """`skipped` of the many are left over before a partner: a number that only grows."""
    spare = len(many) - len(few)
    sums = [0.0] * (spare + 1)
    choices: list[array[int]] = []
    for number, one in enumerate(few):
        chosen, lowest, at = array("i"), sums[0], 0
        for skipped, other in enumerate(many[number : number + spare + 1]):
            if sums[skipped] < lowest:
                lowest, at = sums[skipped], skipped
            chosen.append(at)
            sums[skipped] = lowest + cost(one, other)
        choices.append(chosen)
    found = []
    skipped = min(range(spare + 1), key=sums.__getitem__)
    for number in range(len(few) - 1, -1, -1):
        found.append((few[number], many[number + skipped]))
        skipped = choices[number][skipped]
    return found[::-1]


def _ahead(few: Sequence[int], many: Sequence[int], cost: Cost) -> list[tuple[int, int]]:
    """One after the other, each with the most alike of the next few that may be skipped."""
    spare, at, found = len(many) - len(few), 0, []
    for number, one in enumerate(few):
        reach = islice(range(number + at, number + spare + 1), LOOKAHEAD)
        best = min(reach, key=lambda place: cost(one, many[place]))
        found.append((one, many[best]))
        at = best - number
    return found
