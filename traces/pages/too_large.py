"""In: traces that a list stepped over; those of the pages before are in its address. Out: what is said of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from traces import queries
from traces.pages.form import TOO_LARGE

MOST_SHOWN = 3
_CARRIED = re.compile(rf"\d{{1,6}}(\.[0-9a-f]{{32}}){{1,{MOST_SHOWN}}}", re.ASCII)


class TooLarge(NamedTuple):
    """So many, the first few of them by id."""

    number: int = 0
    ids: tuple[str, ...] = ()

    def plus(self, listing: queries.Listing) -> TooLarge:
        new = [id.hex() for id in listing.too_large if id.hex() not in self.ids]
        return TooLarge(self.number + len(new), (*self.ids, *new)[:MOST_SHOWN])

    @property
    def said(self) -> str:
        return f"{self.number:,} {'trace was' if self.number == 1 else 'traces were'} too large to decide here"

    @property
    def more(self) -> str:
        return f"and {self.number - len(self.ids):,} more" if self.number > len(self.ids) else ""

    @property
    def carried(self) -> dict[str, str]:
        """For the address of what comes after."""
        return {TOO_LARGE: ".".join((str(self.number), *self.ids))} if self.number else {}


def without_words(number: int) -> str:
    """Which traces are left out of something; nothing where none are."""
    return f"without {number:,} {'trace' if number == 1 else 'traces'} too large to decide" if number else ""


def too_large_before(params: Mapping[str, str]) -> TooLarge:
    """None before where the address says nothing that makes sense."""
    text = params.get(TOO_LARGE, "")
    number, *ids = text.split(".")
    return TooLarge(int(number), tuple(ids)) if _CARRIED.fullmatch(text) else TooLarge()


def carried(params: Mapping[str, str]) -> dict[str, str]:
    """What the next page says, too."""
    return {TOO_LARGE: params[TOO_LARGE]} if TOO_LARGE in params else {}
