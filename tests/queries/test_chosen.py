from __future__ import annotations

import pytest

from tests.spans import a_span
from traces import queries
from traces.core.span import Resource
from traces.core.values import Value
from traces.queries import chosen
from traces.search import Search
from traces.store import Writer


def values(*keys: str) -> list[tuple[Value, ...]]:
    """Of all traces, the newest first."""
    traces = queries.search_traces(Search()).traces
    found = queries.chosen_values(traces, keys)
    assert found is not None
    return [one.values for one in found]


def test_root_is_asked_first_then_the_first_span_with_the_key(writer: Writer) -> None:
    writer.write([
        a_span(1, 9, start=5, attributes={"a": "root", "only.root": 1}),
        a_span(1, 1, parent=9, start=2, attributes={"a": "earlier", "b": "first"}),
        a_span(1, 2, parent=9, start=6, attributes={"a": "later", "b": "second"}),
        a_span(2, 1, start=-9, attributes={"a": {"$double": "NaN"}}),
    ])  # fmt: skip
    assert values("a", "b", "only.root", "c") == [
        ("root", "first", 1, None),
        ({"$double": "NaN"}, None, None, None),
    ]


def test_resource_has_it_where_the_span_has_not(writer: Writer) -> None:
    writer.write([a_span(attributes={"a": 1}, resource=Resource({"a": 2, "region": "eu"}))])
    assert values("region", "a") == [("eu", 1)]


def test_long_value_is_cut_and_odd_keys_are_keys(writer: Writer) -> None:
    writer.write([a_span(attributes={"long": "x" * 9_000, "a'b%": [1, 2], "$text:YQBi": "nul"})])
    ((long, listed, nul),) = values("long", "a'b%", "a\0b")
    assert isinstance(long, queries.Cut)
    assert len(long.json) == chosen.LONGEST
    assert (listed, nul) == ([1, 2], "nul")


def test_of_a_large_trace_the_root_and_some_spans_are_read_and_that_is_said(
    writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chosen, "MOST_SPANS", 3)
    monkeypatch.setattr(chosen, "VALUES", chosen.VALUES.replace("limit 2000", "limit 3"))
    spans = [a_span(1, n, parent=99, attributes={"rare": n} if n == 50 else {}) for n in range(1, 60)]
    writer.write([*spans, a_span(1, 99, start=-1, attributes={"a": 1})])
    traces = queries.search_traces(Search()).traces
    assert queries.chosen_values(traces, ["a"]) == [queries.Chosen((1,), complete=True)]
    assert queries.chosen_values(traces, ["rare"]) == [queries.Chosen((None,), complete=False)]


def test_what_takes_too_long_is_not_known(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    writer.write([a_span()])
    monkeypatch.setattr(chosen, "VALUES", chosen.VALUES.replace("from unnest", "from pg_sleep(1), unnest", 1))
    monkeypatch.setattr(chosen, "TIMEOUT_MS", 20)
    assert queries.chosen_values(queries.search_traces(Search()).traces, ["a"]) is None


def test_nothing_is_asked_where_nothing_is_wanted(writer: Writer) -> None:
    writer.write([a_span()])
    assert values() == [()]
    assert queries.chosen_values([], ["a"]) == []
