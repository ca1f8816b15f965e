from __future__ import annotations

import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.spans import START_NS, a_span, id_bytes, like_python, wild_spans
from tests.stored import execute, rows
from traces import queries
from traces.core.span import Resource, Scope, Span
from traces.store import Unavailable, Unstorable, Writer

in_one_database = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
_fresh = itertools.count(1 << 100)


def read_back(span: Span) -> list[Span]:
    return [like_python(found) for found in queries.span_details(span.trace_id, span.span_id)]


@in_one_database
@given(spans=st.lists(wild_spans, min_size=1, max_size=3))
def test_everything_a_span_carries_comes_back(writer: Writer, spans: list[Span]) -> None:
    trace_id = id_bytes(next(_fresh), 16)
    spans = [span._replace(trace_id=trace_id, span_id=id_bytes(n + 1, 8)) for n, span in enumerate(spans)]
    assert writer.write(spans) == len(spans)
    for span in spans:
        assert read_back(span) == [like_python(span)]
    in_order = sorted(map(like_python, spans), key=lambda span: (span.start_ns, span.span_id))
    assert list(map(like_python, queries.stream_spans(trace_id))) == in_order


@in_one_database
@given(span=wild_spans)
def test_narrow_spans_are_the_whole_ones_without_their_load(writer: Writer, span: Span) -> None:
    span = span._replace(trace_id=id_bytes(next(_fresh), 16))
    writer.write([span])
    assert queries.trace_spans(span.trace_id) == [Span(*span[:9])]


@in_one_database
@given(span=wild_spans)
def test_what_came_again_comes_back_unchanged(writer: Writer, span: Span) -> None:
    span = span._replace(trace_id=id_bytes(next(_fresh), 16))
    writer.write([span])
    more = span._replace(start_ns=span.start_ns + 1)
    assert writer.write([span, more], maybe_stored=True) == 1
    assert read_back(span) == [like_python(span), like_python(more)]


@pytest.mark.parametrize("flags", [0, 1, 257, (1 << 31) - 1, 1 << 31, (1 << 32) - 1])
def test_all_flags_are_kept(writer: Writer, flags: int) -> None:
    writer.write([span := a_span(flags=flags)])
    assert read_back(span)[0].flags == flags


@pytest.mark.parametrize("text", ["n" * 32_768, "\x00" * 32_768, "ü" * 32_768, "\ud800", "$text:", "$text:!", "%s", ""])
def test_long_and_odd_names_are_kept(writer: Writer, text: str) -> None:
    span = a_span(name=text, service=(text or "s")[:1_000], status_message=text, trace_state=text)
    writer.write([span])
    assert read_back(span) == [span]


def test_names_that_differ_at_their_end_alone_stay_apart(writer: Writer) -> None:
    spans = [a_span(span=n, name="n" * 30_000 + str(n), service="s" * 999 + str(n)) for n in range(1, 6)]
    writer.write(spans)
    assert [span.name[-1] + span.service[-1] for span in queries.trace_spans(spans[0].trace_id)] == [
        "11", "22", "33", "44", "55",
    ]  # fmt: skip


def test_counts_of_dropped_things_are_kept_up_to_32_bits(writer: Writer) -> None:
    most = (1 << 32) - 1
    span = a_span(
        dropped_attributes=most,
        dropped_events=most,
        dropped_links=most,
        resource=Resource({}, most, ""),
        scope=Scope("", "", {}, most, ""),
    )
    writer.write([span])
    assert read_back(span) == [span]


def test_values_of_like_look_keep_their_type(writer: Writer) -> None:
    values = [1, True, "1", "true", 1.0, 1.5, None, [], {}, [1, True, None]]
    span = a_span(attributes={str(n): value for n, value in enumerate(values)})
    same = span._replace(resource=Resource({"n": 1}), span_id=id_bytes(2, 8))
    other = span._replace(resource=Resource({"n": True}), span_id=id_bytes(3, 8))
    writer.write([span, same, other])
    found = [[repr(value) for value in read_back(one)[0].attributes.values()] for one in (span, same, other)]
    assert found == [[repr(value) for value in values]] * 3
    kept = [repr(read_back(one)[0].resource.attributes["n"]) for one in (same, other)]
    assert kept == ["1", "True"]


@pytest.mark.parametrize("start_ns", [0, 1, 1_000_000_000, 86_400 * 10**9, START_NS])
def test_times_of_long_ago_lie_before_the_first_partition(writer: Writer, start_ns: int) -> None:
    span = a_span(start_ns=start_ns, duration_ns=0)
    writer.write([span])
    assert rows("select tableoid::regclass::text from span") == [("span_before",)]
    assert read_back(span) == [span]
    assert queries.trace_summary(span.trace_id) is not None


def test_nothing_is_nothing(writer: Writer) -> None:
    assert writer.write([]) == 0
    assert rows("select count(*) from trace") == [(0,)]


def test_one_impossible_span_stores_none_of_its_batch(writer: Writer) -> None:
    # jsonb refuses this text; the doors tag it, so it can only be a mistake of ours.
    with pytest.raises(Unstorable):
        writer.write([a_span(span=1), a_span(span=2, attributes={"bad": "\x00"})])
    assert rows("select count(*) from span") == [(0,)]
    assert writer.write([a_span(span=1)]) == 1


def test_number_too_large_for_its_column_is_unstorable(writer: Writer) -> None:
    with pytest.raises(Unstorable):
        writer.write([a_span(duration_ns=1 << 63)])
    with pytest.raises(Unstorable):
        writer.write([a_span(start_ns=START_NS, duration_ns=(1 << 63) - 1)])
    assert writer.write([a_span()]) == 1


def test_error_message_repeats_no_value(writer: Writer) -> None:
    with pytest.raises(Unstorable) as caught:
        writer.write([a_span(attributes={"password": "hunter2\x00"})])
    assert "hunter2" not in str(caught.value)


@pytest.mark.usefixtures("committed")
def test_database_that_takes_no_writes_is_unavailable() -> None:
    """As after a fail-over: the same spans can be stored later, so their sender must keep them."""
    writer = Writer()
    execute("set default_transaction_read_only = on")
    with pytest.raises(Unavailable):
        writer.write([a_span()])
    assert writer.write([a_span()]) == 1
