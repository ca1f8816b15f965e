from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.queries import asking
from tests.queries.asking import KEYS, chance_trace
from tests.spans import MILLISECOND, START_NS, a_span
from traces import queries
from traces.core.evaluation import SpansAtHand, evaluate
from traces.core.grouping import finite_number
from traces.core.meaning import And, Condition, Filter, Metric, Pipeline
from traces.core.metrics import Measured, label_of
from traces.core.sampling import weight
from traces.core.span import Span
from traces.core.subjects import Field, Key, Place
from traces.core.timescale import SECOND
from traces.queries import measuring
from traces.search import Search, parse
from traces.store import Writer

TRACES = 40
_keys = st.builds(Key, st.sampled_from(KEYS), st.sampled_from(Place))
_by = st.lists(_keys | st.sampled_from(Field), max_size=2).map(tuple)
_metrics = st.one_of(
    st.builds(Metric, st.just("rate"), st.none(), by=_by),
    st.builds(
        Metric, st.just("histogram_over_time"), _keys | st.sampled_from((Field.DURATION, Field.SELF_TIME)), by=_by
    ),
)
_stages = st.lists(asking._stages, max_size=2)
_sources = st.recursive(asking._some, asking._related, max_leaves=3)


def ending(source: Condition, stages: list[object], metric: Metric) -> Pipeline:
    return Pipeline(source, (*stages, metric))  # type: ignore[arg-type]


pipelines = st.builds(ending, _sources, _stages, _metrics)
simple = st.builds(ending, asking._some, st.lists(st.builds(Filter, asking.intrinsics), max_size=1), _metrics)
Counted = Counter[tuple[int, object, object]]


@pytest.fixture
def traces(writer: Writer) -> list[list[Span]]:
    """Stored once for all examples of a test."""
    chance = random.Random(11)
    made = [
        [span._replace(trace_state=state) for span in chance_trace(n, chance)]
        for n in range(1, TRACES + 1)
        for state in [chance.choice(("", "", "ot=th:8"))]
    ]
    writer.write([span for spans in made for span in spans])
    return made


def counted(spans: Iterable[Measured]) -> Counted:
    """By second, number and label, weighted."""
    found: Counted = Counter()
    for start_ns, like, each, number, by in spans:
        found[start_ns // SECOND, number, by] += like * each  # type: ignore[assignment]
    return found


def meant(traces: list[list[Span]], query: Condition, pipeline: Pipeline) -> Counted:
    found: list[Measured] = []
    metric = measuring.metric_in(pipeline)
    for spans in traces:
        known = SpansAtHand(spans)
        if evaluate(query, known).satisfied:
            places = evaluate(pipeline, known).places
            found += [
                Measured(
                    span.start_ns,
                    1,
                    weight(span.trace_state),
                    None if metric.subject is None else finite_number(known.value(metric.subject, place)),
                    tuple(label_of(subject, known.value(subject, place)) for subject in metric.by),
                )
                for place, span in known.spans(places).items()
            ]
    return counted(found)


def asked(query: Condition) -> Counted:
    found = queries.metric_spans(Search(condition=query), timeout_ms=60_000)
    assert found is not None
    assert found.complete
    return counted(found.spans)


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("strategy", [simple, pipelines])
def test_database_measures_what_python_does(traces: list[list[Span]], strategy: st.SearchStrategy[Pipeline]) -> None:
    @settings(max_examples=50, deadline=None)
    @given(pipeline=strategy)
    def measured_is_meant(pipeline: Pipeline) -> None:
        assert asked(pipeline) == meant(traces, pipeline, pipeline)

    measured_is_meant()


@pytest.mark.usefixtures("patient")
def test_other_conditions_choose_among_the_traces(traces: list[list[Span]]) -> None:
    @settings(max_examples=20, deadline=None)
    @given(pipeline=pipelines, other=asking.on_traces)
    def measured_is_meant(pipeline: Pipeline, other: Condition) -> None:
        assert asked(And((pipeline, other))) == meant(traces, And((pipeline, other)), pipeline)

    measured_is_meant()


def test_search_without_a_metric_measures_nothing(writer: Writer) -> None:
    assert queries.metric_spans(Search()) is None
    assert queries.metric_spans(Search(condition=parse("{status=error} | count() > 1"))) is None


@pytest.mark.parametrize("query", ["{} | rate()", "{} | count() > 0 | rate()", "{} | quantile_over_time(duration, 1)"])
def test_what_there_was_no_time_for_is_said(writer: Writer, query: str, monkeypatch: pytest.MonkeyPatch) -> None:
    writer.write([a_span(n, start=n * 2_000) for n in range(30)])
    monkeypatch.setattr(measuring, "SIZE", 7)
    search = Search(condition=parse(query))
    everything = queries.metric_spans(search)
    assert everything is not None
    assert (len(everything.spans), everything.complete, everything.since_ns) == (30, True, START_NS)
    nothing = queries.metric_spans(search, timeout_ms=0)
    assert nothing == ([], False, None, 0)


def test_too_many_are_those_of_the_newest_traces(writer: Writer) -> None:
    writer.write([a_span(n, start=n) for n in range(9)])
    found = queries.metric_spans(Search(condition=parse("{} | quantile_over_time(duration, 1)")), most=4)
    assert found is not None
    starts = [(one.start_ns - START_NS) // MILLISECOND for one in found.spans]
    assert (starts, found.complete, found.since_ns) == ([8, 7, 6, 5], False, START_NS + 5 * MILLISECOND)


def test_spans_alike_of_one_second_are_read_once(writer: Writer) -> None:
    writer.write([a_span(1, n, 1 if n > 1 else None, start=n) for n in range(1, 50)])
    found = queries.metric_spans(Search(condition=parse("{} | rate() by (name)")))
    assert found is not None
    assert [(one.spans, one.start_ns) for one in found.spans] == [(49, START_NS + MILLISECOND)]
