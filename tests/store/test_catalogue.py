from __future__ import annotations

from typing import Any

import psycopg
import pytest
from django.db import connection

from tests.spans import a_span
from tests.stored import OneTransactionWriter, at_once, count, execute, rows
from traces import queries
from traces.core.span import Kind, Resource, Scope
from traces.search import Search
from traces.store import Unavailable, Writer
from traces.store.catalogue import Catalogue


def found_by(**fields: str) -> set[int]:
    return {int.from_bytes(trace.trace_id) for trace in queries.search_traces(Search(**fields)).traces}  # type: ignore[arg-type]


@pytest.mark.usefixtures("db")
def test_names_beyond_the_limit_share_a_row_and_come_back_all_the_same() -> None:
    writer = OneTransactionWriter(most_operations=3)
    spans = [a_span(trace=n, name=f"GET /users/{n}") for n in range(1, 11)]
    for span in spans:
        writer.write([span])
    assert rows("select count(*) from operation where name is not null") == [(3,)]
    assert rows("select count(*) from operation where name is null") == [(1,)]
    for span in spans:
        summary = queries.trace_summary(span.trace_id)
        assert summary is not None
        assert (summary.service, summary.name) == ("shop", span.name)
        assert queries.trace_spans(span.trace_id)[0].name == span.name
        assert found_by(operation=span.name) == {int.from_bytes(span.trace_id)}
        assert found_by(operation=span.name, service="shop") == {int.from_bytes(span.trace_id)}
    assert found_by(operation="GET /users/11") == set()
    assert found_by(service="shop") == set(range(1, 11))
    assert len(queries.operations("shop")) == 3


@pytest.mark.usefixtures("db")
def test_limit_is_each_services_own() -> None:
    writer = OneTransactionWriter(most_operations=2)
    writer.write([a_span(trace=n, service=f"s{n % 3}", name=f"n{n}") for n in range(1, 31)])
    per_service = "select count(*) from operation where name is not null group by service_id"
    assert rows(per_service) == [(2,)] * 3
    assert rows("select count(*) from operation where name is null") == [(3,)]


@pytest.mark.usefixtures("db")
def test_kinds_beyond_the_limit_come_back_too() -> None:
    writer = OneTransactionWriter(most_operations=1)
    spans = [a_span(trace=n, name=f"n{n}", kind=kind) for n, kind in enumerate(Kind, 1)]
    for span in spans:
        writer.write([span])
    assert [queries.trace_spans(span.trace_id)[0].kind for span in spans] == list(Kind)


@pytest.mark.usefixtures("db")
def test_name_that_another_process_has_stored_is_found_though_this_one_counts_it_to_the_rest() -> None:
    one, other = OneTransactionWriter(most_operations=9), OneTransactionWriter(most_operations=2)
    other.write([a_span(trace=n, name=f"n{n}") for n in range(1, 4)])
    one.write([a_span(trace=9, name="n9")])
    other.write([a_span(trace=5, name="n9")])
    assert rows("select count(*) from span where name = 'n9'") == [(1,)]
    assert found_by(operation="n9") == {5, 9}


def test_same_resource_and_scope_have_one_row(writer: Writer) -> None:
    for n in range(1, 6):
        origin = {"host.name": "a", "pid": 1}
        writer.write([a_span(span=n, resource=Resource(dict(origin)), scope=Scope("lib", "1", {"x": n % 2}))])
    assert (count("resource"), count("scope")) == (1, 2)


def test_everything_is_learnt_once(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    span = a_span(resource=Resource({"a": 1}))
    writer.write([span])
    learnt: list[object] = []
    monkeypatch.setattr(Catalogue, "learn", lambda self, cursor, spans: learnt.append(spans))
    writer.write([span._replace(span_id=bytes(7) + b"\x02")])
    assert learnt == []


def test_catalogue_starts_anew_when_it_has_grown_large(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("traces.store.catalogue._MOST", 10)
    for n in range(1, 60):
        writer.write([a_span(trace=n, name=f"n{n}", resource=Resource({"n": n}), scope=Scope(f"s{n}"))])
    assert [queries.trace_spans(a_span(trace=n).trace_id)[0].name for n in (1, 30, 59)] == ["n1", "n30", "n59"]


@pytest.mark.usefixtures("committed")
def test_two_catalogues_that_learn_the_same_at_once_agree() -> None:
    def learn(own: Catalogue) -> None:
        spans = [
            a_span(service=f"s{n % 20}", name=f"n{n}", resource=Resource({"n": n % 50}), scope=Scope(f"l{n % 9}"))
            for n in range(200)
        ]
        connection.ensure_connection()
        with connection.connection.cursor() as cursor:
            own.learn(cursor, spans)
        learnt.append({(s.service, s.name, int(s.kind)): own.operation_id(s.service, s.name, s.kind) for s in spans})

    learnt: list[dict[Any, Any]] = []
    assert at_once([lambda: learn(Catalogue()) for _ in range(4)]) == []
    assert len(learnt) == 4
    assert all(one == learnt[0] for one in learnt)
    assert (count("service"), count("operation"), count("resource"), count("scope")) == (20, 200, 50, 9)


@pytest.mark.usefixtures("committed")
def test_nothing_of_another_database_is_remembered_after_a_lost_connection() -> None:
    writer = Writer()
    writer.write([a_span(service="before")])
    # The database is replaced by an empty one, whose numbers mean something else.
    execute("truncate span, trace, operation, service, resource, scope restart identity")
    Writer().write([a_span(trace=2, service="other", name="other")])
    connection.connection.close()
    with pytest.raises(Unavailable):
        writer.write([a_span()])
    queries.forget()
    writer.write([a_span(service="before", name="mine")])
    summary = queries.trace_summary(a_span().trace_id)
    assert summary is not None
    assert (summary.service, summary.name) == ("before", "mine")


def test_services_and_operations_are_listed_as_they_came(writer: Writer, cursor: psycopg.Cursor[Any]) -> None:
    writer.write([a_span(service="a\x00", name="n\ud800"), a_span(span=2, service="b", name="n", kind=Kind.CLIENT)])
    assert set(queries.services()) == {"a\x00", "b"}
    assert queries.operations("a\x00") == [queries.Operation("n\ud800", Kind.SERVER)]
    assert queries.operations("b") == [queries.Operation("n", Kind.CLIENT)]
    assert queries.operations("c'; drop table span --") == []
