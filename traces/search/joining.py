"""A search and the places of two of its conditions -> that where one span fulfils both; or one taken apart.

Places count as those of `parts_of` do: the form's service, operation and status are the first, then the query's words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from traces.core.meaning import And, Condition, Some, Trace, all_of
from traces.search import Search, meaning_of, words_of

_FORM = ("service", "operation", "status")


def joinable(search: Search) -> list[int]:
    """The places of what some span fulfils, and so of what can be asked of one and the same span."""
    return [place for place, word in enumerate(_words(search)) if isinstance(word, Some)]


def separable(search: Search) -> list[int]:
    """The places of what has several conditions on one span."""
    return [place for place, word in enumerate(_words(search)) if _inside(word)]


def joined(search: Search, one: int, other: int) -> Search:
    """Some span fulfils both, in the place of the first; places are among the joinable. Either order is the same."""
    words, (first, second) = _words(search), sorted((one, other))
    both = Some(all_of(*(word.condition for word in (words[first], words[second]) if isinstance(word, Some))))
    rest = [*words[first + 1 : second], *words[second + 1 :]]
    return _said(search, [*words[:first], both, *rest], touches_first=first == 0)


def taken_apart(search: Search, place: int) -> Search:
    """What one span had to fulfil, some span each. Finds all that it found, and more; the place is a separable one."""
    words = _words(search)
    apart = [item if isinstance(item, Trace) else Some(item) for item in _inside(words[place])]
    return _said(search, [*words[:place], *apart, *words[place + 1 :]], touches_first=place == 0)


def _words(search: Search) -> tuple[Condition, ...]:
    return words_of(meaning_of(search))


def _inside(word: Condition) -> tuple[Condition, ...]:
    """The conditions that stand together on one span."""
    return word.condition.items if isinstance(word, Some) and isinstance(word.condition, And) else ()


def _said(search: Search, words: Sequence[Condition], *, touches_first: bool) -> Search:
    """The same search for these. The form keeps what is its own, the first, unless that was touched."""
    search = search.without("after")
    keeps_form = not touches_first and any(getattr(search, field) for field in _FORM)
    rest = words[1:] if keeps_form else words
    kept = search if keeps_form else search.without(*_FORM)
    return replace(kept, condition=all_of(*rest) if rest else None)
