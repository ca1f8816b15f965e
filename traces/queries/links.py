"""A span or a trace -> who links to it. Bounded reads along the table's key: the newest, and how many there are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from traces.core.values import key_from_text
from traces.queries import names
from traces.queries.reading import fetch
from traces.queries.summaries import TraceSummary

MOST = 50
# A few milliseconds, which a page can wait for.
COUNTED_UP_TO = 1_000
# Those of a span are read from the newest on. Those of a trace in the order of its spans: where there are too many,
# the newest of them may be missing.
OF_SPAN = f"""
select trace_id, span_id, start_ns, target_span_id from link
where target_trace_id = %(trace)s and target_span_id = %(span)s order by start_ns desc limit {COUNTED_UP_TO}"""
OF_TRACE = f"""
select trace_id, span_id, start_ns, target_span_id from link where target_trace_id = %(trace)s limit {COUNTED_UP_TO}"""
COUNTS = """
select count(distinct (trace_id, span_id, start_ns)) filter (where {0}), count(distinct trace_id) filter (where {0}),
    count(*) from ({1}) as l"""
NEWEST = f"""
select trace_id, span_id, start_ns, min(target_span_id) from ({{1}}) as l where {{0}}
group by trace_id, span_id, start_ns order by start_ns desc, trace_id, span_id limit {MOST}"""
SPANS = """
select l.number, s.operation_id, s.name
from unnest(%(traces)s::uuid[], %(spans)s::bigint[], %(starts)s::bigint[]) with ordinality
    as l (trace_id, span_id, start_ns, number)
join span s on s.trace_id = l.trace_id and s.span_id = l.span_id and s.start_ns = l.start_ns
    and s.start_ns between %(first)s and %(last)s"""
# OFFSET 0 keeps it a look-up for each pair, in the partitions of its trace's time.
HERE = """
select w.number from unnest(%s::uuid[], %s::bigint[], %s::bigint[], %s::bigint[]) with ordinality
    as w (trace_id, span_id, first, last, number)
where exists (select from span s where s.trace_id = w.trace_id and s.span_id = w.span_id
    and s.start_ns between w.first and w.last offset 0)"""


class LinkingSpan(NamedTuple):
    """A span that has the link, and the span that it leads to: one of them, where there are several."""

    trace_id: bytes
    span_id: bytes
    start_ns: int
    service: str
    name: str
    target_span_id: bytes


class LinkedFrom(NamedTuple):
    """Who links here; at least so many where `complete` is False."""

    spans: int
    traces: int
    complete: bool
    newest: list[LinkingSpan]


def links_to_span(trace_id: bytes, span_id: bytes) -> LinkedFrom:
    """From spans of all traces, its own too."""
    params = {"trace": UUID(bytes=trace_id), "span": int.from_bytes(span_id, signed=True)}
    return _linked_from("true", OF_SPAN, params)


def links_to_trace(trace_id: bytes) -> LinkedFrom:
    """From spans of other traces to any of its spans."""
    return _linked_from("trace_id <> %(trace)s", OF_TRACE, {"trace": UUID(bytes=trace_id)})


def spans_here(pairs: Sequence[tuple[bytes, bytes]], traces: dict[bytes, TraceSummary]) -> set[tuple[bytes, bytes]]:
    """Those of the spans, by trace and span id, that are stored; only these traces are looked into."""
    asked = [(trace, span) for trace, span in dict.fromkeys(pairs) if trace in traces]
    if not asked:
        return set()
    columns = (
        [UUID(bytes=trace) for trace, _ in asked],
        [int.from_bytes(span, signed=True) for _, span in asked],
        [traces[trace].start_ns for trace, _ in asked],
        [traces[trace].end_ns for trace, _ in asked],
    )
    return {asked[number - 1] for (number,) in fetch(HERE, columns)}


def _linked_from(where: str, links: str, params: dict[str, Any]) -> LinkedFrom:
    spans, traces, counted = fetch(COUNTS.format(where, links), params)[0]
    newest = fetch(NEWEST.format(where, links), params) if spans else []
    return LinkedFrom(spans, traces, counted < COUNTED_UP_TO, _linking(newest) if newest else [])


def _linking(rows: list[tuple[Any, ...]]) -> list[LinkingSpan]:
    """Without those that the retention has just taken."""
    traces, spans, starts_ns, targets = zip(*rows, strict=True)
    params = {"traces": list(traces), "spans": list(spans), "starts": list(starts_ns)}
    found = fetch(SPANS, params | {"first": min(starts_ns), "last": max(starts_ns)})
    operations = names.operations({operation_id for _, operation_id, _ in found})
    linking = []
    for number, operation_id, own_name in sorted(found):
        operation, at = operations[operation_id], number - 1
        name = (operation.name or "") if own_name is None else key_from_text(own_name)
        ids = traces[at].bytes, spans[at].to_bytes(8, signed=True)
        linking.append(LinkingSpan(*ids, starts_ns[at], operation.service, name, targets[at].to_bytes(8, signed=True)))
    return linking
