"""A trace -> what the doctor has to know of its spans beside their columns, and of the traces beside it."""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from uuid import UUID

from traces.core.doctor.facts import ALWAYS_TELLING, HTTP_STATUS, READ, Facts, Told, read_until, samples_of, unanswered
from traces.core.span import NO_ATTRIBUTES, Status
from traces.core.trace import Trace
from traces.core.values import EncodedMap, key_from_text
from traces.queries.continuations import answers_of
from traces.queries.reading import fetch

# Whatever a trace holds, no more is read of it.
MOST_ROWS = 12_000
_READ_OF = "(select jsonb_object_agg(key, {0} -> key) from unnest(%(read)s::text[]) as t (key) where {0} ? key)"
# A thousand ids are looked up in a hash table; `= any` would walk along them for each span.
_IS_SAMPLE = "span_id in (select unnest(%(samples)s::bigint[]))"
# Of most spans nothing: a row has something to tell, or is a sample. Codes of HTTP have three digits, so that they can
# be compared as text; what is no code is sorted out later.
FACTS = f"""
select span_id, start_ns, {_IS_SAMPLE},
    (case when {_IS_SAMPLE} then attributes else {_READ_OF.format("attributes")} end)::text,
    status_message,
    case when status = {Status.ERROR:d} then
        (select jsonb_agg({_READ_OF.format("event -> 2")}) from jsonb_array_elements(events) as e (event))::text
    end,
    dropped, notes, trace_state
from span
where trace_id = %(trace)s and start_ns between %(first)s and %(last)s and (
    (status = {Status.ERROR:d} and start_ns <= %(errors_until)s)
    or dropped is not null or notes is not null
    or start_ns <= %(spans_until)s and (
        attributes ?| %(telling)s
        or status = {Status.UNSET:d}
            and coalesce(attributes ->> %(code)s, attributes ->> %(old_code)s) collate "C" >= '400'
    )
    or {_IS_SAMPLE}
)
limit {MOST_ROWS}"""


def trace_facts(trace: Trace, *, now_ns: int) -> Facts:
    """All that `doctor.examine` has to know."""
    if not trace.span_count:
        return Facts()
    calls = unanswered(trace)
    told = _told(trace, calls)
    return Facts(told, answers_of(trace, told, calls), now_ns - trace.end_ns)


def _told(trace: Trace, calls: Sequence[int]) -> dict[int, Told]:
    """By place. Spans that have come since the trace was laid out are none of it."""
    found = dict(_rows(trace, fetch(FACTS, _params(trace, calls))))
    return {place: found[row] for place, row in enumerate(trace.order) if row in found}


def _params(trace: Trace, calls: Sequence[int]) -> dict[str, object]:
    columns = trace.columns
    spans_until_ns, errors_until_ns = read_until(trace)
    return {
        "trace": UUID(bytes=columns.trace_id),
        "first": columns.starts_ns[0],
        "last": columns.starts_ns[trace.span_count - 1],
        "samples": [columns.span_ids[trace.order[place]] for place in samples_of(trace, calls)],
        "spans_until": spans_until_ns,
        "errors_until": errors_until_ns,
        "telling": list(ALWAYS_TELLING),
        "read": list(READ),
        "code": HTTP_STATUS[0],
        "old_code": HTTP_STATUS[1],
    }


def _rows(trace: Trace, rows: Iterable[tuple[Any, ...]]) -> Iterator[tuple[int, Told]]:
    """With their rows in the columns, which are in the order of (start, id)."""
    starts_ns, span_ids, count = trace.columns.starts_ns, trace.columns.span_ids, trace.span_count
    for span_id, start_ns, is_sample, attributes, message, events, dropped, notes, trace_state in rows:
        row = bisect_left(starts_ns, start_ns, 0, count)
        row = bisect_left(span_ids, span_id, row, bisect_right(starts_ns, start_ns, row, count))
        if row < count and (starts_ns[row], span_ids[row]) == (start_ns, span_id):
            yield (
                row,
                Told(
                    EncodedMap(attributes.encode()) if attributes and attributes != "{}" else NO_ATTRIBUTES,
                    is_sample,
                    key_from_text(message or ""),
                    tuple(event for event in json.loads(events or "[]") if event),
                    tuple(dropped) if dropped else (0, 0, 0),
                    tuple(map(key_from_text, notes or ())),
                    key_from_text(trace_state or ""),
                ),
            )
