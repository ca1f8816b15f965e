from __future__ import annotations

import pytest

from tests.core.drawing import a_span
from traces import queries
from traces.core.columns import id_bytes
from traces.core.span import Event, Kind, Resource, Span, Status
from traces.queries import matching
from traces.search.within import parse_find
from traces.store import Writer

SPANS = [
    a_span("root", service="shop", attributes={"user.id": "u_1"}),
    a_span("query", "root", service="payment", kind=Kind.CLIENT, attributes={"n": 5, "said": 'a "quoted" 100% märz'}),
    a_span("failed", "root", service="payment", status=Status.ERROR, status_message="Card declined"),
    a_span("thrown", "root", events=(Event(1, "exception", {"exception.message": "No Such Key"}),)),
    a_span("far", "root", resource=Resource({"cloud.region": "eu-west-1"}, 0, "")),
]


def found(writer: Writer, typed: str, spans: list[Span] = SPANS) -> list[str]:
    writer.write([*spans, *(span._replace(trace_id=bytes([9]) * 16) for span in spans)])
    keys, complete = queries.matching_spans(spans[0].trace_id, parse_find(typed))
    assert complete
    return sorted(id_bytes(span_id).decode().strip("_") for span_id, _ in keys)


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("payment", ["failed", "query"]),
        ("QUERY", ["query"]),
        ("card declined", ["failed"]),
        ("no such key", ["thrown"]),
        ("eu-west", ["far"]),
        ("u_1", ["root"]),
        ('"quoted"', ["query"]),
        ('a "quoted" 100% märz', ["query"]),
        ("100_", []),
        ("user.id=u_1", ["root"]),
        ("n=5 kind=client", ["query"]),
        ("n=5 status=error", []),
        ("service=payment declined", ["failed"]),
        ("cloud.region=eu-west-1", ["far"]),
        ("nowhere", []),
        ("", []),
    ],
)
def test_spans_that_fulfil_all_of_it_are_found(writer: Writer, typed: str, names: list[str]) -> None:
    assert found(writer, typed) == names


def test_trace_that_is_not_here_has_no_matches(writer: Writer) -> None:
    assert queries.matching_spans(bytes([7]) * 16, parse_find("x")) == ([], True)


def test_looking_that_takes_too_long_says_so(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    writer.write(SPANS)
    monkeypatch.setattr(matching, "TIMEOUT_MS", 1)
    monkeypatch.setattr(matching, "MATCHING", matching.MATCHING.replace("({})", "pg_sleep(0.2) is not null and ({})"))
    assert queries.matching_spans(SPANS[0].trace_id, parse_find("x")) == ([], False)
