from __future__ import annotations

import time
from typing import Any

import psycopg
import pytest

from tests.spans import a_span
from tests.stored import rows
from traces import queries
from traces.core.span import Resource
from traces.core.values import EncodedMap
from traces.store import Writer, attribute_keys
from traces.store.attribute_keys import MOST_VALUES, AttributeKeys, fill


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is seen is stored with each batch."""
    monkeypatch.setattr(attribute_keys, "LATER_S", -1.0)
    monkeypatch.setattr(attribute_keys, "SOON_AFTER_S", -1.0)


def values(key: str, typed: str = "") -> dict[str, int]:
    return {value.text: value.seen for value in queries.values_of_key(key, typed, most=100)}


def keys(typed: str = "") -> list[str]:
    return [key.name for key in queries.attribute_keys(typed, most=100)]


@pytest.mark.usefixtures("at_once")
def test_keys_of_spans_and_resources_are_known_with_types_and_values(writer: Writer) -> None:
    attributes = {"user.id": "u1", "retry": 2, "ratio": 0.5, "cached": True, "list": [1], "raw": {"$bytes": "aGk="}}
    writer.write([a_span(attributes=attributes, resource=Resource({"cloud.region": "eu-west-1"}))])
    writer.write([a_span(trace=2, attributes=EncodedMap(b'{"user.id":"u2","retry":"many"}'))])
    found = {key.name: key.types for key in queries.attribute_keys("", most=100)}
    assert found == {
        "user.id": ("string",), "retry": ("string", "int"), "ratio": ("double",), "cached": ("bool",),
        "list": ("array",), "raw": ("bytes",), "cloud.region": ("string",),
    }  # fmt: skip
    assert values("user.id").keys() == {"u1", "u2"}
    assert values("retry").keys() == {"2", "many"}
    assert values("cached").keys() == {"true"}
    assert values("list") == values("raw") == {}
    assert rows("select key from attribute_key where scope = 1") == [("cloud.region",)]


@pytest.mark.usefixtures("at_once")
def test_what_begins_with_the_text_comes_first_then_what_is_frequent(writer: Writer) -> None:
    many = [a_span(trace=n, attributes={"http.route": "/", "my.http": 1}) for n in range(1, 5)]
    writer.write([*many, a_span(trace=9, attributes={"http.rare": "/"})])
    assert keys("HTTP.r") == ["http.route", "http.rare"]
    assert keys("http")[-1] == "my.http"


@pytest.mark.usefixtures("at_once")
def test_frequent_values_stay_and_no_more_than_a_few(writer: Writer) -> None:
    for batch in range(12):
        spans = [
            a_span(trace=batch * 4 + n, attributes={"user.id": f"u{batch * 4 + n}", "shop": "b"}) for n in range(3)
        ]
        writer.write([*spans, a_span(trace=batch * 4 + 3, attributes={"user.id": "often"})])
    found = values("user.id")
    assert len(found) == MOST_VALUES
    assert max(found, key=lambda text: found[text]) == "often"
    assert values("shop").keys() == {"b"}


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize(
    ("key", "value"),
    [("db.password", "x"), ("mail", "alice@example.com"), ("http.request.header.authorization", "Basic 12"),
     ("note", "long " * 30), ("k" * 300, "v")],
)  # fmt: skip
def test_secrets_and_what_is_long_are_not_kept(writer: Writer, key: str, value: str) -> None:
    writer.write([a_span(attributes={key: value})])
    assert values(key) == {}


def test_key_never_seen_is_stored_within_a_second_the_rest_later(
    writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1_000.0]
    monkeypatch.setattr(attribute_keys, "time", type("Clock", (), {"monotonic": lambda: now[0], "time": time.time}))
    writer.write([a_span(attributes={"a": "1"})])
    now[0] += 0.5
    writer.write([a_span(trace=2, attributes={"b": "1"})])
    assert keys() == ["a"]
    now[0] += 1
    writer.write([a_span(trace=3, attributes={"a": "2"})])
    assert set(keys()) == {"a", "b"}
    now[0] += 5
    writer.write([a_span(trace=4, attributes={"a": "3"})])
    assert values("a").keys() == {"1", "2"}


def test_rare_operation_in_a_large_batch_is_looked_at(writer: Writer) -> None:
    spans = [a_span(span=n, attributes={"common": 1}) for n in range(1, 500)]
    writer.write([*spans, a_span(span=501, name="rare", attributes={"only.here": 1})])
    assert set(keys()) == {"common", "only.here"}


def test_of_batches_that_come_at_once_a_few_are_looked_at(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attribute_keys, "LATER_S", -1.0)
    monkeypatch.setattr(attribute_keys, "SOON_AFTER_S", 1_000.0)
    for n in range(1, 52):
        writer.write([a_span(trace=n, span=m, attributes={f"k{n}": 1}) for m in range(1, 11)])
    assert set(keys()) == {"k1", "k27"}


def test_no_more_keys_than_make_sense_are_kept(cursor: psycopg.Cursor[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attribute_keys, "MOST_KEYS", 10)
    seen = AttributeKeys()
    seen.look([a_span(attributes={f"key {n}": n for n in range(500)})])
    seen.store(cursor)
    assert len(keys()) == 10


@pytest.mark.usefixtures("db")
def test_store_that_is_older_than_this_table_is_looked_through(writer: Writer, cursor: psycopg.Cursor[Any]) -> None:
    start = time.time_ns() - 10**9
    writer.write([a_span(attributes={"user.id": "u1"}, resource=Resource({"host.name": "h"}))._replace(start_ns=start)])
    cursor.execute("delete from attribute_key")
    fill(cursor)
    assert set(keys()) == {"user.id", "host.name"}
    assert values("user.id").keys() == {"u1"}


def test_span_is_stored_though_its_keys_could_not_be(writer: Writer, cursor: psycopg.Cursor[Any]) -> None:
    cursor.execute("alter table attribute_key rename to gone")
    assert writer.write([a_span(attributes={"a": 1})]) == 1
