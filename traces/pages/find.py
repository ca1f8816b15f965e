"""In: what was typed or pasted into the box. Out: the trace it leads to, or what is known of it; or it is a search."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from urllib.parse import urlencode

from django.urls import reverse

from traces import queries
from traces.core.meaning import Condition, Some, Text
from traces.core.printable import printable
from traces.pages.results import Results, results_of, total_text
from traces.search import STATUSES, Search, attribute_is, to_params, word
from traces.search.pasted import Pasted, is_query, is_search, read_pasted

MOST_PLACES = 8
MOST_COUNTED = 100
SHOWN_TRACES = 10
MOST_SHOWN_IDS = 5
LONGEST_VALUE = 400
# Of a query, where there is a mistake in it.
_SIGNS = re.compile(r"=|^[\s!({-]*[\w.:]+\s*[<>~!]|^\s*[{(]")


@dataclass(frozen=True, slots=True)
class Place:
    """A condition under which the value occurs, its traces, and the search for them."""

    text: str
    total: str
    query: str


@dataclass(frozen=True, slots=True)
class Found:
    """What is known of a text. `ids` were read from it; `places` have it as a value."""

    text: str
    ids: Sequence[str]
    more_ids: int
    spans_unread: bool  # looking for the span took too long
    is_value: bool
    places: Sequence[Place]
    more_places: Sequence[str]
    tried: Sequence[str]
    complete: bool
    anywhere: str  # the search for it in any text; empty where it is none
    results: Results | None
    of: str  # what the results are traces of


@dataclass(frozen=True, slots=True)
class Lead:
    """Where a text leads: to another page, or to what was found, or to a search about which there is a note."""

    url: str = ""
    found: Found | None = None
    note: str = ""


def lead_of(text: str, zone: tzinfo = UTC) -> Lead:
    """Nothing in it: the text is a search, or no text at all."""
    if is_search(text):
        return Lead()
    pasted = read_pasted(text)
    stored, spans_unread = _stored(pasted)
    if len(stored) == 1:
        return Lead(url=_url(stored[0]))
    if not stored and is_query(text):
        return Lead(note=f"No trace with {_in_words(pasted)} is stored here, so this looks for the attribute.")
    if not stored and not pasted.traces and _SIGNS.search(text):
        return Lead()  # A condition with a mistake in it: the search says where.
    return Lead(found=_several(text, stored, zone) if stored else _found(text, pasted, zone, spans_unread=spans_unread))


def _stored(pasted: Pasted) -> tuple[list[queries.Stored], bool]:
    """The traces with one of the ids; else those with one of the spans, and whether that took too long."""
    spans = [bytes.fromhex(id) for id in pasted.spans]
    stored = queries.stored_traces([bytes.fromhex(id) for id in pasted.traces], spans)
    if stored or not spans:
        return stored, False
    by_span = queries.traces_of_spans(spans)
    return by_span or [], by_span is None


def _several(text: str, stored: list[queries.Stored], zone: tzinfo) -> Found:
    """More than one trace: the reader chooses."""
    return Found(
        text=printable(text),
        ids=(),
        more_ids=0,
        spans_unread=False,
        is_value=False,
        places=(),
        more_places=(),
        tried=(),
        complete=True,
        anywhere="",
        results=results_of(stored, zone),
        of="ids in this text",
    )


def _found(text: str, pasted: Pasted, zone: tzinfo, *, spans_unread: bool) -> Found:
    """No such trace: attributes, services and operations with this value."""
    value = text.strip().strip("\"'")
    is_value = len(value) <= LONGEST_VALUE and "\n" not in value
    known = queries.places_of(value, now_ns=time.time_ns()) if is_value else queries.Places([], [], complete=True)
    meant = _meanings(value, known.keys[:MOST_PLACES]) if is_value else []
    totals = queries.count_each([Search(condition=condition) for _, condition in meant], most=MOST_COUNTED)
    hits = [(one, total) for one, total in zip(meant, totals, strict=True) if total.number or not total.exact]
    return Found(
        text=printable(text),
        ids=pasted.traces[:MOST_SHOWN_IDS],
        more_ids=max(0, len(pasted.traces) - MOST_SHOWN_IDS),
        spans_unread=spans_unread,
        is_value=is_value,
        places=[_place(name, value, condition, total) for (name, condition), total in hits],
        more_places=[printable(key) for key in known.keys[MOST_PLACES:]],
        tried=[printable(key) for key in known.tried],
        complete=known.complete,
        anywhere=urlencode(to_params(Search(condition=Some(Text(value))))) if is_value else "",
        results=_newest(hits[0][0][1], zone) if hits else None,
        of=_text(hits[0][0][0], value) if hits else "",
    )


def _meanings(value: str, keys: Sequence[str]) -> list[tuple[str, Condition]]:
    """What the value can be, with the condition that it is that."""
    found = [("service", word("service", value)), ("operation", word("name", value))]
    if value.lower() in STATUSES:
        found.insert(0, ("status", word("status", value)))
    return [*found, *((key, attribute_is(key, value)) for key in keys)]


def _newest(condition: Condition, zone: tzinfo) -> Results:
    listing = queries.search_traces(Search(condition=condition, limit=SHOWN_TRACES))
    return results_of([queries.Stored(trace, b"") for trace in listing.traces], zone)


def _place(name: str, value: str, condition: Condition, total: queries.Total) -> Place:
    return Place(_text(name, value), total_text(total), urlencode(to_params(Search(condition=condition))))


def _text(name: str, value: str) -> str:
    return f"{printable(name)} = {printable(value)}"


def _url(stored: queries.Stored) -> str:
    trace = reverse("traces:trace", args=[stored.trace.trace_id.hex()])
    return f"{trace}?span={stored.span_id.hex()}" if stored.span_id else trace


def _in_words(pasted: Pasted) -> str:
    return f"the id {pasted.traces[0]}" if pasted.traces else "such an id"
