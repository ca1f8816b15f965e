"""In: a query that is being typed, and where the caret is. Out: what may stand there, for the box or as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import islice

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from traces import queries
from traces.core.printable import printable
from traces.core.span import Kind
from traces.pages.span import varied, wants_fragment
from traces.search import STATUSES
from traces.search.completion import (
    INTRINSICS,
    LONGEST,
    OF_NUMBERS,
    OF_TEXTS,
    OPERATORS,
    Partial,
    can_complete,
    partial_at,
    value_text,
)

MOST = 12
_KINDS = tuple(kind.name.lower() for kind in Kind)
_SCOPES = ("span.", "resource.")


@dataclass(frozen=True, slots=True)
class Completion:
    """A choice: the whole query with it, the caret behind it, and whether the word goes on from there."""

    shown: str
    about: str
    text: str
    at: int
    goes_on: bool


def complete_page(request: HttpRequest) -> HttpResponse:
    typed, at = request.GET.get("q", ""), request.GET.get("at", "")
    caret = int(at) if at.isascii() and at.isdigit() and len(at) < 9 else len(typed)
    found = completions(typed, caret)
    if wants_fragment(request):
        return varied(render(request, "traces/completions.html", {"completions": found}))
    return varied(JsonResponse({"completions": [asdict(one) for one in found]}))


def completions(typed: str, at: int) -> list[Completion]:
    """The likeliest first; none for what is too long to be typed by hand."""
    if len(typed) > LONGEST or "\0" in typed:
        return []
    partial = partial_at(typed, at)
    found = _values(partial) if partial.operator else _operators_and_keys(partial)
    return list(islice(found, MOST))


def _operators_and_keys(partial: Partial) -> Iterator[Completion]:
    yield from _operators(partial)
    yield from _keys(partial)


def _operators(partial: Partial) -> Iterator[Completion]:
    """Behind a key that is known."""
    if partial.key in INTRINSICS:
        operators = INTRINSICS[partial.key][1]
    elif partial.key and (types := _types(partial.key)) is not None:
        operators = OF_NUMBERS if set(types) <= {"int", "double"} else OF_TEXTS
    else:
        return
    for operator in operators:
        text, at = partial.completed(partial.key + operator)
        yield Completion(printable(partial.key) + operator, OPERATORS[operator], text, at, goes_on=True)


def _keys(partial: Partial) -> Iterator[Completion]:
    typed = partial.key.lower()
    own = [(name, about) for name, (about, _) in INTRINSICS.items() if name.startswith(typed) and name != typed]
    for name, about in own if typed else own[: MOST // 2]:
        yield _key(partial, name, about)
    for key in queries.attribute_keys(partial.key, most=2 * MOST):
        if can_complete(key.name) and key.name != partial.key:
            yield _key(partial, key.name, " or ".join(key.types))


def _key(partial: Partial, name: str, about: str) -> Completion:
    text, at = partial.completed(name)
    return Completion(printable(name), about, text, at, goes_on=True)


def _values(partial: Partial) -> Iterator[Completion]:
    for value, about in _known_values(partial.key, partial.value):
        if not (word := value_text(value)).isprintable():
            continue
        text, at = partial.completed(partial.key + partial.operator + word)
        # Room for the next word.
        text = f"{text[:at]} {text[at:].lstrip(' ')}"
        yield Completion(printable(value), about, text, at + 1, goes_on=False)


def _known_values(key: str, typed: str) -> Iterator[tuple[str, str]]:
    if key in ("status", "kind"):
        yield from ((name, "") for name in (STATUSES if key == "status" else _KINDS) if name.startswith(typed.lower()))
    elif key in ("service", "trace.root_service"):
        names = [name for name in queries.services() if typed.lower() in name.lower()]
        yield from ((name, "") for name in sorted(names, key=lambda name: not name.lower().startswith(typed.lower())))
    elif key in ("name", "trace.root_name"):
        yield from ((name, "") for name in queries.operation_names(typed, most=MOST))
    elif key not in INTRINSICS:
        yield from ((value.text, "") for value in queries.values_of_key(_unscoped(key), typed, most=MOST))


def _unscoped(key: str) -> str:
    """`span.user.id` speaks of user.id, unless something has that very name."""
    scope = next((scope for scope in _SCOPES if key.startswith(scope)), "")
    return key.removeprefix(scope) if scope and queries.attribute_types(key) is None else key


def _types(key: str) -> tuple[str, ...] | None:
    return queries.attribute_types(_unscoped(key))
