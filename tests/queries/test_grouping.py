from __future__ import annotations

import random

import pytest

from tests.queries.meaning import KEYS, chance_search, chance_spans, matching
from tests.spans import a_span
from traces import queries
from traces.core.columns import signed_id
from traces.core.said import Said, said
from traces.core.span import Resource, Span
from traces.core.values import key_text
from traces.queries import grouping
from traces.search import Search
from traces.store import Writer

TRACES = 60


def value_of(trace: list[Span], key: str) -> Said | None:
    """In plain Python: that of the first span that has one."""
    for span in sorted(trace, key=lambda span: (span.start_ns, signed_id(span.span_id))):
        for items in (span.attributes, span.resource.attributes):
            if key_text(key) in items:
                return said(items[key_text(key)])
    return None


@pytest.mark.usefixtures("patient")
def test_each_trace_has_the_value_of_its_first_span_with_one(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    spans, chance = chance_spans(TRACES, seed=11), random.Random(11)
    writer.write(spans)
    monkeypatch.setattr(grouping, "SIZE", 7)
    for key in KEYS:
        for _ in range(8):
            search = chance_search(chance, TRACES)
            found = queries.grouped(search, key)
            traces = [[span for span in spans if span.trace_id == id] for id in matching(spans, search)]
            assert found.complete
            expected = sorted(
                (value_of(trace, key) or ("", False), min(span.start_ns for span in trace)) for trace in traces
            )
            assert sorted((value or ("", False), match.start_ns) for value, match in found.traces) == expected, search
            assert found.traces == sorted(found.traces, key=lambda one: -one[1].start_ns)


def test_service_and_operation_are_those_of_the_root(writer: Writer) -> None:
    writer.write([a_span(1, 1, name="root"), a_span(1, 2, parent=1, name="leaf", service="other")])
    for key, text in (("service", "shop"), ("name", "root")):
        ((value, match),) = queries.grouped(Search(), key).traces
        assert (value, match.duration_ns) == (Said(text, is_scalar=True), a_span().duration_ns)


def test_own_value_of_a_span_goes_before_that_of_its_resource(writer: Writer) -> None:
    writer.write([a_span(1, attributes={"k": "own"}, resource=Resource({"k": "resource's"}))])
    assert queries.grouped(Search(), "k").traces[0][0] == Said("own", is_scalar=True)


@pytest.mark.parametrize("key", ["service", "k"])
def test_too_many_are_the_newest(writer: Writer, key: str) -> None:
    writer.write([a_span(n, start=n, attributes={"k": n}) for n in range(1, 6)])
    found = queries.grouped(Search(), key, most=2)
    assert (len(found.traces), found.complete) == (2, False)
    assert found.traces[0][1].start_ns == a_span(start=5).start_ns
