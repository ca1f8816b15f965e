from __future__ import annotations

import pytest

from tests.spans import a_span, id_bytes
from traces import queries
from traces.core.span import Span
from traces.queries import TraceSummary, neighbours
from traces.store import Writer


def stored(writer: Writer, *spans: Span) -> TraceSummary:
    writer.write(spans)
    trace = queries.trace_summary(spans[0].trace_id)
    assert trace is not None
    return trace


def test_parent_is_named(writer: Writer) -> None:
    child = a_span(span=2, parent=1)
    trace = stored(writer, a_span(span=1, service="shop", name="POST /checkout"), child)
    assert queries.parent_of(child, trace) == ("shop", "POST /checkout")


def test_no_parent_and_one_that_is_not_here_are_none(writer: Writer) -> None:
    root, orphan = a_span(span=1), a_span(span=2, parent=9)
    trace = stored(writer, root, orphan)
    assert queries.parent_of(root, trace) is None
    assert queries.parent_of(orphan, trace) is None


def test_parent_in_another_trace_is_none(writer: Writer) -> None:
    child = a_span(trace=1, span=2, parent=7)
    stored(writer, a_span(trace=2, span=7))
    assert queries.parent_of(child, stored(writer, child)) is None


def test_children_are_counted_but_not_theirs(writer: Writer) -> None:
    root = a_span(span=1)
    trace = stored(writer, root, *(a_span(span=n, parent=1) for n in (2, 3, 4)), a_span(span=5, parent=2))
    assert queries.children_of(root, trace) == 3
    assert queries.children_of(a_span(span=5), trace) == 0


def test_children_of_a_large_trace_are_not_counted(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbours, "COUNTED_UP_TO", 2)
    root = a_span(span=1)
    trace = stored(writer, root, a_span(span=2, parent=1))
    assert queries.children_of(root, trace) == 1
    assert queries.children_of(root, stored(writer, a_span(span=3, parent=1))) is None


def test_traces_that_are_here_are_told_from_others(writer: Writer) -> None:
    stored(writer, a_span(trace=1, name="a"))
    stored(writer, a_span(trace=2, name="b"))
    found = queries.traces_here(id_bytes(n, 16) for n in (1, 2, 2, 3))
    assert {trace_id: trace.name for trace_id, trace in found.items()} == {id_bytes(1, 16): "a", id_bytes(2, 16): "b"}
    assert queries.traces_here([]) == {}
