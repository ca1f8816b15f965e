"""In: a `Trace` and the spans that are looked for in it. Out: their places, and what is left when the rest hides."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence

from traces.core.trace import Trace


def places_of(trace: Trace, keys: Iterable[tuple[int, int]]) -> Sequence[int]:
    """Where spans with these signed ids and starts are drawn, ascending; those that came later are nowhere."""
    wanted, columns = set(keys), trace.columns
    spans = zip(columns.span_ids, columns.starts_ns, strict=True)
    rows = {row for row, key in enumerate(spans) if key in wanted} if wanted else set()
    return array("i", [place for place, row in enumerate(trace.order) if row in rows]) if rows else array("i")


def with_ancestors(trace: Trace, places: Sequence[int]) -> Sequence[int]:
    """These places and all above them, ascending: the rows that stay when the others are hidden."""
    kept: set[int] = set()
    path: list[int] = []
    depths, at = trace.depths, 0
    for place in places:
        while at <= place:
            del path[depths[at] :]
            path.append(at)
            at += 1
        for above in reversed(path):
            if above in kept:
                break
            kept.add(above)
    return array("i", sorted(kept))


def next_of(places: Sequence[int], place: int) -> int | None:
    """The first at this place or below, else from the top again."""
    return places[bisect_left(places, place) % len(places)] if places else None


def last_before(places: Sequence[int], place: int) -> int | None:
    """The last above this place, else from the bottom again."""
    return places[bisect_left(places, place) - 1] if places else None
