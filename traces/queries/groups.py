"""A search -> a stable sample of the traces that match, and what of them takes part in a comparison, in bounded reads.

The same search finds the same sample: the traces whose ids hash lowest. Spans are read some thousand at a time and
forgotten once their trace is profiled, so memory goes by the number of traces.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from traces.core.compare import (
    Comparison,
    Difference,
    Profile,
    Vocabulary,
    compare,
    difference_of,
    distribution_of,
    profile_of,
    unread,
)
from traces.core.tree import trace_of
from traces.core.values import key_from_text
from traces.queries import names
from traces.queries.answering import matching
from traces.queries.columns import PACKED, columns_from
from traces.queries.reading import fetch, fetch_in_time
from traces.search import Search
from traces.search.sides import DEFAULT_SIZE

# Of so many matching traces, the newest, a sample is drawn; of fewer where that takes too long.
CONSIDERED = (30_000, 5_000, 1_000)
TIMEOUT_MS = 400
# A trace of more spans counts with its duration, but isn't looked into.
MOST_SPANS = 5_000
SPANS_AT_ONCE = 20_000
# Attributes and exceptions are those of so many of the sample's traces, and of so many spans of each.
DESCRIBED, DESCRIBED_SPANS = 1_000, 100

# OFFSET 0 keeps the newest from being looked for in the order of the hash.
SAMPLE = """
select f.trace_id, f.start_ns, f.end_ns, f.duration_ns, f.error_count, f.weight, f.span_count, count(*) over ()
from (
    select t.trace_id, t.start_ns, t.end_ns, t.duration_ns, t.error_count, t.weight, t.span_count
    from trace t where {matching} order by t.start_ns desc limit %s offset 0
) f order by uuid_hash_extended(f.trace_id, 7), f.trace_id limit %s"""
ASKED = "unnest(%s::uuid[], %s::int8[], %s::int8[]) as t (trace_id, start_ns, end_ns)"
NARROW = f"""
select t.trace_id, packed.* from {ASKED} cross join lateral (
    {PACKED}
) as packed"""
TELLING = f"""
select t.trace_id, s.* from {ASKED} cross join lateral (
    select s.parent_span_id is null, s.resource_id, s.operation_id, s.attributes::text,
        (select jsonb_agg(e -> 2 -> 'exception.type') from jsonb_array_elements(s.events) e
         where e ->> 1 = 'exception' and e -> 2 ? 'exception.type')::text
    from span s where s.trace_id = t.trace_id and s.start_ns between t.start_ns and t.end_ns
    order by s.start_ns, s.span_id limit %s offset 0
) s"""


class Found(NamedTuple):
    """A trace of the sample."""

    trace_id: bytes
    start_ns: int
    end_ns: int
    duration_ns: int
    has_error: bool
    weight: float
    span_count: int


class Sample(NamedTuple):
    """`matching` is the number of traces that it was drawn from: all that match, or, where `is_all` is False, the
    newest of them."""

    traces: Sequence[Found]
    matching: int
    is_all: bool

    @property
    def too_large(self) -> int:
        return sum(trace.span_count > MOST_SPANS for trace in self.traces)


def sample_of(search: Search, *, most: int = DEFAULT_SIZE) -> Sample:
    """Up to `most` traces, in the order of their hash."""
    wanted = matching(search)
    query = SAMPLE.format(matching=wanted.sql)
    for considered in CONSIDERED:
        params = (*wanted.params, considered, most)
        is_last = considered == CONSIDERED[-1]
        rows = fetch(query, params) if is_last else fetch_in_time(query, params, timeout_ms=TIMEOUT_MS)
        if rows is not None:
            number = rows[0][7] if rows else 0
            return Sample([_found(row) for row in rows], number, is_all=wanted.complete and number < considered)
    raise AssertionError("the last way has no timeout")


def profiles_of(sample: Sample, vocabulary: Vocabulary) -> list[Profile]:
    """In the order of the sample."""
    profiles: list[Profile] = []
    for batch in _batches(sample.traces):
        profiles += _profiles(batch, batch[: max(DESCRIBED - len(profiles), 0)], vocabulary)
    return profiles


def _batches(traces: Iterable[Found]) -> Iterator[list[Found]]:
    batch: list[Found] = []
    spans = 0
    for trace in traces:
        if batch and (spans >= SPANS_AT_ONCE or len(batch) == DESCRIBED):
            yield batch
            batch, spans = [], 0
        batch.append(trace)
        spans += min(trace.span_count, MOST_SPANS)
    if batch:
        yield batch


def _profiles(batch: Sequence[Found], described: Sequence[Found], vocabulary: Vocabulary) -> Iterator[Profile]:
    small = [trace for trace in batch if trace.span_count <= MOST_SPANS]
    columns = {row[0].bytes: row[1:] for row in fetch(NARROW, asked(small))}
    facts, thrown = _told(described, vocabulary)
    for trace in batch:
        packed = columns.get(trace.trace_id)
        if packed is None:
            yield unread(trace.trace_id, duration_ns=trace.duration_ns, weight=trace.weight, has_error=trace.has_error)
            continue
        yield profile_of(
            trace_of(columns_from(trace.trace_id, *packed)),
            vocabulary,
            duration_ns=trace.duration_ns,
            weight=trace.weight,
            facts=facts.get(trace.trace_id),
            thrown=thrown.get(trace.trace_id, ()),
        )


def asked(traces: Iterable[Found]) -> tuple[list[UUID], list[int], list[int]]:
    """What `ASKED` is about."""
    kept = list(traces)
    ids = [UUID(bytes=trace.trace_id) for trace in kept]
    return ids, [trace.start_ns for trace in kept], [trace.end_ns for trace in kept]


_Facts = dict[bytes, list[int]]
_Thrown = dict[bytes, list[tuple[str, str]]]


def _told(traces: Sequence[Found], vocabulary: Vocabulary) -> tuple[_Facts, _Thrown]:
    """What spans and resources say, by trace."""
    rows = fetch(TELLING, (*asked(traces), DESCRIBED_SPANS)) if traces else []
    operations = names.operations({row[3] for row in rows})
    of_resources = _facts_of_resources({row[2] for row in rows}, vocabulary)
    facts: _Facts = {trace.trace_id: [] for trace in traces}
    thrown: _Thrown = {}
    for trace_id, is_root, resource_id, operation_id, attributes, types in rows:
        scope = "root" if is_root else "span"
        found = facts[trace_id.bytes]
        found += of_resources[resource_id]
        found += [vocabulary.fact(scope, key_from_text(key), value) for key, value in json.loads(attributes).items()]
        if types:
            service = operations[operation_id].service
            thrown.setdefault(trace_id.bytes, []).extend((service, str(one)) for one in json.loads(types))
    return facts, thrown


def _facts_of_resources(ids: set[int], vocabulary: Vocabulary) -> Mapping[int, list[int]]:
    known = names.resources(ids)
    return {
        id: [vocabulary.fact("resource", key_from_text(key), value) for key, value in known[id].attributes.items()]
        for id in ids
    }


def _found(row: tuple[Any, ...]) -> Found:
    trace_id, start_ns, end_ns, duration_ns, errors, weight, spans, _ = row
    return Found(trace_id.bytes, start_ns, end_ns, duration_ns, errors > 0, weight, spans)


class Compared(NamedTuple):
    """Two searches, what was drawn of each, and what tells them apart."""

    a: Sample
    b: Sample
    comparison: Comparison


def compare_searches(a: Search, b: Search, *, most: int = DEFAULT_SIZE) -> Compared:
    vocabulary = Vocabulary()
    samples = sample_of(a, most=most), sample_of(b, most=most)
    in_a, in_b = (profiles_of(sample, vocabulary) for sample in samples)
    return Compared(*samples, compare(in_a, in_b, vocabulary))


def durations_of(a: Sample, b: Sample) -> Difference:
    """What is known without looking into the traces."""
    return difference_of(
        *(
            distribution_of(
                [trace.duration_ns for trace in sample.traces],
                [trace.has_error for trace in sample.traces],
                [trace.weight for trace in sample.traces],
            )
            for sample in (a, b)
        )
    )
