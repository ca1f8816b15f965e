"""Spans with links -> a row for each span that they link to, so that it is known there too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg

from traces.core.span import Span

# A span of which the retention took only the span comes as a new one, with its rows still there.
ADD = """
insert into link (target_trace_id, target_span_id, start_ns, trace_id, span_id, project)
select *, %s from unnest(%s::uuid[], %s::bigint[], %s::bigint[], %s::uuid[], %s::bigint[])
on conflict do nothing"""
OF_TRACES = "delete from link where trace_id = any(%s)"
# Of traces that go on: what they had before.
STARTED_BEFORE = "delete from link where start_ns < %s"


def add_links(cursor: psycopg.Cursor[Any], spans: Sequence[Span], *, project: int) -> None:
    """Of spans that were not stored before. In the order of the key, as every writer locks."""
    linking = [span for span in spans if span.links]
    if not linking:
        return
    keys = sorted(
        {
            (link.trace_id, link.span_id, span.start_ns, span.trace_id, span.span_id)
            for span in linking
            for link in span.links
            if any(link.trace_id)
        }
    )
    targets, target_spans, starts_ns, traces, span_ids = zip(*keys, strict=True) if keys else ((),) * 5
    columns = (_hex(targets), _signed(target_spans), list(starts_ns), _hex(traces), _signed(span_ids))
    cursor.execute(ADD, (project, *columns))


def _hex(ids: Sequence[bytes]) -> list[str]:
    return [id.hex() for id in ids]


def _signed(ids: Sequence[bytes]) -> list[int]:
    return [int.from_bytes(id, signed=True) for id in ids]
