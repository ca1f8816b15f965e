"""Ids that may be stored -> their traces; a value without a key -> the keys under which it occurs.

No index finds a value under any key. So keys are tried: those that usually hold ids, and those that the newest spans
of several times have; each key costs one look through the index. Resources are few and looked through entirely.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from traces.core.project import PROJECT
from traces.core.timescale import HOUR, MINUTE
from traces.core.values import key_from_text, key_text
from traces.queries.attributes import meanings
from traces.queries.reading import fetch, fetch_in_time
from traces.queries.summaries import COLUMNS, TraceSummary, summaries

_ID_KEYS = """
user.id enduser.id user.email user.name session.id request.id request_id requestId
correlation.id correlation_id correlationId order.id order_id orderId app.order.id customer.id customer_id customerId
user_id userId account.id account_id tenant.id tenant_id transaction.id transaction_id payment.id invoice.id cart.id
product.id item.id job.id task.id message.id messaging.message.id messaging.message.conversation_id faas.invocation_id
aws.request_id cloudevents.event_id device.id client.address rpc.jsonrpc.request_id gen_ai.conversation.id"""
_LIKE_ID = re.compile(r"id$|_id\b|Id\b|\bid\b|key|ref|number|email|user|session|token", re.ASCII)
MOST_KEYS = 300
TIMEOUT_MS = 500
SAMPLE_FOR_S = 60
SAMPLE_AGES_NS = (0, HOUR, 6 * HOUR, 24 * HOUR, 168 * HOUR)

STORED = f"select {COLUMNS} from trace t where t.trace_id = any(%s) order by array_position(%s::uuid[], t.trace_id)"
STORED_SPANS = """
select int8send(span_id) from span
where trace_id = %s and start_ns between %s and %s and span_id = any(%s) order by array_position(%s::int8[], span_id)"""
# Through the primary key all the same: its second column, which costs 25 ms over a million spans.
TRACES_OF_SPANS = "select distinct trace_id from span where span_id = any(%s) limit 20"
# OFFSET 0 keeps the planner from joining the keys with all spans: it asks the index once a key.
KEYS_OF_SPANS = """
select k.key from unnest(%s::text[], %s::jsonb[]) as k (key, map)
where exists (select from span s where s.attributes @> k.map offset 0)"""
KEYS_OF_RESOURCES = """
select distinct a.key from resource r, jsonb_each(r.attributes) a where a.value = any(%s::jsonb[]) limit 100"""
SAMPLE = f"""
select k.key, count(*) from unnest(%s::int8[]) as moment (ns)
cross join lateral (select trace_id, start_ns, end_ns from trace
    where project = {PROJECT} and start_ns < moment.ns order by start_ns desc, trace_id desc limit 40) t
cross join lateral (select attributes from span
    where trace_id = t.trace_id and start_ns between t.start_ns and t.end_ns limit 25) s
cross join lateral jsonb_object_keys(s.attributes) as k (key)
group by k.key order by count(*) desc, k.key limit 500"""


class Stored(NamedTuple):
    """A trace that is here, and which of the asked spans is in it: empty for none."""

    trace: TraceSummary
    span_id: bytes


class Places(NamedTuple):
    """Where a value occurs, and the keys that were tried; `complete` is False where time ran out."""

    keys: list[str]
    tried: list[str]
    complete: bool


def stored_traces(trace_ids: Sequence[bytes], span_ids: Sequence[bytes] = ()) -> list[Stored]:
    """Those that are stored, in the order in which they were asked for."""
    ids = [UUID(bytes=id) for id in trace_ids]
    found = summaries(fetch(STORED, (ids, ids))) if ids else []
    return [Stored(trace, _first_span(trace, span_ids)) for trace in found]


def traces_of_spans(span_ids: Sequence[bytes]) -> list[Stored] | None:
    """Traces with one of these spans; None where looking through all spans takes too long."""
    ids = [int.from_bytes(id, signed=True) for id in span_ids]
    rows = fetch_in_time(TRACES_OF_SPANS, (ids,), timeout_ms=TIMEOUT_MS)
    return None if rows is None else stored_traces([trace_id.bytes for (trace_id,) in rows], span_ids)


def _first_span(trace: TraceSummary, span_ids: Sequence[bytes]) -> bytes:
    ids = [int.from_bytes(id, signed=True) for id in span_ids]
    params = (UUID(bytes=trace.trace_id), trace.start_ns, trace.end_ns, ids, ids)
    rows = fetch(STORED_SPANS, params) if ids else []
    return bytes(rows[0][0]) if rows else b""


def places_of(value: str, *, now_ns: int) -> Places:
    """Keys of span and resource attributes with this value as text, number or boolean."""
    tried, wanted = _keys(now_ns), meanings(value)
    pairs = [(key, json.dumps({key_text(key): meaning})) for key in tried for meaning in wanted]
    asked = ([key_text(key) for key, _ in pairs], [map for _, map in pairs])
    on_spans = fetch_in_time(KEYS_OF_SPANS, asked, timeout_ms=TIMEOUT_MS, settings={"enable_seqscan": "off"})
    meant = ([json.dumps(meaning) for meaning in wanted],)
    on_resources = fetch_in_time(KEYS_OF_RESOURCES, meant, timeout_ms=TIMEOUT_MS)
    rows = [*(on_spans or ()), *(on_resources or ())]
    found = {key_from_text(key) for (key,) in rows}
    # In the order in which they were tried, the likeliest first.
    keys = [key for key in dict.fromkeys((*tried, *sorted(found))) if key in found]
    return Places(keys, tried, complete=on_spans is not None and on_resources is not None)


def _keys(now_ns: int) -> list[str]:
    """Those of spans that look like ids first, then those that usually are, then all others of spans."""
    sampled = _sample.keys(now_ns)
    like_ids = [key for key in sampled if _LIKE_ID.search(key)]
    return list(dict.fromkeys((*like_ids, *_ID_KEYS.split(), *sampled)))[:MOST_KEYS]


class _Sample:
    """The keys of some spans of several times, remembered for a minute."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        self._keys: list[str] = []
        self._until_s = 0.0

    def keys(self, now_ns: int) -> list[str]:
        if time.monotonic() > self._until_s:
            # A minute ahead: the senders' clocks are not ours.
            moments = [now_ns + MINUTE - age_ns for age_ns in SAMPLE_AGES_NS]
            found = (key_from_text(key) for key, _ in fetch(SAMPLE, (moments,)))
            self._keys = list(found)
            self._until_s = time.monotonic() + SAMPLE_FOR_S
        return self._keys


_sample = _Sample()


def forget() -> None:
    """The keys of another database are others."""
    _sample.forget()
