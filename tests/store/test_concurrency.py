from __future__ import annotations

import random
import threading
from collections.abc import Callable

import pytest
from django.db import connection

from tests.spans import a_span, batches, many_spans
from tests.stored import another_connection, at_once, count, rows
from traces import queries
from traces.core.span import Span
from traces.store import Unavailable, Writer

pytestmark = pytest.mark.usefixtures("committed")


def sender(spans: list[Span], seed: int, writers: list[Writer], start: threading.Barrier) -> Callable[[], None]:
    """Sends all spans in an order and in batches of its own."""

    def send() -> None:
        writer = Writer()
        writers.append(writer)
        chance = random.Random(seed)
        start.wait(30)
        for batch in batches(spans, chance):
            writer.write(batch, maybe_stored=chance.random() < 0.3)

    return send


def deadlocks() -> int:
    rows("select pg_stat_clear_snapshot()")
    found: int = rows("select deadlocks from pg_stat_database where datname = current_database()")[0][0]
    return found


def test_overlapping_batches_of_many_writers_are_stored_once_without_a_deadlock() -> None:
    before, total = deadlocks(), 0
    for round_ in range(6):
        spans = many_spans(240, traces=12, seed=round_)
        start = threading.Barrier(8)
        assert at_once([sender(spans, seed, [], start) for seed in range(8)]) == []
        total += 240
        assert count() == total
    assert rows("select sum(span_count)::int, sum(error_count)::int from trace") == [(total, total // 5)]
    assert rows("select sum(n)::int from trace, unnest(service_spans) n") == [(total,)]
    assert deadlocks() == before


def test_plain_and_staged_writing_lock_in_the_same_order() -> None:
    """Ids above half are negative in the database: sorted there as numbers, two writers would wait for each other."""
    before = deadlocks()
    for round_ in range(1, 11):
        spans = [a_span(trace=round_, span=n) for n in (*range(1, 400), 1 << 63)]
        start = threading.Barrier(4)

        def send(staged: bool, spans: list[Span] = spans, start: threading.Barrier = start) -> None:
            writer = Writer()
            start.wait(30)
            writer.write(spans, maybe_stored=staged)

        works = [lambda staged=staged: send(staged) for staged in (False, True, True, False)]
        assert at_once(works) == []
    assert count() == 4_000
    assert deadlocks() == before


def test_summary_counts_what_two_writers_add_to_one_trace_at_once() -> None:
    spans = [a_span(span=n, parent=1 if n > 1 else None, service=f"s{n % 5}") for n in range(1, 401)]
    start = threading.Barrier(4)

    def send(part: list[Span]) -> None:
        writer = Writer()
        start.wait(30)
        for span in part:
            writer.write([span])

    assert at_once([lambda n=n: send(spans[n::4]) for n in range(4)]) == []  # type: ignore[misc]
    summary = queries.trace_summary(spans[0].trace_id)
    assert summary is not None
    assert (summary.span_count, summary.version) == (400, 400)
    assert {name: counts.spans for name, counts in summary.services.items()} == {f"s{n}": 80 for n in range(5)}


def terminate(pid: int) -> None:
    with another_connection(autocommit=True) as other:
        other.execute("select pg_terminate_backend(%s, 5000)", (pid,))


def test_killed_backend_is_unavailable_and_then_works_again() -> None:
    writer = Writer()
    writer.write([a_span(span=1)])
    terminate(connection.connection.info.backend_pid)
    with pytest.raises(Unavailable):
        writer.write([a_span(span=1), a_span(span=2)])
    assert writer.write([a_span(span=1), a_span(span=2)]) == 1
    assert count() == 2


def test_asking_a_killed_backend_what_is_stored_is_unavailable() -> None:
    writer = Writer()
    writer.write([a_span()])
    terminate(connection.connection.info.backend_pid)
    with pytest.raises(Unavailable):
        writer.stored([a_span()])
    assert writer.stored([a_span()]) == {0}


def test_reader_gets_a_new_connection_after_a_lost_one() -> None:
    Writer().write([a_span()])
    terminate(connection.connection.info.backend_pid)
    with pytest.raises(Exception, match=r"terminat|closed"):
        queries.trace_spans(a_span().trace_id)
    connection.close()
    assert len(queries.trace_spans(a_span().trace_id)) == 1


def test_nothing_acknowledged_is_lost_while_backends_are_killed() -> None:
    acknowledged: set[bytes] = set()
    done = threading.Event()

    def send(seed: int) -> None:
        writer = Writer()
        for n in range(25):
            spans = many_spans(6, traces=2, seed=seed * 1_000 + n)
            for _ in range(1_000):
                try:
                    writer.write(spans)
                except Unavailable:
                    continue
                acknowledged.update(span.trace_id + span.span_id for span in spans)
                break

    def kill() -> None:
        with other:
            while not done.wait(0.03):
                other.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()"
                    " and pid <> all(%s) and backend_type = 'client backend' order by random() limit 1",
                    ([mine, other.info.backend_pid],),
                )

    connection.ensure_connection()
    mine, other = connection.connection.info.backend_pid, another_connection(autocommit=True)
    killer = threading.Thread(target=kill)
    killer.start()
    try:
        assert at_once([lambda seed=seed: send(seed) for seed in range(4)]) == []  # type: ignore[misc]
    finally:
        done.set()
        killer.join(20)
    kept = {bytes(a) + bytes(b) for a, b in rows("select uuid_send(trace_id), int8send(span_id) from span")}
    assert acknowledged <= kept
    assert len(acknowledged) == 4 * 25 * 6
    assert rows("select sum(span_count)::int from trace") == [(len(kept),)]
