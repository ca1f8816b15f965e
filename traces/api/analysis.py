"""In: a trace's analysis. Out: JSON, in pieces of text: rows in pre-order, ids in hex, times in nanoseconds."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from traces.core.analysis import Analysis
from traces.core.columns import id_bytes
from traces.core.doctor import Finding
from traces.core.printable import printable
from traces.core.timeline import NO_KIND, NOBODY

_ROWS = 500  # in a piece of text

Record = dict[str, Any]


def encoded(analysis: Analysis, findings: Iterable[Finding]) -> Iterator[str]:
    yield f'{{"sentence": {json.dumps(analysis.sentence)}, "critical_path": ['
    yield from _rows(_path(analysis))
    yield '], "nodes": ['
    yield from _rows(_nodes(analysis))
    yield f'], "findings": {json.dumps([_finding(one) for one in findings])}}}\n'


def _finding(finding: Finding) -> Record:
    return {
        "code": finding.code,
        "span_ids": [span_id.hex() for span_id in finding.span_ids],
        "message": printable(finding.message),
        "mend": printable(finding.mend),
    }


def _rows(records: Iterator[Record]) -> Iterator[str]:
    lines: list[str] = []
    separator = "\n"
    for record in records:
        lines.append(json.dumps(record))
        if len(lines) == _ROWS:
            yield separator + ",\n".join(lines)
            separator, lines = ",\n", []
    if lines:
        yield separator + ",\n".join(lines)


def _path(analysis: Analysis) -> Iterator[Record]:
    for piece in analysis.critical_path:
        yield {
            "span_id": _id(analysis, piece.place),
            "start_ns": piece.start_ns,
            "end_ns": piece.end_ns,
            "spent_on": piece.spent_on,
        }


def _nodes(analysis: Analysis) -> Iterator[Record]:
    """Spans alone. The parent of an orphan is the id that it names, which no other node has."""
    parents, kinds, depths = analysis.timeline.parents, analysis.timeline.kinds, analysis.trace.depths
    for place, parent in enumerate(parents):
        if kinds[place] != NO_KIND:
            yield {
                "span_id": _id(analysis, place),
                "parent_span_id": None if parent == NOBODY else _id(analysis, parent),
                "depth": depths[place],
                "orphan": parent != NOBODY and kinds[parent] == NO_KIND,
                "self_ns": analysis.self_ns[place],
                "skew_offset_ns": analysis.offsets_ns[place],
            }


def _id(analysis: Analysis, place: int) -> str:
    trace = analysis.trace
    return id_bytes(trace.columns.span_ids[trace.order[place]]).hex()
