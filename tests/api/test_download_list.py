"""All traces that match, as JSON lines and as CSV."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from django.conf import settings
from django.db import OperationalError
from django.test import Client

from tests.spans import START_NS, a_span
from traces import progress, queries
from traces.api import download
from traces.store import Writer

pytestmark = pytest.mark.usefixtures("store")


def body(path: str) -> str:
    answer = Client().get(path)
    assert answer.status_code == 200
    return b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]


def lines(query: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in body(f"/download.jsonl?last=all&{query}").splitlines()]


def ids(query: str) -> list[int]:
    return [int(one["trace_id"], 16) for one in lines(query)]


def fill(count: int) -> None:
    Writer().write(
        [a_span(n, start=n, length=1 + n % 3, attributes={"n": n, "odd": n % 2}) for n in range(1, count + 1)]
    )


def test_all_pages_come_in_the_order_of_the_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "PAGE", 4)
    fill(13)
    assert ids("") == list(range(13, 0, -1))
    assert ids("q=odd=1") == [13, 11, 9, 7, 5, 3, 1]
    assert ids("sort=duration")[:4] == [11, 8, 5, 2]
    assert ids(f"end={START_NS + 3 * 10**6}") == [2, 1]
    assert ids("q=odd=7") == []


def test_csv_has_a_heading_and_the_columns_that_were_asked_for() -> None:
    Writer().write([a_span(1, name="=cmd()", attributes={"a": "-x", "b": [1], "c": -5})])
    (row,) = csv.DictReader(io.StringIO(body("/download.csv?last=all&cols=a,b,c,d")))
    assert row["root_name"] == "'=cmd()"
    assert (row["a"], row["b"], row["c"], row["d"]) == ("'-x", "[1]", "-5", "")
    assert row["services"] == '{"shop": 1}'
    assert row["start_ns"] == str(START_NS)


def test_names_that_are_no_unicode_dont_end_a_file() -> None:
    Writer().write([a_span(1, name="a\ud800"), a_span(2, start=-1, name="b", trace_state="ot=th:8")])
    rows = list(csv.DictReader(io.StringIO(body("/download.csv?last=all"))))
    assert [(row["root_name"], row["weight"]) for row in rows] == [("a\\ud800", "1.0"), ("b", "2.0")]
    assert [one["root_name"] for one in lines("")] == ["a\ud800", "b"]


def test_columns_are_in_json_lines_and_in_the_api() -> None:
    fill(2)
    assert [one["columns"] for one in lines("cols=n,x")] == [{"n": 2, "x": None}, {"n": 1, "x": None}]
    answer = Client().get("/api/traces?last=all&cols=n&limit=1").json()
    assert answer["traces"][0]["columns"] == {"n": 2}
    assert "cols=n" in answer["next"]


def test_what_makes_no_sense_is_refused_before_the_first_line() -> None:
    for query in ("min_duration=soon", f"cols={','.join('abcdefghi')}", "q=%22"):
        assert Client().get(f"/download.csv?{query}").status_code == 400
    assert Client().get("/download.xml").status_code == 404


@pytest.mark.parametrize(("kind", "last"), [("jsonl", '{"cut": '), ("csv", "# cut: ")])
def test_failure_in_the_middle_is_said_in_the_last_line(monkeypatch: pytest.MonkeyPatch, kind: str, last: str) -> None:
    monkeypatch.setattr(download, "PAGE", 2)
    fill(5)
    search, asked = queries.search_traces, []

    def fails_later(wanted: Any) -> Any:
        asked.append(wanted)
        if len(asked) == 2:
            raise OperationalError("gone")
        return search(wanted)

    monkeypatch.setattr(queries, "search_traces", fails_later)
    said = body(f"/download.{kind}?last=all").splitlines()
    assert said[-1].startswith(last)
    assert asked[1].after in said[-1]
    assert sum("shop" in line for line in said) == 2


def test_download_has_an_end_that_it_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "PAGE", 2)
    monkeypatch.setattr(download, "MOST", 4)
    fill(5)
    *found, cut = lines("")
    assert len(found) == 4
    assert ids(f"after={cut['after']}") == [1]


def told(token: str) -> tuple[str, int, str]:
    found = progress.progress_of(settings.DATA_DIR, token)
    assert found is not None
    return found.state, found.traces, found.why


def test_how_far_it_has_come_is_told_by_its_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "PAGE", 2)
    fill(5)
    for kind in ("jsonl", "csv"):
        token = progress.begin(settings.DATA_DIR)
        content = body(f"/download.{kind}?last=all&progress={token}")
        assert told(token) == ("done", 5, "")
        found = progress.progress_of(settings.DATA_DIR, token)
        assert found is not None
        assert found.size_bytes == len(content.encode())


def test_a_download_that_is_stopped_reads_no_further(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "PAGE", 2)
    fill(9)
    token = progress.begin(settings.DATA_DIR)
    chunks = Client().get(f"/download.jsonl?last=all&progress={token}").streaming_content  # type: ignore[attr-defined]
    found = [next(chunks), next(chunks)]
    assert told(token) == ("under way", 2, "")
    progress.stop(settings.DATA_DIR, token)
    monkeypatch.setattr(queries, "search_traces", lambda wanted: pytest.fail("it goes on"))
    *_, last = b"".join([*found, *chunks]).splitlines()
    cut = json.loads(last)
    assert (cut["cut"], told(token)) == ("the reader stopped it", ("cut", 4, "the reader stopped it"))
    monkeypatch.undo()
    assert ids(f"after={cut['after']}") == [5, 4, 3, 2, 1]


def test_a_reader_that_goes_away_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "PAGE", 2)
    fill(5)
    token = progress.begin(settings.DATA_DIR)
    answer = Client().get(f"/download.jsonl?last=all&progress={token}")
    chunks = answer.streaming_content  # type: ignore[attr-defined]
    next(chunks), next(chunks)
    answer.close()
    assert told(token) == ("cut", 2, "the reader went away")


def test_failures_are_told_before_the_first_trace_and_in_the_middle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "PAGE", 2)
    fill(5)
    search = queries.search_traces

    def fails(wanted: Any, *, after: bool) -> Any:
        if bool(wanted.after) == after:
            raise OperationalError("gone")
        return search(wanted)

    for after, traces in ((False, 0), (True, 2)):
        monkeypatch.setattr(queries, "search_traces", lambda wanted, after=after: fails(wanted, after=after))
        token = progress.begin(settings.DATA_DIR)
        answer = Client().get(f"/download.csv?last=all&progress={token}")
        assert answer.status_code == (200 if after else 503)
        b"".join(answer)
        assert told(token) == ("cut", traces, "the database stopped answering, or took too long")


@pytest.mark.parametrize("token", ["x", "../../0", "0" * 31, "A" * 32])
def test_a_senseless_token_is_refused_and_an_unknown_one_does_no_harm(token: str) -> None:
    fill(1)
    assert Client().get("/download.csv", {"last": "all", "progress": token}).status_code == 400
    assert len(lines(f"progress={'0' * 32}")) == 1


def test_only_a_download_with_a_token_may_stand_in_a_frame_of_ours() -> None:
    with_token = Client().get(f"/download.csv?progress={'0' * 32}")
    assert with_token["X-Frame-Options"] == "SAMEORIGIN"
    assert with_token["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'self'"
    without = Client().get("/download.csv")
    assert without["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in without["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("kind", "last"), [("jsonl", f'{{"too_large": ["{"05" * 16}"]}}'), ("csv", f"# too large to decide: {'05' * 16}")]
)
def test_what_was_stepped_over_is_said_at_the_end(monkeypatch: pytest.MonkeyPatch, kind: str, last: str) -> None:
    monkeypatch.setattr(download, "PAGE", 2)
    fill(5)
    search = queries.search_traces

    def steps_over(wanted: Any) -> Any:
        listing = search(wanted)
        return listing if wanted.after else listing._replace(too_large=(bytes([5]) * 16,))

    monkeypatch.setattr(queries, "search_traces", steps_over)
    said = body(f"/download.{kind}?last=all").splitlines()
    assert said[-1] == last
    assert sum("shop" in line for line in said) == 5
