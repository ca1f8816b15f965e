"""In: a span's links and what is here of where they lead, or who links here. Out: both in words, for templates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import tzinfo

from traces.core.layout import counted
from traces.core.palette import colour_class
from traces.core.printable import printable
from traces.core.span import Link, Span
from traces.core.timescale import duration_text, exact_time_text, iso_text, time_text
from traces.pages.values import Line, lines_of
from traces.queries import LinkedFrom, LinkingSpan, TraceSummary

# What is open of a long list; the rest unfolds.
OPEN = 10


@dataclass(frozen=True, slots=True)
class Pointer:
    """A link to a span."""

    span_id: str  # empty where it leads to the trace as a whole
    is_here: bool
    state: str
    lines: Sequence[Line]
    dropped: int


@dataclass(frozen=True, slots=True)
class Target:
    """A trace that links lead to; what it is called, where it is here."""

    trace_id: str
    is_own: bool
    is_here: bool
    service: str
    name: str
    colour: str
    duration: str
    pointers: Sequence[Pointer]


@dataclass(frozen=True, slots=True)
class Links:
    """A span's links, those to one trace together."""

    count: str
    targets: Sequence[Target]
    folded: Sequence[Target]
    folded_count: str
    some_missing: bool
    is_cut: bool  # there are more than are in these
    dropped: int


@dataclass(frozen=True, slots=True)
class Source:
    """A span that links here."""

    trace_id: str
    span_id: str
    is_own_trace: bool
    service: str
    name: str
    colour: str
    start: str
    start_iso: str
    start_exact: str
    target_id: str


@dataclass(frozen=True, slots=True)
class Linked:
    """Who links here, the newest first."""

    count: str
    sources: Sequence[Source]
    folded: Sequence[Source]
    folded_count: str
    left_out: str  # how many more there are


def linked_ids(spans: Iterable[Span], most: int | None) -> list[tuple[bytes, bytes]]:
    """The traces and spans that the spans' links lead to, of those links that are shown."""
    return [(link.trace_id, link.span_id) for span in spans for link in span.links[:most]]


def links_of(
    span: Span, traces: Mapping[bytes, TraceSummary], spans: Set[tuple[bytes, bytes]], most: int | None
) -> Links:
    """`traces` and `spans`: what is here of their targets."""
    shown = span.links[:most]
    by_trace: dict[bytes, list[Link]] = {}
    for link in shown:
        by_trace.setdefault(link.trace_id, []).append(link)
    together = [link for links in by_trace.values() for link in links]
    return Links(
        count=f"{len(span.links):,}",
        targets=_targets(together[:OPEN], span, traces, spans),
        folded=_targets(together[OPEN:], span, traces, spans),
        folded_count=f"{len(together) - OPEN:,}",
        some_missing=not all(_is_here(link, traces, spans) for link in shown),
        is_cut=len(span.links) > len(shown),
        dropped=span.dropped_links,
    )


def _is_here(link: Link, traces: Mapping[bytes, TraceSummary], spans: Set[tuple[bytes, bytes]]) -> bool:
    return (link.trace_id, link.span_id) in spans or (link.trace_id in traces and not any(link.span_id))


def _targets(
    links: Sequence[Link], span: Span, traces: Mapping[bytes, TraceSummary], spans: Set[tuple[bytes, bytes]]
) -> list[Target]:
    """Of links in the order of their traces."""
    pointers: dict[bytes, list[Pointer]] = {}
    for link in links:
        pointers.setdefault(link.trace_id, []).append(_pointer(link, _is_here(link, traces, spans)))
    return [_target(trace_id, span, traces.get(trace_id), found) for trace_id, found in pointers.items()]


def _target(trace_id: bytes, span: Span, trace: TraceSummary | None, pointers: Sequence[Pointer]) -> Target:
    return Target(
        trace_id=trace_id.hex(),
        is_own=trace_id == span.trace_id,
        is_here=trace is not None,
        service=printable(trace.service) if trace else "",
        name=printable(trace.name) if trace else "",
        colour=colour_class(trace.service) if trace else "",
        duration=duration_text(trace.duration_ns) if trace else "",
        pointers=pointers,
    )


def _pointer(link: Link, is_here: bool) -> Pointer:
    return Pointer(
        span_id=link.span_id.hex() if any(link.span_id) else "",
        is_here=is_here,
        state=printable(link.trace_state),
        lines=lines_of(link.attributes),
        dropped=link.dropped_attributes,
    )


def linked_of(found: LinkedFrom, trace_id: bytes, zone: tzinfo) -> Linked | None:
    """None where nobody links here; `trace_id` is that of the span or trace that is linked to."""
    if not found.spans:
        return None
    sources = [_source(source, trace_id, zone) for source in found.newest]
    left_out = found.spans - len(sources)
    words = f"{counted(found.spans, 'span', 'spans')} of {counted(found.traces, 'trace', 'traces')}"
    return Linked(
        count=words if found.complete else f"at least {words}",
        sources=sources[:OPEN],
        folded=sources[OPEN:],
        folded_count=f"{len(sources) - OPEN:,}",
        left_out=f"{left_out:,}" if left_out > 0 else "",
    )


def _source(source: LinkingSpan, trace_id: bytes, zone: tzinfo) -> Source:
    return Source(
        trace_id=source.trace_id.hex(),
        span_id=source.span_id.hex(),
        is_own_trace=source.trace_id == trace_id,
        service=printable(source.service),
        name=printable(source.name),
        colour=colour_class(source.service),
        start=time_text(source.start_ns, zone),
        start_iso=iso_text(source.start_ns),
        start_exact=exact_time_text(source.start_ns, zone),
        target_id=source.target_span_id.hex() if any(source.target_span_id) else "",
    )
