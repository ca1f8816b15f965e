"""Whether sample traces are stored, asked on every page: a look at the first of their ids, or at one trace."""

from __future__ import annotations

from uuid import UUID

from psycopg.types.json import Jsonb

from traces.core.sample import FIRST_ID, KEY, LAST_ID, NAME, is_sample_id
from traces.queries.reading import fetch

# The resource decides; a stranger's trace whose id begins like the sample's is none.
HAS_SAMPLE = """
select exists (select from trace t where t.trace_id between %s and %s and exists (
    select from span s where s.trace_id = t.trace_id and s.start_ns between t.start_ns and t.end_ns
    and s.resource_id = any((select array_agg(id) from resource where attributes @> %s)::int[])))"""


def has_sample() -> bool:
    return _any_between(FIRST_ID, LAST_ID)


def is_of_sample(trace_id: bytes) -> bool:
    """Whether some span of it is. Costs nothing for other traces."""
    return is_sample_id(trace_id) and _any_between(trace_id, trace_id)


def _any_between(first: bytes, last: bytes) -> bool:
    return bool(fetch(HAS_SAMPLE, (UUID(bytes=first), UUID(bytes=last), Jsonb({KEY: NAME})))[0][0])
