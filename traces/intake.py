"""Decoded spans -> spans fit to be stored, and a reason for each that is not. One bad span never costs its batch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from traces.core.span import Attributes, Event, Link, Span
from traces.core.values import EncodedMap, Value

HOUR_NS = 3_600_000_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """What is kept of one span: counts, and characters of a text. `oldest_ns` is set where there is a retention."""

    attributes: int = 512
    events: int = 1_000
    links: int = 1_000
    value_length: int = 32_768
    oldest_ns: int | None = None


class Judged(NamedTuple):
    spans: list[Span]
    rejected: list[str]


def judge(spans: list[Span], limits: Limits, *, now_ns: int) -> Judged:
    """Rejects what lies outside of time, cuts what is over a limit and notes that on the span. Keeps the order."""
    judged = Judged([], [])
    newest_ns, oldest_ns = now_ns + HOUR_NS, limits.oldest_ns if limits.oldest_ns is not None else -1
    keep, most, longest = judged.spans.append, limits.attributes, limits.value_length
    for span in spans:
        if span.start_ns > newest_ns or span.start_ns < oldest_ns:
            judged.rejected.append(_outside_of_time(span, newest_ns))
            continue
        if (
            (span.events and _events_may_exceed(span.events, limits))
            or (span.links and _links_may_exceed(span.links, limits))
            or len(span.name) + len(span.status_message) + len(span.trace_state) > longest
            or _may_exceed(span.attributes, most, longest)
        ):
            span = _within(span, limits)
        keep(span)
    return judged


def _outside_of_time(span: Span, newest_ns: int) -> str:
    where = f"span {span.span_id.hex()}: its start"
    if span.start_ns > newest_ns:
        return f"{where} lies more than an hour ahead of this server's clock; check the sender's clock and unit (ns)"
    return f"{where} is older than the retention of this server"


def _may_exceed(attributes: Attributes, most: int, longest: int) -> bool:
    """Whether a closer look is due. As JSON an attribute takes five characters at least, `"":0,`."""
    if attributes.__class__ is EncodedMap:
        return len(attributes.json) > min(longest, 5 * most)
    return len(attributes) > most or any(
        isinstance(value, list | dict) or (isinstance(value, str) and len(value) > longest)
        for value in attributes.values()
    )


def _events_may_exceed(events: tuple[Event, ...], limits: Limits) -> bool:
    return len(events) > limits.events or any(
        len(event.name) > limits.value_length or _may_exceed(event.attributes, limits.attributes, limits.value_length)
        for event in events
    )


def _links_may_exceed(links: tuple[Link, ...], limits: Limits) -> bool:
    return len(links) > limits.links or any(
        len(link.trace_state) > limits.value_length
        or _may_exceed(link.attributes, limits.attributes, limits.value_length)
        for link in links
    )


def _within(span: Span, limits: Limits) -> Span:
    """The span with everything cut to its limit, and a note for each cut."""
    notes: list[str] = []
    attributes, dropped = _cut_attributes(span.attributes, limits, notes, "attribute")
    longest = limits.value_length
    return span._replace(
        name=_cut(span.name, longest, notes, "name"),
        status_message=_cut(span.status_message, longest, notes, "status message"),
        trace_state=_cut(span.trace_state, longest, notes, "trace state"),
        attributes=attributes,
        dropped_attributes=span.dropped_attributes + dropped,
        events=tuple(_cut_events(span.events, limits, notes)),
        dropped_events=span.dropped_events + max(0, len(span.events) - limits.events),
        links=tuple(_cut_links(span.links, limits, notes)),
        dropped_links=span.dropped_links + max(0, len(span.links) - limits.links),
        notes=(*span.notes, *notes[:20]),
    )


def _cut_events(events: tuple[Event, ...], limits: Limits, notes: list[str]) -> Iterator[Event]:
    if len(events) > limits.events:
        notes.append(f"{len(events):,} events came, {limits.events:,} are kept")
    for event in events[: limits.events]:
        attributes, dropped = _cut_attributes(event.attributes, limits, notes, "event attribute")
        name = _cut(event.name, limits.value_length, notes, "event name")
        yield Event(event.time_ns, name, attributes, event.dropped_attributes + dropped)


def _cut_links(links: tuple[Link, ...], limits: Limits, notes: list[str]) -> Iterator[Link]:
    if len(links) > limits.links:
        notes.append(f"{len(links):,} links came, {limits.links:,} are kept")
    for link in links[: limits.links]:
        attributes, dropped = _cut_attributes(link.attributes, limits, notes, "link attribute")
        trace_state = _cut(link.trace_state, limits.value_length, notes, "link's trace state")
        yield Link(
            link.trace_id,
            link.span_id,
            trace_state,
            link.flags,
            attributes,
            link.dropped_attributes + dropped,
        )


def _cut_attributes(attributes: Attributes, limits: Limits, notes: list[str], what: str) -> tuple[Attributes, int]:
    """The attributes within the limits, and how many were dropped."""
    dropped = len(attributes) - limits.attributes
    if dropped > 0:
        notes.append(f"{len(attributes):,} {what}s came, the first {limits.attributes:,} are kept")
        attributes = dict(list(attributes.items())[: limits.attributes])
    kept = {
        _cut(key, limits.value_length, notes, f"{what}'s key"): _cut_value(value, limits, notes, f"{what} {key[:80]}")
        for key, value in attributes.items()
    }
    return kept, max(dropped, 0)


def _cut_value(value: Value, limits: Limits, notes: list[str], what: str) -> Value:
    """A text is cut to its limit; of a list, map or bytes the parts beyond the limit's worth of characters go."""
    if isinstance(value, str):
        return _cut(value, limits.value_length, notes, what)
    if isinstance(value, list | dict):
        budget = [limits.value_length]
        kept = _spend(value, budget)
        if budget[0] < 0:
            notes.append(f"{what}: only {limits.value_length:,} characters of a larger value are kept")
        return kept
    return value


def _spend(value: Value, budget: list[int]) -> Value:
    """As much of a nested value as the budget of characters (one item counts as at least one) pays for."""
    if isinstance(value, str):
        kept = value[: max(budget[0], 0)]
        budget[0] -= len(value) + 1
        return kept
    if isinstance(value, list):
        return [_spend(item, budget) for item in value if _pays(budget, 1)]
    if isinstance(value, dict):
        return _spend_map(value, budget)
    return value


def _spend_map(value: dict[str, Value], budget: list[int]) -> Value:
    tagged = next(iter(value)) if len(value) == 1 else ""
    if tagged in {"$bytes", "$text"}:
        # Base64: cut at a whole group of four, so that it stays readable.
        kept = value[tagged][: max(budget[0], 0) // 4 * 4]
        budget[0] -= len(value[tagged])
        return {tagged: kept}
    return {key: _spend(item, budget) for key, item in value.items() if _pays(budget, len(key) + 1)}


def _pays(budget: list[int], price: int) -> bool:
    budget[0] -= price
    return budget[0] >= 0


def _cut(text: str, longest: int, notes: list[str], what: str) -> str:
    if len(text) <= longest:
        return text
    notes.append(f"{what}: cut to {longest:,} of {len(text):,} characters")
    return text[:longest]
