from __future__ import annotations

import random

import pytest
from psycopg.errors import QueryCanceled

from tests.queries.meaning import chance_search, chance_spans, matching
from tests.spans import a_span
from traces import queries
from traces.core.span import Span, Status
from traces.queries import overview, reading
from traces.search import Search
from traces.store import Writer

TRACES = 60


@pytest.fixture
def spans(writer: Writer) -> list[Span]:
    made = chance_spans(TRACES, seed=5)
    writer.write(made)
    return made


@pytest.mark.usefixtures("patient")
def test_all_that_match_are_read_newest_first(spans: list[Span], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overview, "SIZE", 7)
    chance = random.Random(3)
    for _ in range(60):
        search = chance_search(chance, TRACES)
        found, complete, _ = queries.matches(search)
        assert complete
        assert len(found) == len(matching(spans, search)), search
        assert found == sorted(found, key=lambda match: -match[0])


def test_each_has_its_start_duration_error_and_weight(writer: Writer) -> None:
    half = "ot=th:8"
    writer.write([a_span(1, length=3, status=Status.ERROR), a_span(2, start=5, length=4, trace_state=half)])
    older, newer = a_span(1, length=3), a_span(2, start=5, length=4)
    assert queries.matches(Search()).found == [
        (newer.start_ns, newer.duration_ns, False, 2.0),
        (older.start_ns, older.duration_ns, True, 1.0),
    ]


@pytest.mark.parametrize("most", [1, 59])
def test_too_many_are_the_newest(spans: list[Span], most: int) -> None:
    everything = queries.matches(Search()).found
    assert queries.matches(Search(), most=most) == (everything[:most], False, 0)
    assert queries.matches(Search(), most=TRACES) == (everything, True, 0)


pytestmark = pytest.mark.django_db


def test_what_came_in_time_is_kept() -> None:
    slow = "select n, pg_sleep(case when n > 4 then 5 else 0 end)::text from generate_series(1, 9) as n"
    rows, complete = reading.fetch_as_far(slow, (), timeout_ms=150, size=2)
    assert ([n for n, _ in rows], complete) == ([1, 2, 3, 4], False)
    assert reading.fetch("select current_setting('statement_timeout')") == [("0",)]


def test_other_errors_are_errors() -> None:
    with pytest.raises(Exception, match="division by zero") as raised:
        reading.fetch_as_far("select 1 / n from generate_series(0, 1) as n", (), timeout_ms=1_000, size=2)
    assert not isinstance(raised.value.__cause__, QueryCanceled)
