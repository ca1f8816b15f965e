"""In: the address of a comparison of groups. Out: what it asks for, the form with it, and the addresses beside it."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from urllib.parse import urlencode

from django.urls import reverse

from traces.core.printable import printable
from traces.pages.chips import Chip, chips
from traces.pages.form import DEFAULT_RANGE, RANGES
from traces.search import BadQuery, Search, from_params
from traces.search.sides import DEFAULT_SIZE, MOST_SIZE, RANGE, params_of, size_of, text_of, with_word

SIZES = (100, DEFAULT_SIZE, MOST_SIZE)
SIDES = ("a", "b")


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two searches; `error` says what is wrong with it."""

    name: str
    text: str
    params: Mapping[str, str]
    search: Search | None
    chips: Sequence[Chip]
    list_url: str
    error: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """A comparison's address, understood."""

    a: Side
    b: Side
    around: Mapping[str, str]  # the range of times of a side that names none
    most: int
    error: str = ""

    @property
    def is_said(self) -> bool:
        """Whether there is anything to compare: one side may be everything."""
        return bool(self.a.text or self.b.text)

    @property
    def searches(self) -> tuple[Search, Search] | None:
        if not self.is_said or self.error or not self.a.search or not self.b.search:
            return None
        return self.a.search, self.b.search

    def url(self, name: str = "groups", **changed: str) -> str:
        """The address of this comparison with some of its parameters changed."""
        params = {"a": self.a.text, "b": self.b.text, **self.around}
        params |= {"n": str(self.most)} if self.most != DEFAULT_SIZE else {}
        kept = {key: value for key, value in (params | changed).items() if value or key in SIDES}
        return f"{reverse(f'traces:{name}')}?{urlencode(kept)}"

    def narrowed(self, side: str, word: str) -> str:
        """With one more condition on a side."""
        of = self.a if side == "a" else self.b
        return self.url(**{side: text_of(with_word(of.params, word), self.around)})

    @property
    def swapped(self) -> str:
        return self.url(a=self.b.text, b=self.a.text)


def asked_of(params: Mapping[str, str], zone: tzinfo) -> Asked:
    around = {name: params[name].strip() for name in RANGE if params.get(name, "").strip()}
    now_ns = time.time_ns()
    a, b = (_side(name, params.get(name, "").strip(), around, now_ns, zone) for name in SIDES)
    try:
        return Asked(a, b, around, size_of(params.get("n", "")))
    except BadQuery as wrong:
        return Asked(a, b, around, DEFAULT_SIZE, f"{wrong.field}: {wrong}")


def form_of(asked: Asked) -> dict[str, object]:
    """What `groups/form.html` shows."""
    sizes = [(str(size), f"{size:,}", size == asked.most) for size in SIZES]
    return {"asked": asked, "ranges": _ranges(asked), "sizes": sizes}


def _ranges(asked: Asked) -> list[tuple[str, str, bool]]:
    """Value, words, and whether it is the one in force."""
    exact = not asked.around.get("last") and ("start" in asked.around or "end" in asked.around)
    chosen = "" if exact else asked.around.get("last", DEFAULT_RANGE)
    options = ([("", "exact range")] if exact else []) + list(RANGES.items())
    if chosen and chosen not in RANGES:
        options.insert(0, (chosen, f"last {chosen}"))
    return [(value, words, value == chosen) for value, words in options]


def _side(name: str, text: str, around: Mapping[str, str], now_ns: int, zone: tzinfo) -> Side:
    params = params_of(text, around)
    list_url = f"{reverse('traces:list')}?{urlencode(params)}"
    try:
        search = from_params(params, now_ns, zone)
    except BadQuery as error:
        field = "" if error.field == "q" else f"{error.field} "
        return Side(name, text, params, None, [], list_url, f"{field}{printable(str(error))}")
    return Side(name, text, params, search, chips(params, search, zone), list_url)
