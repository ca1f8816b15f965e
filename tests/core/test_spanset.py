from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.queries import asking
from traces.core.evaluation import SpansAtHand, evaluate
from traces.core.meaning import Condition, Metric, Pipeline
from traces.core.spanset import alike, measured_by, told_by
from traces.search import parse

TRACES = [SpansAtHand(asking.chance_trace(n, random.Random(n))) for n in range(1, 31)]
_sources = st.recursive(asking._some, asking._related, max_leaves=4)


@settings(max_examples=300)
@given(_sources)
def test_condition_on_one_span_tells_the_spans_found(query: Condition) -> None:
    told = told_by(query)
    if told is None:
        return
    for known in TRACES:
        found = evaluate(query, known)
        assert evaluate(alike(query, told), known).satisfied == found.satisfied
        if found.satisfied:
            assert found.places == frozenset(known.places(told.condition))


def metrics_of(text: str) -> list[str]:
    found = measured_by(parse(text))
    return [] if found is None else [stage.function for stage in found.stages if isinstance(stage, Metric)]


def test_metric_is_what_a_query_ends_in() -> None:
    assert metrics_of("{status=error} | rate()") == ["rate"]
    assert metrics_of("({} | rate()) user.id=42") == ["rate"]
    assert metrics_of("({} | rate()) ({} | count_over_time())") == ["count_over_time"]
    assert metrics_of("({} | rate()) or user.id=42") == []
    assert metrics_of("-({} | rate())") == []
    assert metrics_of("{} | count() > 3") == []


def test_structure_takes_more_than_one_span_to_say() -> None:
    assert told_by(parse("{} > {status=error} | rate()")) is None
    query = parse("{status=error} | {duration>1s} | rate()")
    assert isinstance(query, Pipeline)
    told = told_by(query)
    assert told is not None
    assert alike(query, told) == parse("{status=error duration>1s}")
