"""What the JSON API answers: traces found, spans streamed, names, and errors as JSON."""

from __future__ import annotations

import json
import time
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from opentelemetry.proto.trace.v1.trace_pb2 import Status

from tests.api.sending import OTLP, PLAIN, PROTOBUF, dumps, find, pb_span, plain_span, post, protobuf, read, text
from traces import queries
from traces.core.values import to_python
from traces.search import Search

ERROR = Status(code=2)  # type: ignore[arg-type]
SECOND_NS = 1_000_000_000
NOW_NS = time.time_ns()
pytestmark = pytest.mark.usefixtures("store")


def three_traces() -> None:
    """Of 1, 2 and 3 spans; the second has an error; the third is 45 minutes old and longest."""
    send("shop", pb_span(id_of(1), 1, start_ns=NOW_NS - 3 * SECOND_NS, attributes=[text("user.id", "42")]))
    send("shop", pb_span(id_of(2), 1, start_ns=NOW_NS - 2 * SECOND_NS))
    send("payment", pb_span(id_of(2), 2, 1, name="charge", start_ns=NOW_NS - 2 * SECOND_NS, status=ERROR))
    long = {"start_ns": NOW_NS - 2_700 * SECOND_NS, "end_time_unix_nano": NOW_NS - 2_698 * SECOND_NS}
    send("shop", pb_span(id_of(3), 1, **long), pb_span(id_of(3), 2, 1, **long), pb_span(id_of(3), 3, 2, **long))


def send(service: str, *spans: Any) -> None:
    assert post(OTLP, protobuf(*spans, service=service), PROTOBUF).status == 200


def id_of(number: int) -> bytes:
    return bytes([number]) * 16


def numbers(**params: str) -> list[int]:
    return [int(trace["trace_id"][:2], 16) for trace in find(**params)]


def get(path: str, **params: str) -> tuple[int, Any]:
    response = Client().get(path, params)
    assert response["Content-Type"] == "application/json"
    return response.status_code, json.loads(response.content)


def test_a_trace_in_the_list() -> None:
    three_traces()
    (found,) = find(q="name=charge")
    assert found.pop("start_time").endswith("Z")
    assert found == {
        "trace_id": id_of(2).hex(),
        "root_service": "shop",
        "root_name": "GET /",
        "has_root": True,
        "start_ns": NOW_NS - 2 * SECOND_NS,
        "duration_ns": 1_000_000,
        "extent_ns": 1_000_000,
        "span_count": 2,
        "error_count": 1,
        "weight": 1.0,
        "services": {"payment": 1, "shop": 1},
    }


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, [2, 1, 3]),
        ({"sort": "duration"}, [3, 2, 1]),
        ({"sort": "spans"}, [3, 2, 1]),
        ({"sort": "errors"}, [2, 3, 1]),
        ({"status": "error"}, [2]),
        ({"status": "error", "service": "payment", "operation": "charge"}, [2]),
        # One span has to be all three.
        ({"status": "error", "service": "shop"}, []),
        # Each word may be true of another span.
        ({"q": "service=shop status=error"}, [2]),
        ({"q": "user.id=42"}, [1]),
        ({"q": "user.id=43"}, []),
        ({"min_duration": "1s"}, [3]),
        ({"max_duration": "1s"}, [2, 1]),
        ({"last": "30m"}, [2, 1]),
        ({"start": str(NOW_NS - 2_700 * SECOND_NS), "end": str(NOW_NS - 3 * SECOND_NS)}, [3]),
    ],
)
def test_parameters_narrow_and_sort_the_list(params: dict[str, str], expected: list[int]) -> None:
    three_traces()
    assert numbers(**params) == expected


def test_pages_follow_each_other_without_gaps() -> None:
    three_traces()
    address, seen = "/api/traces?last=all&limit=2&sort=duration", []
    while address:
        status, answer = get(address)
        assert (status, answer["total"], answer["total_is_exact"]) == (200, 3, True)
        seen += [int(trace["trace_id"][:2], 16) for trace in answer["traces"]]
        address = answer["next"] and "?".join(urlsplit(answer["next"])[2:4])
    assert seen == [3, 2, 1]


