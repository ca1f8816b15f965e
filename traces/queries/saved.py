"""Which searches are saved: names and the parameters of their addresses."""

from __future__ import annotations

from typing import NamedTuple

from traces.core.project import PROJECT
from traces.queries.reading import fetch

ALL = f"select name, query from saved_search where project = {PROJECT} order by lower(name), name"
ONE = f"select query from saved_search where project = {PROJECT} and name = %s"


class SavedSearch(NamedTuple):
    name: str
    query: str


def saved_searches() -> list[SavedSearch]:
    return [SavedSearch(*row) for row in fetch(ALL)]


def saved_search(name: str) -> str | None:
    found = fetch(ONE, (name,))
    return found[0][0] if found else None
