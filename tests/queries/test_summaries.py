from __future__ import annotations

from tests.spans import MILLISECOND, a_span, id_bytes
from traces import queries
from traces.core.span import Status
from traces.queries import ServiceCount
from traces.search import Search
from traces.store import Writer


def test_summary_says_what_a_list_needs(writer: Writer) -> None:
    writer.write(
        [
            a_span(span=1, length=10, service="web", name="GET /"),
            a_span(span=2, parent=1, start=5, length=20, service="db", status=Status.ERROR),
            a_span(span=3, parent=1, start=6, service="db", trace_state="ot=th:8"),
        ]
    )
    found = queries.trace_summary(id_bytes(1, 16))
    assert found is not None
    assert (found.trace_id, found.root_span_id, found.has_root) == (id_bytes(1, 16), id_bytes(1, 8), True)
    assert (found.service, found.name, found.span_count, found.error_count) == ("web", "GET /", 3, 1)
    assert (found.duration_ns, found.extent_ns) == (10 * MILLISECOND, 25 * MILLISECOND)
    assert list(found.services.items()) == [("db", ServiceCount(2, 1)), ("web", ServiceCount(1, 0))]
    assert (found.version, found.weight) == (1, 2.0)


def test_list_and_page_say_the_same(writer: Writer) -> None:
    writer.write([a_span(1), a_span(2, span=5, parent=3, name="orphan")])
    listed = queries.search_traces(Search()).traces
    assert listed == [queries.trace_summary(trace.trace_id) for trace in listed]
    assert len(listed) == 2


def test_service_of_the_most_spans_comes_first_and_equals_by_name(writer: Writer) -> None:
    services = ["b", "a", "c", "c"]
    for n, service in enumerate(services, 1):
        writer.write([a_span(span=n, service=service)])
    found = queries.trace_summary(id_bytes(1, 16))
    assert found is not None
    assert list(found.services) == ["c", "a", "b"]
