"""In: a search and the name it is to have, or a name. Out: the search saved, found again, or removed, for everybody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from traces import queries
from traces.core.printable import printable
from traces.pages.form import PLACE, can_be_followed, without
from traces.sessions import for_writing
from traces.store import saved_searches

LONGEST_NAME, LONGEST_QUERY = 100, 4_000
# The range was frozen beside a quick one: what is saved means the present.
_FROZEN = ("start", "end")


@dataclass(frozen=True, slots=True)
class Saved:
    name: str
    recorded: str  # the name as it came
    url: str


@dataclass(frozen=True, slots=True)
class SavedMenu:
    """What is saved, and the query that can be."""

    searches: list[Saved]
    query: str


def saved_menu(params: Mapping[str, str]) -> SavedMenu:
    kept = without(params, *PLACE, "was", "saved", *(_FROZEN if "last" in params else ()))
    return SavedMenu(
        [Saved(printable(name), name, f"?{urlencode({'saved': name})}") for name, _ in queries.saved_searches()],
        urlencode(kept),
    )


def saved_address(name: str) -> str | None:
    """Where `?saved=` leads; None where nothing has that name."""
    query = None if "\0" in name else queries.saved_search(name)
    return None if query is None else f"{reverse('traces:list')}?{query}".rstrip("?")


@require_POST
def save_search(request: HttpRequest) -> HttpResponse:
    name, query = request.POST.get("name", "").strip(), _cleaned(request.POST.get("query", ""))
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        return _refused(request, f"A name has 1 to {LONGEST_NAME} characters that can be printed.")
    if len(query) > LONGEST_QUERY:
        return _refused(request, f"The search is too long to be saved: {len(query):,} of {LONGEST_QUERY:,} characters.")
    with for_writing().cursor() as cursor:
        if not saved_searches.save(cursor, name, query):
            return _refused(request, f"There are {saved_searches.MOST} saved searches; remove some first.")
    return redirect(f"{reverse('traces:list')}?{query}".rstrip("?"))


@require_POST
def remove_search(request: HttpRequest) -> HttpResponse:
    with for_writing().cursor() as cursor:
        saved_searches.remove(cursor, request.POST.get("name", "").replace("\0", ""))
    back = f"?{_cleaned(request.POST.get('query', ''))}".rstrip("?")
    return redirect(reverse("traces:list") + (back if can_be_followed(back) else ""))


def missing_search(request: HttpRequest, name: str) -> HttpResponse:
    return _refused(request, f"No search is saved here as {printable(name[:LONGEST_NAME])}.", status=404)


def _cleaned(query: str) -> str:
    """Nothing but parameters: it becomes part of an address."""
    return urlencode(parse_qsl(query), quote_via=quote)


def _refused(request: HttpRequest, why: str, status: int = 400) -> HttpResponse:
    return render(request, "traces/saved_refused.html", {"why": why}, status=status)
