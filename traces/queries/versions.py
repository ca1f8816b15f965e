"""A sample of traces -> the versions of services that took part in them."""

from __future__ import annotations

from typing import NamedTuple

from traces.queries import names
from traces.queries.groups import ASKED, MOST_SPANS, Sample, asked
from traces.queries.reading import fetch

RESOURCES = f"""
select s.resource_id, count(*), min(s.first_ns) from {ASKED} cross join lateral (
    select s.resource_id, min(s.start_ns) as first_ns from span s
    where s.trace_id = t.trace_id and s.start_ns between t.start_ns and t.end_ns
    group by s.resource_id offset 0
) s group by s.resource_id"""


class Version(NamedTuple):
    """How many traces of a sample a service's version took part in, and when it was first seen there."""

    traces: int
    first_ns: int


def versions_of(sample: Sample) -> dict[tuple[str, str], Version]:
    """By service and version."""
    known: dict[tuple[str, str], Version] = {}
    small = [trace for trace in sample.traces if trace.span_count <= MOST_SPANS]
    for resource_id, traces, first_ns in fetch(RESOURCES, asked(small)) if small else ():
        attributes = names.resources([resource_id])[resource_id].attributes
        if "service.version" in attributes:
            key = str(attributes.get("service.name", "")), str(attributes["service.version"])
            before = known.get(key, Version(0, first_ns))
            known[key] = Version(before.traces + traces, min(before.first_ns, first_ns))
    return known
