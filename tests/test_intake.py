"""What of a span is kept, and what is said about the rest."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from traces.core.span import Event, Link, Resource, Scope, Span
from traces.core.values import EncodedMap, from_python, map_value, to_python
from traces.intake import HOUR_NS, MOST_NOTES, Judged, Limits, judge

NOW_NS = 1_772_442_900_000_000_000
SMALL = Limits(attributes=3, events=2, links=2, value_length=64)
A_SPAN = Span(bytes(range(16)), bytes(range(8)), None, NOW_NS - 1000, 500, "shop", "GET", 2)


def judged(*spans: Span, limits: Limits = SMALL) -> Judged:
    return judge(list(spans), limits, now_ns=NOW_NS)


def kept(limits: Limits = SMALL, **fields: Any) -> Span:
    (span,), rejected = judged(A_SPAN._replace(**fields), limits=limits)
    assert rejected == []
    return span


def rejected(limits: Limits = SMALL, **fields: Any) -> str:
    spans, (reason,) = judged(A_SPAN, A_SPAN._replace(**fields), A_SPAN, limits=limits)
    assert spans == [A_SPAN, A_SPAN]
    return reason


def encoded(items: dict[str, object]) -> EncodedMap:
    return EncodedMap(json.dumps(items).encode())


def test_an_ordinary_span_stays_the_object_it_was() -> None:
    assert kept(attributes={"a": 1}) == A_SPAN._replace(attributes={"a": 1})
    assert judged(A_SPAN).spans[0] is A_SPAN


@pytest.mark.parametrize("start_ns", [0, 1, NOW_NS - 100 * 365 * 24 * HOUR_NS // 4, NOW_NS + HOUR_NS - 500])
def test_any_time_up_to_an_hour_ahead_is_kept(start_ns: int) -> None:
    assert kept(start_ns=start_ns).start_ns == start_ns


def test_more_than_an_hour_ahead_is_rejected() -> None:
    reason = rejected(start_ns=NOW_NS + HOUR_NS + 1)
    assert reason.startswith("span 0001020304050607: its start lies more than an hour ahead")
    assert "check the sender's clock" in reason


def test_an_end_more_than_an_hour_ahead_is_rejected_too() -> None:
    assert rejected(duration_ns=2 * HOUR_NS).startswith("span 0001020304050607: its end lies more than an hour ahead")


def test_what_is_older_than_the_retention_is_rejected() -> None:
    retention = Limits(oldest_ns=NOW_NS - HOUR_NS)
    assert "older than the retention" in rejected(retention, start_ns=NOW_NS - HOUR_NS - 1)
    assert kept(retention, start_ns=NOW_NS - HOUR_NS).notes == ()


@pytest.mark.parametrize("number", [6, 77, 2**31 - 1, -1, -(2**31)])
def test_numbers_that_otlp_may_add_later_cost_no_span(number: int) -> None:
    span = kept(kind=number, status=number)
    assert (span.kind, span.status) == (0, 0)
    assert span.notes == (
        f"kind {number} is not known to this server and was left out",
        f"status {number} is not known to this server and was left out",
    )


@pytest.mark.parametrize("make", [dict, encoded])
def test_attributes_over_the_limit_are_dropped_counted_and_noted(make: Any) -> None:
    span = kept(attributes=make({f"key-{n}": "x" * 20 for n in range(10)}), dropped_attributes=2)
    assert list(span.attributes) == ["key-0", "key-1", "key-2"]
    assert span.dropped_attributes == 9
    assert span.notes == ("10 attributes came, the first 3 are kept",)


@pytest.mark.parametrize("make", [dict, encoded])
def test_a_long_text_is_cut_and_noted(make: Any) -> None:
    span = kept(attributes=make({"body": "x" * 65, "short": "x" * 64}))
    assert span.attributes == {"body": "x" * 64, "short": "x" * 64}
    assert span.notes == ("attribute body: cut to 64 of 65 characters",)


@pytest.mark.parametrize("field", ["name", "status_message", "trace_state", "service"])
def test_the_spans_own_texts_are_cut_too(field: str) -> None:
    span = kept(SMALL, **{field: "x" * 1000})
    assert getattr(span, field) == "x" * 64
    assert span.notes == (f"{field.replace('_', ' ')}: cut to 64 of 1,000 characters",)


def test_long_keys_are_cut() -> None:
    assert list(kept(attributes={"k" * 100: 1, "other": "x" * 65}).attributes) == ["k" * 64, "other"]


def test_events_and_links_over_the_limit_are_dropped_counted_and_noted() -> None:
    events = tuple(Event(n, "e") for n in range(5))
    links = tuple(Link(bytes(16), bytes(8)) for _ in range(4))
    span = kept(events=events, links=links, dropped_events=1)
    assert (span.events, span.links) == (events[:2], links[:2])
    assert (span.dropped_events, span.dropped_links) == (4, 2)
    assert span.notes == ("5 events came, 2 are kept", "4 links came, 2 are kept")


def test_what_events_and_links_carry_is_cut_as_well() -> None:
    attributes = {"a": "x" * 65, "b": 1, "c": 2, "d": 3}
    event = Event(1, "e" * 65, attributes, 1)
    link = Link(bytes(16), bytes(8), "t" * 65, 0, attributes, 2)
    span = kept(events=(event,), links=(link,))
    assert span.events[0] == Event(1, "e" * 64, {"a": "x" * 64, "b": 1, "c": 2}, 2)
    assert span.links[0] == Link(bytes(16), bytes(8), "t" * 64, 0, {"a": "x" * 64, "b": 1, "c": 2}, 3)
    assert len(span.notes) == 6


def test_a_resource_and_a_scope_have_the_same_limits() -> None:
    long = {"service.name": "shop", "command": "x" * 100}
    resource = Resource(long, 1, "u" * 65)
    scope = Scope("n" * 65, "v", {f"k{n}": n for n in range(5)})
    span = A_SPAN._replace(resource=resource, scope=scope)
    first, second = judged(span, span._replace(name="other")).spans
    assert first.resource == Resource({"service.name": "shop", "command": "x" * 64}, 1, "u" * 64)
    assert first.scope == Scope("n" * 64, "v", {"k0": 0, "k1": 1, "k2": 2}, 2)
    assert "resource attribute command: cut to 64 of 100 characters" in first.notes
    assert "5 scope attributes came, the first 3 are kept" in first.notes
    # One object for all: the store tells resources apart by identity first.
    assert second.resource is first.resource
    assert second.scope is first.scope


def test_what_is_cut_of_one_resource_is_not_said_of_the_next() -> None:
    long = A_SPAN._replace(resource=Resource({"command": "x" * 100}))
    assert [len(span.notes) for span in judged(A_SPAN, long, A_SPAN).spans] == [0, 1, 0]


def test_a_nested_value_is_kept_up_to_the_limit() -> None:
    value = {"list": ["a" * 40, "b" * 40, 5], "more": {"c": 1}}
    span = kept(attributes={"x": value})
    assert span.attributes["x"] == {"list": ["a" * 40, "b" * 16]}
    assert span.notes == ("attribute x: only 64 characters of a larger value are kept",)


@pytest.mark.parametrize(
    "value",
    [b"x" * 100, "x\0" + "💡" * 100, "x" * 62 + "\ud800éé", [1e300] * 40, [float("nan")] * 9,
     {"$int": 5, "b": "x" * 99}, {"$bytes": 5},
     {"$text": "x" * 100}, {"$map": {"$map": "x" * 100}}, {"\0" * 60: 1, "y": 2}, [1 << 70] * 9,
     {"$bytes": ["x" * 100]}],
)  # fmt: skip
def test_whatever_is_cut_can_still_be_read(value: Any) -> None:
    span = kept(attributes={"x": from_python(value), "long": "x" * 65})
    read = to_python(span.attributes["x"])
    assert type(read) is type(value) or read is None
    if isinstance(value, str | bytes):
        assert value.startswith(read)
        assert len(read) >= 40


def test_a_senders_map_that_looks_like_a_tag_harms_nobody() -> None:
    value = map_value({"$bytes": 5})
    assert kept(attributes={"x": value, "long": "x" * 65}).attributes["x"] == value


def test_what_is_left_of_a_map_does_not_become_a_tag() -> None:
    value = map_value({"$bytes": "not base64!", "more": "x" * 100, "rest": "y"})
    read = to_python(kept(attributes={"x": value}).attributes["x"])
    assert read["$bytes"] == "not base64!"


def test_notes_are_bounded_and_come_after_those_that_were_there() -> None:
    limits = Limits(attributes=1_000, value_length=64)
    span = kept(limits, attributes={str(n): "x" * 65 for n in range(100)}, notes=("first",))
    assert len(span.notes) == MOST_NOTES + 1
    assert span.notes[0] == "first"


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=80) | st.binary(max_size=80)
keys = st.text(max_size=9) | st.sampled_from(["$bytes", "$text", "$map", "$int", "$double"])
wild = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(keys, inner))


@given(st.dictionaries(keys, wild, max_size=5))
def test_any_value_is_kept_readable_and_within_bounds(attributes: dict[str, Any]) -> None:
    span = kept(attributes={f"k{key}": from_python(value) for key, value in attributes.items()})
    assert len(span.attributes) <= SMALL.attributes
    for value in span.attributes.values():
        to_python(value)
        assert len(json.dumps(value)) < 3_000


@given(st.dictionaries(keys, wild, max_size=3))
def test_judging_again_changes_nothing(attributes: dict[str, Any]) -> None:
    once = kept(attributes={f"k{key}": from_python(value) for key, value in attributes.items()})
    if not once.notes:
        assert kept(attributes=once.attributes) == once
