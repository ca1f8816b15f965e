"""In: two groups of traces, compared. Out: records for JSON; times in nanoseconds, shares from 0 to 1."""

from __future__ import annotations

from typing import Any

from traces.core.compare import Comparison, sentence_of
from traces.core.compare.contributions import Contribution
from traces.core.compare.durations import PERCENTS, Distribution
from traces.core.compare.examples import examples_of
from traces.core.compare.words import operation_text
from traces.core.printable import printable
from traces.core.span import Kind
from traces.queries import Compared, Sample

Record = dict[str, Any]


def record_of(found: Compared) -> Record:
    """Each list with what is claimed first, and then what differs most."""
    comparison = found.comparison
    durations = comparison.durations
    examples = examples_of(comparison)
    return {
        "sentence": sentence_of(comparison),
        "a": _side(found.a, durations.a),
        "b": _side(found.b, durations.b),
        "difference": {
            "mean_ns": durations.mean.difference,
            "low_ns": _number(comparison.whole.low_ns),
            "high_ns": _number(comparison.whole.high_ns),
            "p_value": comparison.whole.p_value,
            "claimed": comparison.whole.slower,
            "percentiles": [
                {"percent": one.percent, "difference_ns": one.difference_ns,
                 "low_ns": one.low_ns, "high_ns": one.high_ns}
                for one in durations.percentiles
            ],
        },
        "contributions": [_contribution(comparison, row) for row in comparison.contributions],
        "structure": [
            {"kind": one.kind, "service": printable(one.service), "name": printable(one.name),
             "a_share": one.shares.a_share, "b_share": one.shares.b_share, "p_value": one.p_value,
             "claimed": one.claimed}
            for one in comparison.traits
        ],
        "attributes": [
            {"scope": one.scope, "key": printable(one.key), "op": one.op, "value": one.value,
             "a_share": one.shares.a_share, "b_share": one.shares.b_share, "p_value": one.p_value,
             "claimed": one.claimed, "also": list(map(printable, one.also))}
            for one in comparison.attributes
        ],
        "left_out": {"ids": list(comparison.left_out.ids), "rare": list(comparison.left_out.rare)},
        "tests": comparison.tests,
        "examples": {
            "a": [one.trace_id.hex() for one in examples.a],
            "b": [one.trace_id.hex() for one in examples.b],
            "pair": [one.trace_id.hex() for one in examples.pair] if examples.pair else None,
        },
    }  # fmt: skip


def _side(sample: Sample, side: Distribution) -> Record:
    percentiles = {f"p{percent}_ns": ns for percent, ns in zip(PERCENTS, side.percentiles_ns, strict=True)}
    return {
        "traces": side.traces,
        "matching": sample.matching,
        "matching_is_exact": sample.is_all,
        "not_looked_into": sample.too_large,
        "errors": side.errors,
        "error_share": side.error_share,
        "sum_ns": side.sum_ns,
        "mean_ns": side.mean_ns,
        **percentiles,
    }


def _contribution(comparison: Comparison, row: Contribution) -> Record:
    steps, path, place = comparison.vocabulary.steps, list[Record](), row.path
    while place is not None and place >= 0:
        step = steps[place]
        path.append({"service": printable(step.service), "name": printable(step.name), "kind": _kind(step.kind)})
        place = step.parent
    return {
        "part": row.part,
        "path": path[::-1],
        "service": path[0]["service"] if path else "",
        "name": path[0]["name"] if path else operation_text(comparison, row),
        "a_sum_ns": row.a_sum_ns,
        "b_sum_ns": row.b_sum_ns,
        "delta_mean_ns": row.delta_mean_ns,
        "low_ns": _number(row.low_ns),
        "high_ns": _number(row.high_ns),
        "p_value": row.p_value,
        "claimed": row.claimed,
        **row.rates._asdict(),
    }


def _kind(kind: int) -> str:
    return Kind(kind).name.lower() if kind in set(Kind) else "missing"


def _number(number: float) -> float | None:
    """JSON has no infinity: of a single trace there is no interval."""
    return number if abs(number) < float("inf") else None
