"""Decoded spans -> spans fit to be stored, and a reason for each that is not. One bad span never costs its batch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from traces.core.span import Attributes, Event, Kind, Link, Resource, Scope, Span, Status
from traces.core.values import EncodedMap, Value, text_value, to_python

HOUR_NS = 3_600_000_000_000
MOST_NOTES = 20
_KINDS, _STATUSES = frozenset(map(int, Kind)), frozenset(map(int, Status))


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


class _Origin(NamedTuple):
    """Who sent some spans, within the limits, and what was cut for that."""

    resource: Resource
    scope: Scope
    notes: list[str]


def judge(spans: list[Span], limits: Limits, *, now_ns: int) -> Judged:
    """Rejects what lies outside of time, cuts what is over a limit and notes that on the span. Keeps the order."""
    judged = Judged([], [])
    newest_ns, oldest_ns = now_ns + HOUR_NS, limits.oldest_ns if limits.oldest_ns is not None else -1
    keep, most, longest = judged.spans.append, limits.attributes, limits.value_length
    enough = _enough_json(limits)
    last_resource: Resource | None = None
    last_scope: Scope | None = None
    cut: _Origin | None = None
    for span in spans:
        # All at once: reading them one by one costs three times as much.
        (_, _, _, start_ns, duration_ns, service, name, kind, status, message, attributes, events, links, resource,
         scope, trace_state, _, _, _, _, _) = span  # fmt: skip
        if start_ns + duration_ns > newest_ns or start_ns < oldest_ns:
            judged.rejected.append(_outside_of_time(span, newest_ns))
            continue
        if resource is not last_resource or scope is not last_scope:
            last_resource, last_scope = resource, scope
            cut = _cut_origin(resource, scope, limits)
        if (
            cut
            or kind not in _KINDS
            or status not in _STATUSES
            or (events and _events_may_exceed(events, limits))
            or (links and _links_may_exceed(links, limits))
            or len(service) + len(name) + len(message) + len(trace_state) > longest
            or (
                len(attributes.json) > enough
                if attributes.__class__ is EncodedMap
                else _may_exceed(attributes, most, longest)
            )
        ):
            span = _within(span, limits, cut)
        keep(span)
    return judged


def _outside_of_time(span: Span, newest_ns: int) -> str:
    where = f"span {span.span_id.hex()}: its {'start' if span.start_ns > newest_ns else 'end'}"
    if span.end_ns > newest_ns:
        return f"{where} lies more than an hour ahead of this server's clock; check the sender's clock and unit (ns)"
    return f"span {span.span_id.hex()}: its start is older than the retention of this server"


def _enough_json(limits: Limits) -> int:
    """So much JSON can't exceed a limit. An attribute takes five characters at least, `"":0,`."""
    return min(limits.value_length, 5 * limits.attributes)


def _may_exceed(attributes: Attributes, most: int, longest: int) -> bool:
    """Whether a closer look is due."""
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


def _cut_origin(resource: Resource, scope: Scope, limits: Limits) -> _Origin | None:
    """None where nothing has to be cut, as nearly always."""
    most, longest = limits.attributes, limits.value_length
    texts = len(resource.schema_url) + len(scope.name) + len(scope.version) + len(scope.schema_url)
    parts = (resource.attributes, scope.attributes)
    if texts <= longest and not any(_may_exceed(part, most, longest) for part in parts):
        return None
    notes: list[str] = []
    of_resource, fewer = _cut_attributes(resource.attributes, limits, notes, "resource attribute")
    of_scope, less = _cut_attributes(scope.attributes, limits, notes, "scope attribute")
    cut_resource = Resource(
        of_resource,
        resource.dropped_attributes + fewer,
        _cut(resource.schema_url, longest, notes, "resource's schema URL"),
    )
    cut_scope = Scope(
        _cut(scope.name, longest, notes, "scope's name"),
        _cut(scope.version, longest, notes, "scope's version"),
        of_scope,
        scope.dropped_attributes + less,
        _cut(scope.schema_url, longest, notes, "scope's schema URL"),
    )
    return _Origin(cut_resource, cut_scope, notes) if notes else None


def _within(span: Span, limits: Limits, origin: _Origin | None) -> Span:
    """The span with everything cut to its limit, and a note for each cut."""
    notes = list(origin.notes) if origin else []
    attributes, dropped = _cut_attributes(span.attributes, limits, notes, "attribute")
    longest = limits.value_length
    return span._replace(
        service=_cut(span.service, longest, notes, "service"),
        kind=_known(span.kind, _KINDS, notes, "kind"),
        status=_known(span.status, _STATUSES, notes, "status"),
        name=_cut(span.name, longest, notes, "name"),
        status_message=_cut(span.status_message, longest, notes, "status message"),
        trace_state=_cut(span.trace_state, longest, notes, "trace state"),
        attributes=attributes,
        dropped_attributes=span.dropped_attributes + dropped,
        events=tuple(_cut_events(span.events, limits, notes)),
        dropped_events=span.dropped_events + max(0, len(span.events) - limits.events),
        links=tuple(_cut_links(span.links, limits, notes)),
        dropped_links=span.dropped_links + max(0, len(span.links) - limits.links),
        resource=origin.resource if origin else span.resource,
        scope=origin.scope if origin else span.scope,
        notes=(*span.notes, *notes[:MOST_NOTES]),
    )


def _known(number: int, known: frozenset[int], notes: list[str], what: str) -> int:
    """OTLP may add numbers at any time; one that has no name here is as good as none."""
    if number in known:
        return number
    notes.append(f"{what} {number} is not known to this server and was left out")
    return 0


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
    tag = next(iter(value)) if len(value) == 1 else ""
    if tag == "$map":
        return _as_map(_spend_items(value[tag], budget))
    if tag in {"$double", "$int"}:
        return value if _pays(budget, len(value[tag])) else None
    if tag == "$bytes":
        # Base64: cut at a whole group of four, so that it stays readable.
        kept = value[tag][: max(budget[0], 0) // 4 * 4]
        budget[0] -= len(value[tag])
        return {tag: kept}
    if tag == "$text":
        text = to_python(value)
        kept = text[: max(budget[0], 0)]
        budget[0] -= len(text)
        return text_value(kept)
    return _as_map(_spend_items(value, budget))


def _spend_items(items: dict[str, Value], budget: list[int]) -> dict[str, Value]:
    return {key: _spend(item, budget) for key, item in items.items() if _pays(budget, len(key) + 1)}


def _as_map(items: dict[str, Value]) -> Value:
    """What is left of a map must not look like a tag."""
    return {"$map": items} if len(items) == 1 and next(iter(items)).startswith("$") else items


def _pays(budget: list[int], price: int) -> bool:
    budget[0] -= price
    return budget[0] >= 0


def _cut(text: str, longest: int, notes: list[str], what: str) -> str:
    if len(text) <= longest:
        return text
    notes.append(f"{what}: cut to {longest:,} of {len(text):,} characters")
    return text[:longest]
