from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, given, settings

from tests.queries.asking import chance_trace, on_span, on_traces
from traces import queries
from traces.core.evaluation import SpansAtHand, evaluate
from traces.core.meaning import Condition
from traces.queries import candidates, conditions
from traces.queries.reading import fetch
from traces.search import Search
from traces.store import Writer

SPANS = "select s.trace_id, int8send(s.span_id) from span s where {}"
TRACES = 60


@pytest.fixture
def traces(writer: Writer) -> dict[bytes, SpansAtHand]:
    """Stored once for all examples of a test."""
    chance = random.Random(7)
    made = [chance_trace(n, chance) for n in range(1, TRACES + 1)]
    writer.write([span for spans in made for span in spans])
    return {spans[0].trace_id: SpansAtHand(spans) for spans in made}


def asked(condition: Condition, *, lead: bool = False) -> set[tuple[bytes, bytes]]:
    found = conditions.on_span(condition)
    sql = found.lead if lead and found.lead is not None else found.sql
    return {(trace.bytes, bytes(id)) for trace, id in fetch(SPANS.format(sql.text), sql.params)}


def meant(traces: dict[bytes, SpansAtHand], condition: Condition) -> set[tuple[bytes, bytes]]:
    return {
        (trace_id, span.span_id)
        for trace_id, spans in traces.items()
        for span in spans.spans(spans.places(condition)).values()
    }


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(condition=on_span)
def test_database_finds_what_python_does(traces: dict[bytes, SpansAtHand], condition: Condition) -> None:
    wanted = meant(traces, condition)
    assert asked(condition) == wanted
    assert asked(condition, lead=True) >= wanted


@pytest.mark.parametrize("rare", [10_000, 0])
def test_list_finds_the_traces_that_satisfy_a_query(
    traces: dict[bytes, SpansAtHand], monkeypatch: pytest.MonkeyPatch, rare: int
) -> None:
    """Relations, groups, self times and all; through the index and by walking."""
    monkeypatch.setattr(candidates, "RARE", rare)

    @settings(max_examples=100, deadline=None)
    @given(query=on_traces)
    def found_is_meant(query: Condition) -> None:
        listing = queries.search_traces(Search(condition=query, limit=1_000), box_ms=60_000)
        wanted = {trace_id for trace_id, spans in traces.items() if evaluate(query, spans).satisfied}
        assert {trace.trace_id for trace in listing.traces} == wanted
        assert listing.stopped_at is None

    found_is_meant()
