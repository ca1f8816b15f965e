from __future__ import annotations

import threading

import pytest
from django.db import DataError

from tests.spans import a_span, id_bytes
from tests.stored import at_once
from traces import queries
from traces.core.span import NO_ATTRIBUTES, Event, Link, Resource, Scope
from traces.queries import names
from traces.store import Writer


def test_trace_that_doesnt_exist_has_nothing(writer: Writer) -> None:
    writer.write([a_span(1)])
    unknown = id_bytes(2, 16)
    assert queries.trace_summary(unknown) is None
    assert queries.trace_spans(unknown) == []
    assert list(queries.stream_spans(unknown)) == []
    assert queries.span_details(unknown, id_bytes(1, 8)) == []
    assert queries.span_details(id_bytes(1, 16), id_bytes(2, 8)) == []


def test_spans_come_by_start_and_then_by_id(writer: Writer) -> None:
    writer.write([a_span(span=3, start=1), a_span(span=2, start=2), a_span(span=1, start=2), a_span(span=9)])
    ids = [int.from_bytes(span.span_id) for span in queries.trace_spans(id_bytes(1, 16))]
    assert ids == [9, 3, 1, 2]
    assert [int.from_bytes(span.span_id) for span in queries.stream_spans(id_bytes(1, 16))] == ids


def test_span_without_anything_has_nothing(writer: Writer) -> None:
    writer.write([a_span()])
    (found,) = queries.span_details(id_bytes(1, 16), id_bytes(1, 8))
    assert found.attributes is NO_ATTRIBUTES
    assert (found.events, found.links, found.notes, found.status_message) == ((), (), (), "")


def test_events_and_links_keep_their_order(writer: Writer) -> None:
    events = tuple(Event(9 - n, f"e{n}", {"n": n}, n) for n in range(5))
    links = tuple(Link(id_bytes(n, 16), id_bytes(n, 8), f"s={n}", n, {"n": n}, n) for n in range(5))
    writer.write([a_span(events=events, links=links)])
    (found,) = queries.span_details(id_bytes(1, 16), id_bytes(1, 8))
    assert (found.events, found.links) == (events, links)


def test_large_trace_is_streamed_whole(writer: Writer) -> None:
    spans = [a_span(span=n, start=n, attributes={"n": n}) for n in range(1, 1_502)]
    writer.write(spans)
    assert [span.attributes["n"] for span in queries.stream_spans(id_bytes(1, 16))] == list(range(1, 1_502))
    assert len(queries.trace_spans(id_bytes(1, 16))) == 1_501


def test_stream_that_nobody_finishes_leaves_the_connection_usable(writer: Writer) -> None:
    writer.write([a_span(span=n) for n in range(1, 1_000)])
    for _ in range(3):
        stream = queries.stream_spans(id_bytes(1, 16))
        next(stream)
        stream.close()  # type: ignore[attr-defined]
    assert len(queries.trace_spans(id_bytes(1, 16))) == 999


def test_stream_reads_the_first_spans_before_anybody_asks(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    writer.write([a_span()])
    monkeypatch.setattr("traces.queries.spans.FIRST_SPANS", "select 1 / 0 from span where %s is null or %s < %s")
    with pytest.raises(DataError):
        queries.stream_spans(id_bytes(1, 16))


def test_names_are_found_again_after_too_many_were_remembered(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names, "_MOST", 3)
    spans = [
        a_span(n, service=f"s{n}", name=f"n{n}", resource=Resource({"n": n}), scope=Scope(f"l{n}"))
        for n in range(1, 20)
    ]
    writer.write(spans)
    for _ in range(2):
        for span in spans:
            summary = queries.trace_summary(span.trace_id)
            assert summary is not None
            assert (summary.service, list(summary.services)) == (span.service, [span.service])
            (found,) = queries.span_details(span.trace_id, span.span_id)
            assert (found.name, found.resource.attributes["n"]) == (span.name, span.resource.attributes["n"])
            assert found.scope.name == span.scope.name


@pytest.mark.usefixtures("committed")
def test_threads_that_forget_while_others_read_dont_disturb_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names, "_MOST", 5)
    spans = [a_span(n, service=f"s{n % 17}", name=f"n{n}") for n in range(1, 60)]
    Writer().write(spans)
    start = threading.Barrier(4)

    def read() -> None:
        start.wait(20)
        for span in spans:
            assert queries.trace_spans(span.trace_id)[0].name == span.name

    assert at_once([read] * 4) == []


def test_columns_tell_the_instances_of_their_spans(writer: Writer) -> None:
    one = Resource({"service.name": "shop", "service.instance.id": "1", "host.name": "a"})
    again = Resource({"service.name": "shop", "service.instance.id": "1", "host.name": "a", "new": True})
    other = Resource({"service.name": "shop", "process.pid": 17})
    resources = [one, other, again, Resource()]
    writer.write([a_span(span=n, start=n, resource=resource) for n, resource in enumerate(resources, 1)])
    columns = queries.trace_columns(id_bytes(1, 16))[1]
    assert [columns.resources[place] for place in columns.resource_places] == [
        ("shop", "1", "a"), ("shop", "17", ""), ("shop", "1", "a"), ("", "", ""),
    ]  # fmt: skip
