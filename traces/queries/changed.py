"""Some rows of two traces' diff -> which attributes of their spans differ: nothing else is read of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from traces.core.diff import NONE, Diff
from traces.core.diff.attributes import different_keys
from traces.core.layout import details_key
from traces.core.trace import Trace
from traces.queries.reading import fetch

ATTRIBUTES = """
select span_id, start_ns, attributes::text from span
where trace_id = %s and start_ns between %s and %s and span_id = any(%s) and attributes <> '{}'"""


def attributes_changed(diff: Diff, rows: Iterable[int]) -> dict[int, list[str]]:
    """The keys, of those rows where there are some. One look-up a trace: meant for some hundred rows at a time."""
    places = [(row, diff.tree.places_a[row], diff.tree.places_b[row]) for row in rows]
    pairs = [(row, a, b) for row, a, b in places if NONE not in (a, b)]
    of_a = _attributes(diff.a.trace, [a for _, a, _ in pairs])
    of_b = _attributes(diff.b.trace, [b for _, _, b in pairs])
    keys = {row: different_keys(of_a.get(a, {}), of_b.get(b, {})) for row, a, b in pairs}
    return {row: found for row, found in keys.items() if found}


def _attributes(trace: Trace, places: Sequence[int]) -> dict[int, dict[str, Any]]:
    """By place, in their stored form; spans without any are left out."""
    if not places:
        return {}
    keys = {place: details_key(trace, place) for place in places}
    starts_ns = [start_ns for _, start_ns in keys.values()]
    ids = [span_id for span_id, _ in keys.values()]
    rows = fetch(ATTRIBUTES, (UUID(bytes=trace.columns.trace_id), min(starts_ns), max(starts_ns), ids))
    found = {(span_id, start_ns): json.loads(attributes) for span_id, start_ns, attributes in rows}
    return {place: found[key] for place, key in keys.items() if key in found}
