"""Samples of searches, and what is read of their traces."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.core.drawing import a_span, spans_of
from tests.stored import OneTransactionWriter
from traces import queries
from traces.core.compare import Vocabulary
from traces.core.span import Event, Resource, Span, Status
from traces.core.timescale import SECOND
from traces.queries import groups
from traces.search import Search

ZERO_NS = 1_772_442_900 * SECOND
CALLS = spans_of("""
    checkout      |==================|
      auth        |==|
      payment          |=============|
""")
Write = Callable[[int, list[Span]], bytes]


@pytest.fixture
def write(db: None) -> Iterator[Write]:
    writer = OneTransactionWriter()

    def one(number: int, spans: list[Span]) -> bytes:
        trace_id = number.to_bytes(16)
        start_ns = ZERO_NS + number * SECOND
        writer.write([span._replace(trace_id=trace_id, start_ns=span.start_ns + start_ns) for span in spans])
        return trace_id

    yield one
    queries.forget()


def test_sample_is_the_same_again_whatever_else_came(write: Write) -> None:
    for number in range(1, 60):
        write(number, [a_span("shop")])
    whole = queries.sample_of(Search(), most=100)
    assert (len(whole.traces), whole.matching, whole.is_all) == (59, 59, True)
    few = queries.sample_of(Search(), most=20)
    assert [one.trace_id for one in few.traces] == [one.trace_id for one in whole.traces[:20]]
    numbers = [int.from_bytes(one.trace_id) for one in few.traces]
    assert numbers != sorted(numbers)
    assert few.matching == 59
    write(60, [a_span("shop")])
    again = queries.sample_of(Search(), most=21)
    assert len({one.trace_id for one in few.traces} - {one.trace_id for one in again.traces}) == 0


def test_of_more_than_are_considered_the_newest_are_sampled(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(groups, "CONSIDERED", (5,))
    for number in range(1, 11):
        write(number, [a_span("shop")])
    found = queries.sample_of(Search(), most=3)
    assert (len(found.traces), found.matching, found.is_all) == (3, 5, False)
    assert all(one.trace_id >= (6).to_bytes(16) for one in found.traces)


def test_profile_has_all_that_is_compared(write: Write) -> None:
    thrown = (Event(0, "exception", {"exception.type": "Timeout"}), Event(0, "retry"))
    spans = [
        CALLS[0]._replace(attributes={"user.id": "42", "vip": True}, resource=Resource({"region": "eu"})),
        CALLS[1],
        CALLS[2]._replace(attributes={"amount": 7}, events=thrown, status=Status.ERROR),
    ]
    write(1, spans)
    vocabulary = Vocabulary()
    [profile] = groups.profiles_of(queries.sample_of(Search()), vocabulary)
    assert sum(profile.waited_ns.values()) == profile.duration_ns == CALLS[0].duration_ns
    assert [vocabulary.steps[path].name for path in profile.calls] == ["checkout", "auth", "payment"]
    assert {tuple(vocabulary.facts[fact]) for fact in profile.facts} == {
        ("root", "user.id", "42"), ("root", "vip", "true"), ("resource", "region", "eu"), ("span", "amount", 7),
    }  # fmt: skip
    assert list(profile.thrown) == [("payment", "Timeout")]
    assert profile.has_error


def test_large_trace_counts_without_being_read(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(groups, "MOST_SPANS", 2)
    write(1, CALLS)
    write(2, CALLS[:2])
    sample = queries.sample_of(Search())
    assert sample.too_large == 1
    profiles = {one.trace_id[-1]: one for one in groups.profiles_of(sample, Vocabulary())}
    assert (profiles[1].is_read, profiles[2].is_read) == (False, True)
    assert sum(profiles[1].waited_ns.values()) == CALLS[0].duration_ns


def test_beyond_a_number_of_traces_attributes_are_not_read(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(groups, "DESCRIBED", 2)
    for number in range(1, 6):
        write(number, CALLS)
    profiles = groups.profiles_of(queries.sample_of(Search()), Vocabulary())
    assert [one.is_described for one in profiles] == [True, True, False, False, False]
    assert all(one.is_read for one in profiles)


def test_two_searches_are_compared(write: Write) -> None:
    for number in range(1, 51):
        slow = number % 2
        attributes = {"version": "2" if slow else "1"}
        spans = [a_span("shop", length=100 + 200 * slow + number % 7, attributes=attributes)]
        write(number, [*spans, a_span("db", "shop", 5, 60 + 200 * slow + number % 5)])
    found = queries.compare_searches(Search(max_duration_ns=200_000_000), Search(min_duration_ns=200_000_000))
    assert found.comparison.whole.slower
    assert [one.text for one in found.comparison.attributes if one.claimed] == ["version=2"]


def test_versions_of_services(write: Write) -> None:
    for number, version in enumerate(("1", "1", "2"), 1):
        resource = Resource({"service.name": "shop", "service.version": version})
        write(number, [a_span("shop", resource=resource), a_span("db", "shop")])
    versions = queries.versions_of(queries.sample_of(Search()))
    assert {key: found.traces for key, found in versions.items()} == {("shop", "1"): 2, ("shop", "2"): 1}
    assert versions["shop", "2"].first_ns == ZERO_NS + 3 * SECOND
