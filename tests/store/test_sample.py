from __future__ import annotations

import threading
from collections.abc import Sequence
from itertools import count as numbers
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from django.db import connection

from tests.spans import a_span
from tests.stored import another_connection, at_once, rows
from traces import queries
from traces.core.sample import ID_PREFIX, KEY, NAME
from traces.core.span import Resource, Span, Status
from traces.sessions import for_writing
from traces.store import Writer, sample

OF_SAMPLE = Resource({"service.name": "cart", KEY: NAME}, 0, "")
NOT_OF_SAMPLE = Resource({"service.name": "cart", KEY: "mine"}, 0, "")
# All that a row of `trace` says but the number of its writes; its services added up.
TRACE = """
select trace_id, start_ns, end_ns, duration_ns, head_span_id, head_start_ns, head_duration_ns, head_operation_id,
    head_name, has_root, span_count, error_count, weight,
    (select array_agg(distinct id) from unnest(operation_ids) as u (id)),
    (select array_agg((id, spans, errors) order by id) from (select id, sum(s) as spans, sum(e) as errors
        from unnest(service_ids, service_spans, service_errors) as u (id, s, e) group by id) as added)
from trace order by trace_id"""


def sample_id(number: int) -> bytes:
    return ID_PREFIX + number.to_bytes(10)


def of_sample(trace: int | bytes, *spans: Span) -> list[Span]:
    trace_id = sample_id(trace) if isinstance(trace, int) else trace
    return [span._replace(trace_id=trace_id, resource=OF_SAMPLE) for span in spans or [a_span()]]


def of_a_user(trace_id: bytes) -> list[Span]:
    """As much as two services say, one of them with an error; without a root."""
    spans = [
        a_span(span=11, parent=1, start=7, length=9, service="mine", name="work"),
        a_span(span=12, parent=11, start=8, length=2, service="other", name="x", status=Status.ERROR),
        a_span(span=13, parent=11, start=30, length=5, service="mine", name="work", trace_state="ot=th:8"),
    ]
    return [span._replace(trace_id=trace_id, resource=NOT_OF_SAMPLE) for span in spans]


def span_ids() -> list[int]:
    return [int.from_bytes(found) for (found,) in rows("select int8send(span_id) from span order by 1")]


def plain_cursor() -> psycopg.Cursor[Any]:
    return for_writing().cursor()


