"""Two traces against each other, and one against its peers, as scripts get them."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django import Settings

from tests.core.drawing import a_span, span_id
from tests.pages.conftest import Store
from traces.core.timescale import MILLISECOND

pytestmark = pytest.mark.django_db


def got(path: str) -> Any:
    response = Client().get(path)
    assert (response.status_code, response["Content-Type"]) == (200, "application/json")
    return json.loads(response.getvalue())


def test_diff_has_each_row_and_adds_up(store: Store) -> None:
    root, x, gone = a_span("root", length=20), a_span("x", "root", 2, 5, attributes={"k": 1}), a_span("gone", "x", 3, 2)
    a = store([root, x, gone])
    b = store(
        [root._replace(duration_ns=30 * MILLISECOND), x._replace(attributes={"k": 2}), a_span("new", "root", 9, 12)]
    )
    found = got(f"/api/compare/{a}/{b}")
    assert found["sentence"].startswith("B took 10 ms longer (30 ms instead of 20 ms): 12 ms in new new")
    assert found["difference_ns"] == sum(row["critical_delta_ns"] for row in found["rows"]) == 10 * MILLISECOND
    assert (found["matched_share"], found["rest_ns"]) == (pytest.approx(2 / 3), 0)
    assert [
        (row["change"], row["a_span_id"], row["b_span_id"], row["attributes_changed"]) for row in found["rows"]
    ] == [
        ("matched", span_id("root").hex(), span_id("root").hex(), []),
        ("matched", span_id("x").hex(), span_id("x").hex(), ["k"]),
        ("removed", span_id("gone").hex(), None, []),
        ("added", None, span_id("new").hex(), []),
    ]
    assert [row["pace"] for row in found["rows"]] == ["slower", "", "", ""]
    assert [row["pace"] for row in got(f"/api/compare/{a}/{b}?percent=90")["rows"]] == [""] * 4


def test_span_under_another_name_is_removed_and_added_and_what_is_below_it_stays(store: Store) -> None:
    spans = [a_span("root", length=9), a_span("old", "root", 1, 7), a_span("below", "old", 2, 3)]
    a, b = store(spans), store([spans[0], spans[1]._replace(name="new", duration_ns=8 * MILLISECOND), spans[2]])
    found = got(f"/api/compare/{a}/{b}")
    rows = [(row["change"], row["name"], row["renamed"], row["critical_delta_ns"]) for row in found["rows"]]
    assert rows == [
        ("matched", "root", False, -MILLISECOND), ("removed", "old", True, -4 * MILLISECOND),
        ("added", "new", True, 5 * MILLISECOND), ("matched", "below", False, 0),
    ]  # fmt: skip
    assert sum(row["critical_delta_ns"] for row in found["rows"]) == found["difference_ns"] == 0


def test_diff_of_what_is_not_here_is_not_found(store: Store) -> None:
    here = store([a_span("x")])
    assert Client().get(f"/api/compare/{here}/{'ab' * 16}").status_code == 404
    assert Client().get(f"/api/compare/nonsense/{here}").status_code == 404
    assert Client().get(f"/api/traces/{'ab' * 16}/peers").status_code == 404


def test_diff_of_too_large_ones_is_refused(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("traces.api.diff.LARGEST", 1)
    a, b = store([a_span("x")]), store([a_span("x"), a_span("y", "x")])
    assert Client().get(f"/api/compare/{a}/{b}").status_code == 422
    assert Client().get(f"/api/compare/{a}/{a}").status_code == 200


def test_peers_say_what_is_usual_and_what_is_absent(store: Store) -> None:
    root = a_span("root", length=50)
    for length in range(1, 41):
        store([root, a_span("x", "root", 1, length), a_span("cache", "root", 0)])
    found = got(f"/api/traces/{store([root, a_span('x', 'root', 1, 49)])}/peers")
    assert (found["n"], found["enough"]) == (40, True)
    x = found["spans"][1]
    assert [x[name] // MILLISECOND for name in ("duration_ns", "p25_ns", "p75_ns", "p95_ns")] == [49, 10, 30, 38]
    assert (x["n"], x["standing"], x["span_id"]) == (40, "much longer than usual", span_id("x").hex())
    assert found["absent"] == [{"parent_span_id": span_id("root").hex(), "service": "cache", "name": "cache", "n": 40}]
    alone = got(f"/api/traces/{store([a_span('y')])}/peers")
    assert alone == {"n": 0, "enough": False, "spans": [], "absent": []}


def test_command_prints_the_same_in_a_terminal(store: Store, settings: Settings) -> None:
    settings.DATABASE_URL = "the connection of this test"
    out = StringIO()
    a, b = store([a_span("x", length=10)]), store([a_span("x", length=30)])
    call_command("compare", a.upper(), f"trace_id={b}", "--width=80", stdout=out)
    lines = out.getvalue().splitlines()
    assert lines[0] == "B took 20 ms longer (30 ms instead of 10 ms): 20 ms in x x."
    assert lines[1:3] == [f"A {a}", f"B {b}"]
    assert lines[-1].split() == ["x", "x", "10", "ms", "30", "ms", "+20", "ms"]
    assert max(map(len, lines[3:])) <= 80
    with pytest.raises(CommandError, match="No trace"):
        call_command("compare", a, "ab" * 16)
