from __future__ import annotations

from tests.spans import a_span
from traces import queries
from traces.core.span import Resource
from traces.core.tree import trace_of
from traces.core.values import key_text
from traces.queries import Cut
from traces.store import Writer

TRACE_ID = a_span().trace_id


def values(key: str, **bounds: int) -> object:
    return queries.attribute_values(trace_of(queries.trace_columns(TRACE_ID)[1]), key, **bounds)


def test_values_are_those_of_the_spans_and_else_of_their_resources(writer: Writer) -> None:
    writer.write(
        [
            a_span(span=1, start=0, attributes={"k": "own"}, resource=Resource({"k": "theirs"})),
            a_span(span=2, parent=1, start=1, resource=Resource({"k": 7})),
            a_span(span=3, parent=1, start=2, attributes={"k": None, "other": 1}),
            a_span(span=4, parent=9, start=3),  # its parent isn't here, so a row stands in for it
            a_span(span=5, parent=1, start=4, attributes={"k": ["a", {"b": 1.5}]}),
        ]
    )
    assert values("k") == ["own", 7, None, None, ["a", {"b": 1.5}], None]
    assert values("nothing") == [None] * 6


def test_long_values_go_by_their_beginning(writer: Writer) -> None:
    writer.write([a_span(attributes={key_text("k\x00"): "é" * 400})])
    assert values("k\x00") == [Cut('"' + "é" * 299)]


def test_what_takes_too_long_is_given_up(writer: Writer) -> None:
    writer.write([a_span(span=n, start=n, attributes={"k": "x" * 30_000}) for n in range(1, 300)])
    assert values("k", timeout_ms=1) is None