@pytest.mark.django_db
class TestRemoving:
    def test_sample_goes_and_other_traces_stay_as_they_are(self, writer: Writer) -> None:
        mine = [*of_a_user(b"m" * 16), *of_a_user(sample_id(7)), a_span(b"x" * 16, 99)]
        writer.write(mine)
        before = rows("select * from trace order by trace_id"), rows("select * from span order by 1, 2")
        writer.write([*of_sample(1), *of_sample(9, a_span(span=1), a_span(span=2, parent=1))])
        assert sample.remove(plain_cursor()) == (3, True)
        assert (rows("select * from trace order by trace_id"), rows("select * from span order by 1, 2")) == before

    def test_trace_with_spans_of_both_becomes_what_it_were_with_the_users_alone(self, writer: Writer) -> None:
        writer.write(of_a_user(sample_id(1)))
        alone = rows(TRACE)
        writer.write(of_sample(1, a_span(span=1, start=-50, length=500), a_span(span=2, parent=1, status=Status.ERROR)))
        assert rows(TRACE) != alone
        assert sample.remove(plain_cursor()) == (2, True)
        assert rows(TRACE) == alone
        assert span_ids() == [11, 12, 13]
        assert rows("select version from trace") == [(3,)]

    def test_root_of_the_users_stays_the_head(self, writer: Writer) -> None:
        root = [span._replace(trace_id=sample_id(1)) for span in [a_span(span=5, length=70, name="mine")]]
        writer.write(root)
        alone = rows(TRACE)
        writer.write(of_sample(1, a_span(span=1, start=-5), a_span(span=2, start=900)))
        sample.remove(plain_cursor())
        assert rows(TRACE) == alone

    def test_traces_that_begin_like_the_samples_are_no_sample(self, writer: Writer) -> None:
        writer.write(of_a_user(sample_id(1)))
        assert not queries.has_sample()
        assert not queries.is_of_sample(sample_id(1))
        assert sample.remove(plain_cursor()) == (0, True)
        assert rows("select version from trace") == [(1,)]

    def test_sample_is_known_as_long_as_a_span_of_it_is_there(self, writer: Writer) -> None:
        assert not queries.has_sample()
        writer.write([*of_sample(3), *of_a_user(sample_id(2))])
        assert queries.has_sample()
        assert queries.is_of_sample(sample_id(3))
        assert not queries.is_of_sample(sample_id(2))
        assert not queries.is_of_sample(b"x" * 16)
        sample.remove(plain_cursor())
        assert not queries.has_sample()

    def test_all_go_however_many_chunks_they_take(self, writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sample, "CHUNK", 3)
        writer.write([span for number in range(10) for span in of_sample(number)])
        assert sample.remove(plain_cursor()) == (10, True)
        assert sample.remove(plain_cursor()) == (0, True)
        assert span_ids() == []

    def test_time_that_is_up_is_said_and_the_next_goes_on(
        self, writer: Writer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sample, "CHUNK", 3)
        ticks = numbers()
        monkeypatch.setattr("traces.store.sample.time", SimpleNamespace(monotonic=lambda: next(ticks)))
        writer.write([span for number in range(10) for span in of_sample(number)])
        assert sample.remove(plain_cursor(), timeout_s=3) == (6, False)
        assert sample.remove(plain_cursor(), timeout_s=9) == (4, True)

    def test_sample_can_be_loaded_again_by_a_process_that_remembers_it(self, writer: Writer) -> None:
        writer.write(of_sample(1))
        sample.remove(plain_cursor())
        writer.write(of_sample(2))
        assert queries.has_sample()
        assert sample.remove(plain_cursor()) == (1, True)


@pytest.mark.usefixtures("committed")
class TestAtTheSameTime:
    def test_users_spans_that_arrive_meanwhile_are_all_counted(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sample, "CHUNK", 5)
        traces = range(40)
        Writer().write([span for n in traces for span in of_sample(n, *(a_span(span=k) for k in range(1, 9)))])
        start = threading.Barrier(3)

        def add(first: int, trace_numbers: Sequence[int]) -> None:
            writer = Writer()
            start.wait(30)
            for n in trace_numbers:
                writer.write([a_span(sample_id(n), first + k, parent=1, start=k, service="mine") for k in range(6)])

        def remove() -> None:
            connection.ensure_connection()
            start.wait(30)
            with connection.connection.cursor() as cursor:
                sample.remove(cursor)

        works = [lambda: add(100, traces), lambda: add(200, traces[::-1]), remove]
        assert at_once(works) == []
        sample.remove(plain_cursor())
        assert rows("select count(*) from span") == [(40 * 12,)]
        assert rows("select distinct span_count, error_count, has_root, cardinality(service_ids) > 0 from trace") == [
            (12, 0, False, True)
        ]
        assert rows("select distinct (select sum(n)::int from unnest(service_spans) n) from trace") == [(12,)]

    def test_one_sends_at_a_time_and_stops_for_whoever_removes(self) -> None:
        connection.ensure_connection()
        with another_connection(autocommit=True) as one, another_connection(autocommit=True) as other:
            sender = one.cursor()
            assert sample.claim(sender)
            assert not sample.claim(other.cursor())
            assert not sample.is_unwanted(sender)
            removing = threading.Thread(target=sample.remove, args=(other.cursor(),))
            removing.start()
            while not sample.is_unwanted(sender):
                assert removing.is_alive()
            one.close()
            removing.join(20)
            assert not removing.is_alive()
            assert sample.claim(plain_cursor())
            plain_cursor().execute("select pg_advisory_unlock_all()")

    def test_sender_that_does_not_stop_is_told_about(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sample, "SENDER_TIMEOUT_S", 0.05)
        connection.ensure_connection()
        with another_connection(autocommit=True) as one:
            assert sample.claim(one.cursor())
            with pytest.raises(sample.Busy, match="does not stop"):
                sample.remove(plain_cursor())
