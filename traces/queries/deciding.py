"""A query and traces that fulfil what is needed for it -> those that satisfy it, decided in core.

The database says of each span which conditions it satisfies; what concerns more than one span, and what time a span had
for itself, is decided by `core.evaluation`.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile
from typing import NamedTuple
from uuid import UUID

from traces.core.evaluation import evaluate
from traces.core.meaning import Condition
from traces.core.subjects import Subject
from traces.core.values import Value
from traces.queries import verdicts
from traces.queries.known import Asked, Extent, asked_of, known_of
from traces.queries.reading import UnlessStopped

# So many traces, of so many spans together, are read before the first of them is decided; a larger one alone.
AT_ONCE, SPANS_AT_ONCE = 20, 20_000
# A trace that alone takes longer is stepped over.
FAIR_MS = 1_000


class Decided(NamedTuple):
    """Of the first `number` traces those that satisfy a query, and those that were too large to decide."""

    satisfied: set[UUID]
    too_large: set[UUID]
    number: int


def decide(
    query: Condition, traces: Sequence[Extent], *, timeout_ms: int, at_once: int = AT_ONCE, fair_ms: int = 0
) -> Decided:
    """Of the first of these traces as many as the time reaches for; a large one may take the fair time, whatever is
    left of the other."""
    until_s, decided = time.monotonic() + timeout_ms / 1_000, dict[UUID, bool | None]()
    asked = asked_of(query)
    for some in grouped(traces, at_once):
        left_ms = max(int((until_s - time.monotonic()) * 1_000), 1)
        if at_once == 1 or is_large(some[0]):
            found = _alone(query, asked, some[0], max(left_ms, fair_ms))
        else:
            found = _together(query, asked, some, left_ms)
        decided |= found
        if len(found) < len(some) or time.monotonic() > until_s:
            break
    return Decided(
        {id for id, satisfied in decided.items() if satisfied},
        {id for id, satisfied in decided.items() if satisfied is None},
        len(decided),
    )


def is_large(trace: Extent) -> bool:
    """Whether it is read alone."""
    return trace.spans >= SPANS_AT_ONCE


def grouped(traces: Sequence[Extent], at_once: int) -> Iterator[list[Extent]]:
    """What is read at once, in their order."""
    some, spans = list[Extent](), 0
    for trace in traces:
        if some and (len(some) == at_once or spans + trace.spans > SPANS_AT_ONCE):
            yield some
            some, spans = [], 0
        some.append(trace)
        spans += trace.spans
    if some:
        yield some


def _alone(query: Condition, asked: Asked, trace: Extent, timeout_ms: int) -> Mapping[UUID, bool | None]:
    """None: too large to decide; nothing at all: it had less than the fair time."""
    key = query, trace
    known = verdicts.remembered(key)
    if known is not None:
        return {trace.trace_id: known.satisfied}
    found: Mapping[UUID, bool | None] = _together(query, asked, [trace], timeout_ms)
    if not found and timeout_ms >= FAIR_MS:
        found = {trace.trace_id: None}
    for satisfied in found.values():
        verdicts.remember(key, satisfied=satisfied)
    return found


def _together(query: Condition, asked: Asked, some: Sequence[Extent], timeout_ms: int) -> Mapping[UUID, bool]:
    """Of the first as many as the time reaches for."""
    found = dict[UUID, bool]()
    with UnlessStopped():
        for known in known_of(asked, some, timeout_ms):
            found[known.id] = evaluate(query, known).satisfied
        return {trace.trace_id: found.get(trace.trace_id, False) for trace in some}
    return {trace.trace_id: found[trace.trace_id] for trace in takewhile(lambda one: one.trace_id in found, some)}


def found_spans(query: Condition, trace: Extent, *, timeout_ms: int) -> list[tuple[int, int]]:
    """Signed ids and starts of the spans that the query finds in a trace.

    Raises OperationalError, caused by QueryCanceled, after the time.
    """
    return [
        (columns.span_ids[row], columns.starts_ns[row])
        for rows in known_of(asked_of(query), [trace], timeout_ms)
        for columns in [rows.trace.columns]
        for row in [rows.trace.order[place] for place in evaluate(query, rows).places]
    ]


def found_values(
    query: Condition, traces: Sequence[Extent], subjects: Sequence[Subject], *, timeout_ms: int
) -> Iterator[tuple[UUID, list[tuple[int, list[Value]]]]]:
    """Of each trace the starts of the spans that the query finds, with the first value of each subject."""
    for rows in known_of(asked_of(query), traces, timeout_ms):
        starts_ns, order = rows.trace.columns.starts_ns, rows.trace.order
        places = evaluate(query, rows).places
        yield rows.id, [(starts_ns[order[place]], [rows.value(one, place) for one in subjects]) for place in places]
