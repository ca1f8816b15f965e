"""Calls without a server side in their trace -> the services known here, and the traces that begin like one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import md5
from uuid import UUID

from traces.core.doctor.calls import Call, Candidate, answer_of, calls_of, services_here
from traces.core.doctor.facts import Answer, Told
from traces.core.doctor.finding import Elsewhere
from traces.core.project import PROJECT
from traces.core.span import Kind
from traces.core.timescale import MILLISECOND, SECOND
from traces.core.trace import Trace
from traces.core.values import EncodedMap, key_text
from traces.queries import names
from traces.queries.reading import fetch

# A longer call is followed up in its first seconds: its server side begins soon.
LONGEST_NS, SLACK_NS = 5 * SECOND, 5 * MILLISECOND
MOST_CANDIDATES = 200  # of a call; of more none could be told from another
SERVICES = f"select id, name from service where project = {PROJECT} and md5(name) = any(%s)"
ROOTS = f"""
select call.number, t.trace_id, int8send(t.head_span_id), o.service_id, s.attributes::text
from unnest(%(numbers)s::int[], %(first)s::bigint[], %(last)s::bigint[]) as call (number, first, last)
cross join lateral (
    select trace_id, head_span_id, head_start_ns, head_operation_id from trace
    where project = {PROJECT} and start_ns between call.first and call.last and has_root and trace_id <> %(trace)s
    order by start_ns limit {MOST_CANDIDATES}
) as t
join operation o on o.id = t.head_operation_id and o.kind = {Kind.SERVER:d} and o.service_id = any(%(services)s)
join span s on s.trace_id = t.trace_id and s.start_ns = t.head_start_ns and s.span_id = t.head_span_id
    and s.start_ns between %(earliest)s and %(latest)s"""


def answers_of(trace: Trace, told: Mapping[int, Told], unanswered: Sequence[int]) -> dict[int, Answer]:
    """By place, of the calls whose server side should be here."""
    calls = calls_of(trace, told, unanswered)
    if not calls:
        return {}
    services = _known({name for call in calls for name in call.services})
    known = set(services.values()) | services_here(trace)
    calls = [call for call in calls if not known.isdisjoint(call.services)]
    candidates = _candidates(trace, calls, list(services)) if calls else {}
    answers = {call.place: answer_of(call, known, candidates.get(call.place, [])) for call in calls}
    return {place: answer for place, answer in answers.items() if answer}


def _known(wanted: set[str]) -> dict[int, str]:
    """Services that sent spans here, by number."""
    digests = [md5(key_text(name).encode()).hexdigest() for name in wanted]
    return dict(fetch(SERVICES, (digests,)))


def _candidates(trace: Trace, calls: list[Call], services: list[int]) -> dict[int, list[Candidate]]:
    times = [trace.start_and_duration_ns(call.place) for call in calls]
    first = [start_ns - SLACK_NS for start_ns, _ in times]
    last = [start_ns + min(duration_ns, LONGEST_NS) for start_ns, duration_ns in times]
    params = {
        "trace": UUID(bytes=trace.columns.trace_id),
        "numbers": [call.place for call in calls],
        "first": first,
        "last": last,
        "earliest": min(first),
        "latest": max(last),
        "services": services,
    }
    found: dict[int, list[Candidate]] = {}
    rows = fetch(ROOTS, params)
    known = names.services({row[3] for row in rows})
    for place, trace_id, span_id, service, attributes in rows:
        candidate = Candidate(Elsewhere(trace_id.bytes, span_id), known[service], EncodedMap(attributes.encode()))
        found.setdefault(place, []).append(candidate)
    return found
