"""GET /api/compare?a=&b=: what tells two groups apart, as records."""

from __future__ import annotations

from secrets import token_bytes

import pytest
from django.test import Client

from tests.core.drawing import a_span
from traces import queries
from traces.core.timescale import SECOND
from traces.store import Writer

NOON_NS = 1_772_442_900 * SECOND


@pytest.fixture
def shop(db: None) -> None:
    writer = Writer()
    for number in range(50):
        slow, trace_id = number % 2, token_bytes(16)
        spans = [a_span("GET /", length=50 + 50 * slow + number % 3, attributes={"tier": "free" if slow else "plus"})]
        spans.append(a_span("SELECT", "GET /", 2, 40 + 50 * slow))
        writer.write([one._replace(trace_id=trace_id, start_ns=one.start_ns + NOON_NS) for one in spans])
    queries.forget()


@pytest.mark.usefixtures("shop")
def test_two_groups() -> None:
    found = Client().get("/api/compare", {"a": "tier=plus", "b": "tier=free", "last": "all"}).json()
    assert found["sentence"].startswith("B is 50")
    assert (found["a"]["traces"], found["b"]["traces"]) == (25, 25)
    assert found["difference"]["claimed"]
    for side in "ab":
        assert sum(row[f"{side}_sum_ns"] for row in found["contributions"]) == found[side]["sum_ns"]
    first = found["contributions"][0]
    assert (first["service"], first["name"], first["claimed"]) == ("SELECT", "SELECT", True)
    assert [step["name"] for step in first["path"]] == ["GET /", "SELECT"]
    assert first["low_ns"] <= first["delta_mean_ns"] == 50e6 <= first["high_ns"]
    best = found["attributes"][0]
    assert (best["scope"], best["key"], best["value"], best["a_share"], best["b_share"]) == (
        "root",
        "tier",
        "free",
        0,
        1,
    )
    assert len(found["examples"]["pair"]) == 2


@pytest.mark.usefixtures("shop")
def test_one_trace_a_side_is_too_few() -> None:
    found = Client().get("/api/compare", {"a": "tier=none", "b": "tier=free", "last": "all"}).json()
    assert found["sentence"].startswith("Too few traces")
    assert not any(row["claimed"] for row in found["contributions"])


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("params", "field"), [({}, "a"), ({"a": "x=1", "b": "duration>no"}, "b"), ({"a": "x=1", "n": "1"}, "n")]
)
def test_what_makes_no_sense_is_named(params: dict[str, str], field: str) -> None:
    answer = Client().get("/api/compare", params)
    assert (answer.status_code, answer.json()["parameter"]) == (400, field)
