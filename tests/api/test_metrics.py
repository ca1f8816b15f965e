"""GET /api/metrics: series over time, as records."""

from __future__ import annotations

from secrets import token_bytes
from typing import Any

import pytest
from django.test import Client

from tests.core.drawing import a_span
from traces import queries
from traces.core.span import Status
from traces.core.timescale import MINUTE, SECOND
from traces.store import Writer

NOON_NS = 1_772_442_900 * SECOND
RANGE = {"start": str(NOON_NS), "end": str(NOON_NS + 10 * MINUTE)}


@pytest.fixture
def shop(db: None) -> None:
    """A trace every 10 s for five minutes: a checkout, and below it a payment that fails in every third."""
    writer = Writer()
    for number in range(30):
        status = Status.ERROR if number % 3 == 0 else Status.UNSET
        spans = [
            a_span("checkout", start=number * 10_000, length=100 + number, attributes={"cart": number}),
            a_span("payment", "checkout", number * 10_000 + 5, 50, status=status),
        ]
        id = token_bytes(16)
        writer.write([one._replace(trace_id=id, start_ns=one.start_ns + NOON_NS) for one in spans])
    queries.forget()


def asked(query: str, **params: str) -> dict[str, Any]:
    answer = Client().get("/api/metrics", RANGE | {"q": query} | params)
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()
    return found


pytestmark = pytest.mark.django_db


@pytest.mark.usefixtures("shop")
def test_rate_by_service() -> None:
    found = asked("{} | rate() by (service)", step="1m")
    assert (found["function"], found["unit"], found["step_ns"]) == ("rate", "spans/s", MINUTE)
    assert found["times_ns"] == [NOON_NS + minute * MINUTE for minute in range(10)]
    assert [(series["labels"], series["values"]) for series in found["series"]] == [
        ({"service": name}, [0.1] * 5 + [0] * 5) for name in ("checkout", "payment")
    ]
    assert (found["spans"], found["spans_weighted"], found["complete"]) == (60, 60, True)


@pytest.mark.usefixtures("shop")
def test_found_are_the_spans_of_the_query_in_traces_that_match_the_rest() -> None:
    found = asked("{status=error} | count_over_time()", step="1m", min_duration="120ms")
    (series,) = found["series"]
    assert (series["labels"], series["values"]) == ({}, [0, 0, 0, 1, 2, 0, 0, 0, 0, 0])
    structural = asked("{service=checkout} >> {status=error} | count_over_time()", step="1m", min_duration="120ms")
    assert structural["series"] == found["series"]


@pytest.mark.usefixtures("shop")
def test_quantiles_and_buckets() -> None:
    found = asked("{} | quantile_over_time(cart, 0.5, 1)", step="5m")
    assert [(series["quantile"], series["values"]) for series in found["series"]] == [
        (0.5, [14, None]),
        (1, [29, None]),
    ]
    assert (found["unit"], found["spans_without_number"]) == ("", 30)
    found = asked("{} | histogram_over_time(cart)", step="5m")
    assert [(series["above"], series["up_to"], series["values"][0]) for series in found["series"]] == [
        (None, 0, 1), (0.5, 1, 1), (1, 2, 1), (2, 4, 2), (4, 8, 4), (8, 16, 8), (16, 32, 13)
    ]  # fmt: skip
    assert asked("{} | quantile_over_time(duration, 0.5)")["unit"] == "ns"


def test_nothing_found_is_no_series() -> None:
    found = asked("{} | rate()")
    assert (found["series"], found["spans"], found["complete"], found["since_ns"]) == ([], 0, True, None)
    assert Client().get("/api/metrics", {"q": "{} | rate()", "last": "all"}).json()["series"] == []


@pytest.mark.parametrize(
    ("params", "field", "said"),
    [
        ({}, "q", "expected a query that ends in a metrics function"),
        ({"q": "user.id=42"}, "q", "such as {status=error} | rate() by (service)"),
        ({"q": "{} | rate()", "step": "no"}, "step", "expected whole seconds"),
        ({"q": "{} | rate()", "step": "1500ms"}, "step", "expected whole seconds"),
        ({"q": "{} | rate()", "step": "1s", "last": "7d"}, "step", "at most 2,000"),
        ({"q": "{} | quantile_over_time(duration)"}, "q", "expected quantiles from 0 to 1"),
    ],
)
def test_what_makes_no_sense_is_named(params: dict[str, str], field: str, said: str) -> None:
    answer = Client().get("/api/metrics", params)
    assert (answer.status_code, answer.json()["parameter"]) == (400, field)
    assert said in answer.json()["error"]


def test_schema_describes_it() -> None:
    text = Client().get("/api/schema").content.decode()
    assert "/api/metrics:" in text
    assert "MetricSeries:" in text
