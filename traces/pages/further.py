"""In: a list that ran out of time before its page was full. Out: how far it came, in words, and where it goes on.

The page goes on by itself, a second at a time, until it is full, all is searched, or somebody stops it. How far it has
come stands in the address that is asked for next, not in that of the page.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import tzinfo
from typing import NamedTuple

from traces import queries
from traces.core.timescale import duration_text, iso_text, time_text
from traces.pages.addresses import beside, frozen
from traces.pages.form import SO_FAR, WAITS, address
from traces.pages.live import is_live
from traces.pages.too_large import carried
from traces.search import Search

_SO_FAR = re.compile(r"\d{1,24}(\.\d{1,24}){5}", re.ASCII)
MILLION = 1_000_000
# A process has few threads for pages, and those who go on by themselves mustn't take them all.
looks = threading.BoundedSemaphore(2)


class SoFar(NamedTuple):
    """What was found on a page that goes on, and in how many spans; not exact where counting some took too long."""

    found: int = 0
    spans: int = 0
    is_exact: int = 1
    longest_ns: int = 0
    is_first: int = 1  # the page is the list's first
    weight_thousandths: int = 0  # how many traces those that were found stand for

    def plus(self, listing: queries.Listing) -> SoFar:
        looked = queries.looked_through(listing)
        return self._replace(
            found=self.found + len(listing.traces),
            spans=self.spans + (looked.spans if looked else 0),
            is_exact=int(self.is_exact and looked is not None),
            longest_ns=max([self.longest_ns, *(trace.duration_ns for trace in listing.traces)]),
            weight_thousandths=self.weight_thousandths + round(1_000 * sum(trace.weight for trace in listing.traces)),
        )

    @property
    def total(self) -> queries.Total:
        """Where nothing is left to look at."""
        is_weighted = self.weight_thousandths != 1_000 * self.found
        return queries.Total(self.found, exact=True, weight=self.weight_thousandths / 1_000 if is_weighted else None)


@dataclass(frozen=True, slots=True)
class Further:
    """`said` goes on with a time where the list is in the order of time, and ends with the numbers. `next` is empty
    where nothing is left to look at, `stop` where it doesn't go on by itself."""

    said: str
    time: str
    time_iso: str
    numbers: str
    next: str = ""
    stop: str = ""
    pauses: bool = False  # before it goes on
    appends: bool = True  # what follows comes onto this page


def has_room(listing: queries.Listing) -> bool:
    """Whether time was over before the page was full."""
    return listing.stopped_at is not None and len(listing.traces) < listing.search.limit


def so_far_of(params: Mapping[str, str]) -> SoFar:
    """Nothing so far where the address says nothing that makes sense."""
    text = params.get(SO_FAR, "")
    return SoFar(*map(int, text.split("."))) if _SO_FAR.fullmatch(text) else SoFar()


def rest_of(search: Search, so_far: SoFar) -> Search:
    """For as many traces as there is still room on the page."""
    return replace(search, limit=max(search.limit - so_far.found, 1))


def further_of(params: Mapping[str, str], listing: queries.Listing, so_far: SoFar, zone: tzinfo) -> Further:
    """After the last look, whose traces are in `so_far`. Where it got nowhere, it would get nowhere the next time."""
    search = listing.search
    further = _reached(search.sort, listing.next, so_far, zone)
    if not has_room(listing):
        return further
    onward = _onward(params, search, listing.next or "", so_far)
    if is_live(params):
        return replace(further, next=address(onward), appends=False)
    if listing.next == search.after or listing.stopped_at == queries.NOTHING_SEEN:
        return replace(further, said=f"The next traces take too long to look at. {further.said}", next=address(onward))
    return replace(further, next=address(onward), stop=address(onward | {WAITS: "1"}))


def waiting(params: Mapping[str, str], search: Search, so_far: SoFar, zone: tzinfo) -> Further:
    """Where it was: somebody has stopped it, or others are looking."""
    further = _reached(search.sort, search.after, so_far, zone)
    onward = _onward(params, search, search.after, so_far)
    if WAITS in params:
        return replace(further, said=f"Stopped. {further.said}", next=address(onward))
    stop = address(onward | {WAITS: "1"})
    return replace(
        further, said=f"Others are searching too. {further.said}", next=address(onward), stop=stop, pauses=True
    )


def _onward(params: Mapping[str, str], search: Search, after: str, so_far: SoFar) -> dict[str, str]:
    return frozen(params, search) | carried(params) | {"after": after, SO_FAR: ".".join(map(str, so_far))}


def shrinks(before: SoFar, now: SoFar) -> float:
    """By what the bars that are drawn become shorter; 0 where they stay."""
    return before.longest_ns / now.longest_ns if now.longest_ns > before.longest_ns else 0


def first_page(params: Mapping[str, str], search: Search, so_far: SoFar) -> str:
    return "" if so_far.is_first else beside(search, params)


def _reached(sort: str, place: str | None, so_far: SoFar, zone: tzinfo) -> Further:
    """`Searched back to 2026-03-02 14:02:11.402 · 3.1 M spans looked through · 12 found`: everything before this place
    in the order was looked at. None: behind the last."""
    counted = f"{_count_text(so_far.spans)}{'' if so_far.is_exact else '+'} {'span' if so_far.spans == 1 else 'spans'}"
    found = f"{so_far.found:,} found" if so_far.found else "nothing found"
    numbers = f" · {counted} looked through · {found}" if so_far.spans else f" · {found}"
    value = None if place is None else int(place.partition(".")[0] or queries.NOTHING_SEEN)
    if value is None or value >= queries.NOTHING_SEEN:
        return Further("Searched everything" if value is None else "Nothing looked at yet", "", "", numbers)
    if sort == "start":
        return Further("Searched back to", time_text(value, zone), iso_text(value), numbers)
    over = f"over {duration_text(value)}" if sort == "duration" else f"with over {value:,} {sort}"
    return Further(f"Looked through all {over}", "", "", numbers)


def _count_text(number: int) -> str:
    """All digits below a million, `3.1 M` above."""
    return f"{number:,}" if number < MILLION else f"{number / MILLION:,.1f} M"
