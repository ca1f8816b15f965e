"""In: a list's address. Out: what can be done with the whole list: columns, saved searches, download, live."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlencode

from django.urls import reverse

from traces.pages.form import PLACE, without
from traces.pages.live import STATE, Live, is_live, start_address
from traces.pages.saved import SavedMenu, saved_menu


class Download(NamedTuple):
    """`start` is where a page asks for it that says how far it has come."""

    kind: str
    address: str
    start: str


@dataclass(frozen=True, slots=True)
class Tools:
    saved: SavedMenu
    kept: Mapping[str, str]  # what the form for one more column passes on
    downloads: Sequence[Download]  # none where nothing is listed
    live: Live | None
    start_live: str  # empty where it is live already, or not at the list's beginning


def tools_of(params: Mapping[str, str], kept: Mapping[str, str] | None, live: Live | None) -> Tools:
    """`kept` are the parameters of the list as it is shown, its times frozen; None where there is none."""
    plain = without(params, "live", *STATE)
    may_start = kept is not None and not is_live(params) and "after" not in params
    return Tools(
        saved=saved_menu(plain),
        kept={name: value for name, value in plain.items() if name not in (*PLACE, "col")},
        downloads=[] if kept is None else _downloads(without(kept, "live", *STATE, "limit")),
        live=live,
        start_live=start_address(params) if may_start else "",
    )


def _downloads(kept: Mapping[str, str]) -> list[Download]:
    query, kinds = f"?{urlencode(kept)}", ("csv", "jsonl")
    names = ("api:download", "traces:start-download")
    return [Download(kind, *(f"{reverse(name, args=[kind])}{query}" for name in names)) for kind in kinds]
