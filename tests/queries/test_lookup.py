from __future__ import annotations

import pytest

from tests.spans import START_NS, a_span, id_bytes
from traces import queries
from traces.core.span import Resource
from traces.queries import lookup
from traces.queries.reading import fetch
from traces.store import Writer

NOW_NS = START_NS + 10**9


def places(value: str) -> list[str]:
    return queries.places_of(value, now_ns=NOW_NS).keys


def test_stored_traces_come_in_the_order_in_which_they_were_asked_for(writer: Writer) -> None:
    writer.write([a_span(1), a_span(2), a_span(3)])
    asked = [id_bytes(n, 16) for n in (3, 9, 1)]
    assert [stored.trace.trace_id for stored in queries.stored_traces(asked)] == [asked[0], asked[2]]
    assert queries.stored_traces([]) == []


def test_first_of_the_asked_spans_that_the_trace_has_is_named(writer: Writer) -> None:
    writer.write([a_span(1, 7), a_span(1, (1 << 64) - 5, parent=7), a_span(2, 8)])
    asked = [id_bytes(n, 8) for n in (99, (1 << 64) - 5, 7)]
    found = queries.stored_traces([id_bytes(1, 16), id_bytes(2, 16)], asked)
    assert [stored.span_id for stored in found] == [asked[1], b""]


def test_trace_is_found_by_a_span_of_it(writer: Writer) -> None:
    writer.write([a_span(1, 7), a_span(2, 7), a_span(3, (1 << 64) - 5)])
    by_one = queries.traces_of_spans([id_bytes((1 << 64) - 5, 8)])
    assert [(stored.trace.trace_id, stored.span_id) for stored in by_one or []] == [
        (id_bytes(3, 16), id_bytes((1 << 64) - 5, 8))
    ]
    assert len(queries.traces_of_spans([id_bytes(7, 8)]) or []) == 2
    assert queries.traces_of_spans([id_bytes(6, 8)]) == []


def test_value_is_found_under_keys_that_spans_happen_to_have(writer: Writer) -> None:
    writer.write([
        a_span(1, attributes={"order.id": "order-1234", "shelf": "B7"}),
        a_span(2, attributes={"app.parcel": "order-1234", "shelf": 42}),
    ])  # fmt: skip
    assert places("order-1234") == ["order.id", "app.parcel"]
    assert places("B7") == ["shelf"]
    assert places("42") == ["shelf"]
    assert places("order-12345") == []


def test_usual_key_is_tried_even_where_the_sample_has_not_seen_it(writer: Writer) -> None:
    assert places("u-1") == []
    writer.write([a_span(1, attributes={"user.id": "u-1", "pet": "u-1"})])
    assert places("u-1") == ["user.id"]
    lookup.forget()
    assert places("u-1") == ["user.id", "pet"]


def test_value_of_a_resource_is_found_under_any_key(writer: Writer) -> None:
    writer.write([a_span(1, resource=Resource({"rack": "r-17", "slots": 8}))])
    assert places("r-17") == ["rack"]
    assert places("8") == ["slots"]


def test_key_with_spaces_or_quotes_is_found_like_any_other(writer: Writer) -> None:
    writer.write([a_span(1, attributes={"with space": "v"}, resource=Resource({'quo"te': "v"}))])
    assert queries.places_of("v", now_ns=NOW_NS).keys == ["with space", 'quo"te']


@pytest.mark.parametrize("text", ["'", '"', "%", "\x00", "\ud800", "{}", "null", "1e999", "true", "", "x" * 30_000])
def test_hostile_value_is_found_where_it_is(writer: Writer, text: str) -> None:
    from traces.core.values import from_python

    assert places(text) == []
    writer.write([a_span(1, attributes={"user.id": from_python(text)})])
    assert places(text) == ["user.id"]


def test_keys_of_older_spans_are_tried_too(writer: Writer) -> None:
    hour_ms = 3_600_000
    writer.write([a_span(n, start=-n, attributes={"new": n}) for n in range(200)])
    writer.write([a_span(900, start=-2 * hour_ms, attributes={"old": "o-1"})])
    assert places("o-1") == ["old"]


def test_keys_are_tried_through_the_index_one_by_one(writer: Writer) -> None:
    writer.write([a_span(n, n, start=n, attributes={"user.id": n}) for n in range(1, 3_000)])
    fetch("select set_config('enable_seqscan', 'off', true)")
    params = (["user.id", "pet"], ['{"user.id": 1}', '{"pet": 1}'])
    plan = "\n".join(line for (line,) in fetch(f"explain (costs off) {lookup.KEYS_OF_SPANS}", params))
    assert "attributes" in plan
    assert "Bitmap Index Scan" in plan
    assert "Seq Scan on span" not in plan


@pytest.mark.usefixtures("committed")
def test_lookup_that_takes_too_long_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    Writer().write([a_span(1, attributes={"user.id": "u-1"})])
    monkeypatch.setattr(lookup, "TIMEOUT_MS", 30)
    monkeypatch.setattr(lookup, "KEYS_OF_SPANS", f"{lookup.KEYS_OF_SPANS} and pg_sleep(0.05) is not null")
    monkeypatch.setattr(lookup, "TRACES_OF_SPANS", f"{lookup.TRACES_OF_SPANS[:-9]} and pg_sleep(0.05) is not null")
    assert not queries.places_of("u-1", now_ns=NOW_NS).complete
    assert queries.traces_of_spans([id_bytes(1, 8)]) is None