def test_number_of_traces_is_told_beside_what_they_stand_for() -> None:
    three_traces()
    status, answer = get("/api/traces")
    assert (status, answer["total"], answer["total_weight"]) == (200, 3, 3.0)
    send("shop", pb_span(id_of(4), 1, start_ns=NOW_NS - SECOND_NS, trace_state="ot=th:c"))
    _, answer = get("/api/traces", limit="1")
    assert (answer["total"], answer["total_is_exact"], answer["total_weight"]) == (4, True, 7.0)


def test_the_answer_says_how_long_the_database_took() -> None:
    assert Client().get("/api/traces")["Server-Timing"].startswith("db;dur=")


@pytest.mark.parametrize(
    ("params", "parameter"),
    [
        ({"q": "duration>soon"}, "q"),
        ({"q": 'a="open'}, "q"),
        ({"last": "soon"}, "last"),
        ({"start": "yesterday"}, "start"),
        ({"start": "5", "end": "4"}, "end"),
        ({"min_duration": "-1s"}, "min_duration"),
        ({"min_duration": "2s", "max_duration": "1s"}, "max_duration"),
        ({"status": "broken"}, "status"),
        ({"sort": "name"}, "sort"),
        ({"limit": "0"}, "limit"),
        ({"limit": "9" * 99}, "limit"),
        ({"after": "1.5"}, "after"),
    ],
)
def test_a_query_that_makes_no_sense_is_refused_with_its_parameter(params: dict[str, str], parameter: str) -> None:
    status, answer = get("/api/traces", **params)
    assert (status, answer["parameter"]) == (400, parameter)
    assert answer["error"]


@pytest.mark.parametrize("hostile", ["a\0b", "'; drop table span; --", "\\", "%s %(x)s", "é💡", "x" * 3_000])
def test_any_text_can_be_searched_for(hostile: str) -> None:
    attributes = {"user.id": hostile, hostile.replace("=", "").replace('"', "") or "k": "1"}
    span = plain_span(service=hostile, name=hostile, attributes=attributes)
    assert post(PLAIN, dumps(span)).json()["accepted"] == 1
    quoted = hostile.replace("\\", "\\\\")
    for params in ({"service": hostile}, {"operation": hostile}, {"q": f'user.id="{quoted}"'}):
        assert [trace["trace_id"] for trace in find(**params)] == [span["trace_id"]], params
    assert find(q='user.id="something else"') == []


def test_all_spans_of_a_trace_are_streamed_by_start() -> None:
    spans = [pb_span(id_of(7), n, n - 1 or None, start_ns=NOW_NS - n) for n in range(1, 1_301)]
    send("shop", *spans)
    response = Client().get(f"/api/traces/{id_of(7).hex()}")
    assert response.streaming
    assert response["Content-Type"] == "application/json"
    found = read(id_of(7))
    assert [int(span["span_id"], 16) for span in found] == list(range(1_300, 0, -1))


def test_what_is_given_back_is_what_the_door_for_plain_spans_takes() -> None:
    three_traces()
    before = {number: read(id_of(number)) for number in (1, 2, 3)}
    everything = [span for spans in before.values() for span in spans]
    moved = json.loads(json.dumps(everything).replace('"trace_id": "0', '"trace_id": "f'))
    assert post(PLAIN, dumps(moved)).json()["accepted"] == 6
    for number, spans in before.items():
        again = read("f" + id_of(number).hex()[1:])
        assert [span | {"trace_id": ""} for span in again] == [span | {"trace_id": ""} for span in spans]


@pytest.mark.parametrize("spelled", [str.upper, lambda id: f"{id[:8]}-{id[8:12]}-{id[12:16]}-{id[16:20]}-{id[20:]}"])
def test_an_id_may_be_spelled_otherwise(spelled: Any) -> None:
    send("shop", pb_span(bytes.fromhex("ab" * 16)))
    assert len(read(spelled("ab" * 16))) == 1


