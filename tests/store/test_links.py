"""Links are known at the span that they lead to, as long as the span that has them is stored."""

from __future__ import annotations

import importlib
import time
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from pytest_django import Settings

from tests.spans import a_span, id_bytes
from tests.store.test_sample import NOT_OF_SAMPLE, of_sample, plain_cursor, sample_id
from tests.stored import at_once, count, execute, rows
from traces import housekeeping
from traces.core.span import Link, Span
from traces.store import Writer, partitions, sample

LINKS = """
select target_trace_id, int8send(target_span_id), start_ns, trace_id, int8send(span_id), project from link
order by 1, 2, 3, 4, 5"""
DAY_S = 86_400
migration = importlib.import_module("traces.migrations.0003_links")


def link(trace: int, span: int) -> Link:
    return Link(id_bytes(trace, 16), id_bytes(span, 8))


def linking(trace: int | bytes = 1, span: int = 1, *links: Link, **fields: Any) -> Span:
    return a_span(trace, span, **fields)._replace(links=links)


def stored() -> list[tuple[int, int, int, int]]:
    """Target's trace and span, then who links there."""
    return [
        (target.int, int.from_bytes(target_span), trace.int, int.from_bytes(span))
        for target, target_span, _, trace, span, _ in rows(LINKS)
    ]


@pytest.mark.django_db
def test_span_is_stored_at_each_span_that_it_links_to(writer: Writer) -> None:
    high = 1 << 63 | 7
    first, second = linking(1, 1, link(8, 81), link(9, high), link(8, 81)), linking(1, high, link(8, 81))
    writer.write([second, a_span(span=3), first])
    assert stored() == [(8, 81, 1, 1), (8, 81, 1, high), (9, high, 1, 1)]
    assert rows("select distinct start_ns, project from link") == [(first.start_ns, 1)]


@pytest.mark.django_db
@pytest.mark.parametrize("maybe_stored", [False, True])
def test_links_that_come_again_are_stored_once(writer: Writer, maybe_stored: bool) -> None:
    spans = [linking(1, 1, link(8, 81)), linking(1, 2, link(8, 81))]
    writer.write(spans)
    # What is stored under an id stays, and so do its links, whatever comes under this id.
    again = [*spans, linking(1, 1, link(7, 71)), linking(1, 3, link(6, 61))]
    assert writer.write(again, maybe_stored=maybe_stored) == 1
    assert stored() == [(6, 61, 1, 3), (8, 81, 1, 1), (8, 81, 1, 2)]


@pytest.mark.django_db
def test_link_to_no_trace_leads_nowhere(writer: Writer) -> None:
    assert writer.write([linking(1, 1, link(0, 81))]) == 1
    assert stored() == []


@pytest.mark.django_db
def test_batch_without_links_asks_for_nothing_more(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("traces.store.links.ADD", "no statement")
    assert writer.write([a_span()]) == 1


@pytest.mark.django_db
def test_samples_links_go_with_it_and_others_stay(writer: Writer) -> None:
    users = linking(sample_id(1), 7, link(8, 81), resource=NOT_OF_SAMPLE)
    writer.write([*of_sample(1, linking(1, 1, link(8, 81)), linking(1, 2, link(8, 82))), users])
    assert count("link") == 3
    sample.remove(plain_cursor())
    assert [span for *_, span in stored()] == [7]


@pytest.mark.usefixtures("committed")
class TestCommitted:
    def test_same_links_sent_at_once_in_any_order_are_stored_once(self) -> None:
        spans = [linking(n, n, *(link(100 + k % 7, k) for k in range(n % 5 + 1))) for n in range(1, 41)]
        works = [lambda part=part: Writer().write(part) for part in (spans, spans[::-1], spans[20:] + spans[:20])]
        assert at_once(works) == []
        assert count("link") == sum(len(span.links) for span in spans)

    def test_retention_takes_links_with_what_has_them(self, settings: Settings) -> None:
        settings.RETENTION_S = 3 * DAY_S
        now_s = int(time.time())
        connection.ensure_connection()
        with connection.connection.cursor() as cursor:
            self._partitions(cursor, now_s)
            old, new = (now_s - 9 * DAY_S) * partitions.NS, now_s * partitions.NS
            gone = linking(1, 1, link(9, 1), start_ns=old)
            # A trace that reaches into the retention stays; its old span goes with its partition.
            part, rest = linking(2, 2, link(9, 1), start_ns=old), linking(2, 3, link(9, 1), start_ns=new)
            Writer().write([gone, part, rest, linking(9, 1, link(1, 1), start_ns=new)])
            housekeeping.retire(cursor)
        assert stored() == [(1, 1, 9, 1), (9, 1, 2, 3)]

    def _partitions(self, cursor: psycopg.Cursor[Any], now_s: int) -> None:
        for (name,) in rows("select inhrelid::regclass::text from pg_inherits where inhparent = 'span'::regclass"):
            execute(f"drop table {name}")
        for days in range(-10, 1):
            partitions.ensure(cursor, now_s=now_s + days * DAY_S, retention_s=3 * DAY_S)

    def test_migration_fills_in_what_is_stored_already_forwards_and_backwards(self) -> None:
        high = (1 << 64) - 2
        spans = [
            linking(1, 1, link(8, 81), link(8, 81), link(9, high), link(0, 5)),
            linking(2, high, link(8, 81), start_ns=1_000),  # in the partition of all that is old
            a_span(3, 3),
        ]
        Writer().write(spans)
        before = rows(LINKS)
        assert len(before) == 3
        MigrationExecutor(connection).migrate([("traces", "0002_partitions")])
        assert rows("select to_regclass('link')") == [(None,)]
        executor = MigrationExecutor(connection)
        executor.migrate(executor.loader.graph.leaf_nodes("traces"))
        assert rows(LINKS) == before
        # Once more, as after it was cut off.
        execute("delete from link where target_span_id = 81", migration.LINK)
        migration.fill(None, connection.schema_editor())
        assert rows(LINKS) == before
