from __future__ import annotations

import random
from collections import Counter, defaultdict

import pytest

from tests.queries.meaning import KEYS, OPERATIONS, SERVICES, chance_search, chance_spans, matching
from tests.spans import a_span
from traces import queries
from traces.core.said import Said, said
from traces.core.span import Resource, Span, Status
from traces.core.values import key_text
from traces.queries import counts
from traces.search import Search
from traces.store import Writer

TRACES = 60


def plainly(spans: list[Span], ids: list[bytes], key: str) -> Counter[Said]:
    """In plain Python: the traces that have a value on some span or its resource."""
    found: dict[bytes, set[Said]] = defaultdict(set)
    for span in spans:
        for items in (span.attributes, span.resource.attributes):
            if span.trace_id in ids and key_text(key) in items:
                found[span.trace_id].add(said(items[key_text(key)]))
    return Counter(value for values in found.values() for value in values)


@pytest.mark.usefixtures("patient")
def test_values_are_those_of_the_matching_traces(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    spans, chance = chance_spans(TRACES, seed=7), random.Random(7)
    writer.write(spans)
    monkeypatch.setattr(counts, "SIZE", 7)
    for _ in range(40):
        search = chance_search(chance, TRACES)
        ids = matching(spans, search)
        found = queries.value_counts(search, KEYS)
        assert (found.traces, found.complete) == (len(ids), True)
        assert {key: found.counts[key] for key in KEYS} == {key: plainly(spans, ids, key) for key in KEYS}, search
        services = Counter(service for _, service in {(s.trace_id, s.service) for s in spans if s.trace_id in ids})
        assert {value.text: n for value, n in found.counts["service"].items()} == services
        statuses = Counter(status for _, status in {(s.trace_id, s.status) for s in spans if s.trace_id in ids})
        assert {value.text: n for value, n in found.counts["status"].items()} == {
            Status(status).name.lower(): n for status, n in statuses.items()
        }


def test_operation_is_that_of_the_root(writer: Writer) -> None:
    writer.write([a_span(1, 1, name="root"), a_span(1, 2, parent=1, name="leaf"), a_span(2, 1, name="root")])
    assert queries.value_counts(Search(), []).counts["name"] == {Said("root", is_scalar=True): 2}


def test_value_counts_once_in_a_trace_whoever_has_it(writer: Writer) -> None:
    writer.write([a_span(1, n, attributes={"region": "eu"}, resource=Resource({"region": "eu"})) for n in range(1, 4)])
    assert queries.value_counts(Search(), ["region"]).counts["region"] == {Said("eu", is_scalar=True): 1}


def test_too_many_are_the_newest(writer: Writer) -> None:
    writer.write([a_span(n, start=n, attributes={"n": n}) for n in range(1, 6)])
    found = queries.value_counts(Search(), ["n"], most=2)
    assert (found.traces, found.complete) == (2, False)
    assert {value.text for value in found.counts["n"]} == {"4", "5"}


@pytest.mark.parametrize("key", ["'", "%s", "{}", "a\x00b", "$text:x", "x" * 10_000, "\ud800"])
def test_hostile_keys_are_keys(writer: Writer, key: str) -> None:
    writer.write([a_span(1, attributes={key_text(key): 1}, service=SERVICES[2], name=OPERATIONS[2])])
    assert queries.value_counts(Search(), [key]).counts[key] == {Said("1", is_scalar=True): 1}
