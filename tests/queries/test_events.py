from __future__ import annotations

import pytest

from tests.spans import MILLISECOND, START_NS, a_span, id_bytes
from traces import queries
from traces.core.span import Event
from traces.store import Writer

TRACE = id_bytes(7, 16)


def event(name: str, at: int, **attributes: str) -> Event:
    return Event(START_NS + at * MILLISECOND, name, attributes)


@pytest.fixture
def extent(writer: Writer) -> tuple[int, int]:
    failed = event("exception", 5, **{"exception.type": "Refused", "exception.message": "card\x7f declined " * 100})
    early, same = event("before its span", -50), event("same time", 5)
    spans = [
        a_span(TRACE, 1, start=0, length=20, events=(event("late", 9), event("first", 1), same), name="root"),
        a_span(TRACE, (1 << 64) - 2, 1, start=2, length=4, events=(failed, early), name="child"),
        a_span(TRACE, 3, 1, start=3, name="quiet"),
        a_span(8, 4, start=3, events=(event("of another trace", 4),)),
    ]
    writer.write(spans)
    return START_NS, START_NS + 20 * MILLISECOND


def names(found: list[queries.TraceEvent]) -> list[str]:
    return [event.name for event in found]


def test_events_come_in_the_order_of_their_times_with_their_spans(extent: tuple[int, int]) -> None:
    found = queries.trace_events(TRACE, extent, most=10)
    assert names(found) == ["before its span", "first", "exception", "same time", "late"]
    failed = found[2]
    assert (failed.service, failed.span_name, failed.key.span_id) == ("shop", "child", -2)
    assert failed.exception_type == "Refused"
    assert failed.exception_message.startswith("card\x7f declined")
    assert len(failed.exception_message) == 1_000


@pytest.mark.parametrize("size", [1, 2, 3])
def test_pages_neither_skip_nor_repeat_events(extent: tuple[int, int], size: int) -> None:
    everything = queries.trace_events(TRACE, extent, most=10)
    paged: list[queries.TraceEvent] = []
    while page := queries.trace_events(TRACE, extent, after=paged[-1].key if paged else queries.BEFORE_ALL, most=size):
        assert len(page) <= size
        paged += page
    assert paged == everything


def test_stretch_of_time_holds_its_events_alone(extent: tuple[int, int]) -> None:
    within = START_NS + MILLISECOND, START_NS + 5 * MILLISECOND
    found = queries.trace_events(TRACE, extent, within=within, most=10)
    assert names(found) == ["first", "exception", "same time"]


def test_trace_without_events_has_none(extent: tuple[int, int]) -> None:
    assert queries.trace_events(id_bytes(99, 16), extent, most=10) == []