@pytest.mark.parametrize("id", ["ab" * 16, "ab", "xyz", "é" * 32, "ab" * 17])
def test_a_trace_that_does_not_exist_is_not_found(id: str) -> None:
    status, answer = get(f"/api/traces/{id}")
    assert status == 404
    assert answer["error"] in (f"no span of trace {id} is stored here", "a trace id has 32 hex digits")


def test_services_and_their_operations() -> None:
    three_traces()
    send("a/b c", pb_span(name="odd", kind=4), pb_span(name="odd", kind=5))
    assert get("/api/services") == (200, {"services": ["a/b c", "payment", "shop"]})
    assert get("/api/services/payment/operations") == (
        200,
        {"operations": [{"name": "charge", "kind": "unspecified"}]},
    )
    odd = [{"name": "odd", "kind": "producer"}, {"name": "odd", "kind": "consumer"}]
    assert get("/api/services/a/b%20c/operations") == (200, {"operations": odd})
    assert get("/api/services/nobody/operations") == (200, {"operations": []})


def test_an_empty_store_has_nothing() -> None:
    nothing = {
        "traces": [],
        "total": 0,
        "total_is_exact": True,
        "total_weight": 0.0,
        "next": None,
        "stopped_at": None,
        "too_large": [],
        "searched": None,
    }
    assert get("/api/traces") == (200, nothing)
    assert get("/api/services") == (200, {"services": []})


def test_list_that_took_too_long_says_what_it_went_over_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    three_traces()
    search_traces = queries.search_traces

    def stopping(search: Search) -> queries.Listing:
        listing = search_traces(search)
        return listing if search.after else listing._replace(stopped_at=int(str(listing.next).partition(".")[0]))

    monkeypatch.setattr(queries, "search_traces", stopping)
    _, first = get("/api/traces", limit="2", last="all")
    assert first["stopped_at"] == NOW_NS - 3 * SECOND_NS
    assert first["searched"] == {"traces": 2, "spans": 3}
    _, second = get(f"/api/traces?{urlsplit(first['next']).query}")
    assert (second["searched"], second["next"]) == (None, None)
    assert [trace["span_count"] for trace in first["traces"] + second["traces"]] == [2, 1, 3]


@pytest.mark.parametrize("path", ["/api/traces", f"/api/traces/{'ab' * 16}", "/api/services"])
def test_reading_is_all_that_can_be_done_there(path: str) -> None:
    response = Client().delete(path)
    assert (response.status_code, response.json()) == (405, {"error": 'Method "DELETE" not allowed.'})


def test_the_schema_describes_all_of_it() -> None:
    import yaml

    schema = yaml.safe_load(Client().get("/api/schema").content)
    assert set(schema["paths"]) == {
        "/api/traces",
        "/api/traces/{trace_id}",
        "/api/traces/{trace_id}/analysis",
        "/api/traces/{trace_id}/peers",
        "/api/compare/{a}/{b}",
        "/api/compare",
        "/api/metrics",
        "/api/services",
        "/api/services/{service}/operations",
        "/download.{kind}",
    }
    named = {parameter["name"] for parameter in schema["paths"]["/api/traces"]["get"]["parameters"]}
    assert {"q", "last", "start", "end", "service", "operation", "status", "sort", "after", "limit"} <= named


def test_a_strange_host_is_refused() -> None:
    assert Client().get("/api/traces", HTTP_HOST="evil.example.com").status_code == 400


def test_names_that_are_no_unicode_come_back_as_they_are() -> None:
    hostile = "\ud800 \x00 é"
    span = plain_span(id_of(1).hex(), name=hostile, service=hostile, attributes={"k": hostile})
    assert post(PLAIN, json.dumps(span).encode(), "application/json").status == 200
    (found,) = find(cols="k")
    assert (found["root_name"], found["root_service"], found["services"]) == (hostile, hostile, {hostile: 1})
    assert to_python(found["columns"]["k"]) == hostile
    assert get("/api/services")[1] == {"services": [hostile]}
    assert get("/api/compare", a="k exists")[0] == 200
