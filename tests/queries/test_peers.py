from __future__ import annotations

import time
from collections.abc import Iterable

import pytest

from tests.spans import MILLISECOND, START_NS, a_span
from tests.stored import OneTransactionWriter
from traces import queries
from traces.core.span import Kind, Span
from traces.core.timescale import DAY, SECOND
from traces.queries import peers
from traces.queries.reading import fetch
from traces.store import Writer

LATER_NS = START_NS + 3_600 * SECOND


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(peers.WALKED, "most_ms", 20_000)


def like(numbers: Iterable[int], **fields: object) -> list[Span]:
    """Each in a trace of its own, one after the other; its length in ms is its number."""
    return [a_span(trace=n, start=n, length=n)._replace(**fields) for n in numbers]  # type: ignore[arg-type]


def lengths_ms(span: Span, now_ns: int = LATER_NS) -> list[int] | None:
    found = queries.peers_of(span, now_ns=now_ns, timeout_ms=20_000)
    return None if found is None else sorted(duration_ns // MILLISECOND for duration_ns in found)


def test_others_have_service_name_and_kind_in_common(writer: Writer) -> None:
    one = a_span(trace=100, length=50)
    others = [
        a_span(trace=4, length=60, service="auth"),
        a_span(trace=5, length=70, name="GET /x"),
        a_span(trace=6, length=80, kind=Kind.CLIENT),
    ]
    writer.write([one, *like(range(1, 4)), *others])
    assert lengths_ms(one) == [1, 2, 3]


def test_span_itself_is_not_among_them_but_others_of_its_trace_are(writer: Writer) -> None:
    one = a_span(span=1, length=50)
    writer.write([one, a_span(span=2, parent=1, length=7), a_span(span=1, start=1, length=8)])
    assert lengths_ms(one) == [7, 8]


def test_what_starts_after_now_is_not_among_them(writer: Writer) -> None:
    writer.write(like(range(1, 10)))
    assert lengths_ms(a_span(trace=99), START_NS + 4 * MILLISECOND) == [1, 2, 3, 4]


@pytest.mark.parametrize("walked", [0, 2_000])
def test_latest_count_where_there_are_more(writer: Writer, monkeypatch: pytest.MonkeyPatch, walked: int) -> None:
    monkeypatch.setattr(peers, "MOST", 5)
    monkeypatch.setitem(peers.WALKED, "most_traces", walked)
    writer.write(like(range(1, 31)))
    assert lengths_ms(a_span(trace=99)) == [26, 27, 28, 29, 30]


def test_what_is_rare_is_found_beyond_the_latest_traces_and_the_last_day(
    writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(peers.WALKED, "most_traces", 3)
    rare = like(range(1, 4), name="rare")
    old = [span._replace(start_ns=span.start_ns - 3 * DAY) for span in like(range(4, 6), name="rare")]
    writer.write([*rare, *old, *like(range(10, 20))])
    assert lengths_ms(a_span(trace=99, name="rare")) == [1, 2, 3, 4, 5]


def test_huge_traces_are_not_walked(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(peers.WALKED, "most_spans", 3)
    monkeypatch.setattr(peers, "MOST", 5)
    monkeypatch.setattr(peers, "ENOUGH", 5)
    huge = [a_span(trace=50, span=n, start=1_000, length=500) for n in range(1, 9)]
    writer.write([*like(range(1, 10)), *huge])
    assert lengths_ms(a_span(trace=99)) == [5, 6, 7, 8, 9]


def test_names_beyond_the_limit_of_a_service_count_right(db: None) -> None:
    writer = OneTransactionWriter(most_operations=1)
    writer.write(like([1]))
    beyond = [a_span(trace=n, start=n, length=n, name=f"GET /{n % 2}") for n in range(2, 8)]
    writer.write(beyond)
    assert fetch("select count(*) from span where name is not null") == [(6,)]
    assert lengths_ms(beyond[0]) == [4, 6]
    assert lengths_ms(beyond[1]) == [5, 7]
    assert lengths_ms(a_span(trace=99)) == [1]


def test_name_that_got_a_row_after_the_limit_was_raised_counts_both_ways(db: None) -> None:
    OneTransactionWriter(most_operations=1).write([*like([1], name="first"), *like([2])])
    OneTransactionWriter(most_operations=10).write(like([3]))
    assert fetch("select count(*) from span where name is not null") == [(1,)]
    assert lengths_ms(a_span(trace=99)) == [2, 3]


def test_unknown_operation_has_no_others(writer: Writer) -> None:
    writer.write(like(range(1, 4)))
    assert lengths_ms(a_span(trace=99, name="never seen")) == []


@pytest.mark.parametrize("name", ["", "a\0b", "\ud800", "100 %s", "é" * 3_000])
def test_any_name_is_found(writer: Writer, name: str) -> None:
    writer.write(like(range(1, 4), name=name))
    assert lengths_ms(a_span(trace=99, name=name)) == [1, 2, 3]


def test_looking_ends_in_time(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    writer.write(like(range(1, 4)))
    monkeypatch.setattr(peers, "WALK", "select 1 from pg_sleep(20)")
    started_s = time.monotonic()
    assert queries.peers_of(a_span(trace=99), now_ns=LATER_NS, timeout_ms=50) is None
    assert time.monotonic() - started_s < 5


def test_what_was_found_in_time_is_enough_where_it_is_enough(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    writer.write(like(range(1, 31)))
    monkeypatch.setattr(peers, "COLLECT", "select 1 from pg_sleep(20)")
    found = queries.peers_of(a_span(trace=99), now_ns=LATER_NS, timeout_ms=1_000)
    assert found is not None
    assert len(found) == 30
    monkeypatch.setattr(peers, "FEWEST", 31)
    assert queries.peers_of(a_span(trace=99), now_ns=LATER_NS, timeout_ms=1_000) is None


def test_nobody_looks_further_with_enough_at_hand(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    writer.write(like(range(1, 31)))
    monkeypatch.setattr(peers, "ENOUGH", 30)
    monkeypatch.setattr(peers, "COLLECT", "select no such thing")
    assert lengths_ms(a_span(trace=99)) == list(range(1, 31))


def test_walking_that_ends_early_leaves_the_rest_to_the_index(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    writer.write(like(range(1, 31)))
    monkeypatch.setitem(peers.WALKED, "most_ms", 0)
    assert lengths_ms(a_span(trace=99)) == list(range(1, 31))
    monkeypatch.setattr(peers, "COLLECT", "select 1 where %(since)s::bigint is null")
    assert lengths_ms(a_span(trace=99)) == []


def test_walking_that_ends_early_keeps_what_it_has(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    writer.write(like(range(1, 31)))
    monkeypatch.setitem(peers.WALKED, "most_ms", 300)
    monkeypatch.setattr(peers, "COLLECT", "select 1 where %(since)s::bigint is null")
    # Each trace takes 40 ms.
    slow = "case when pg_sleep(0.04) is null then 0 else s.duration_ns end"
    monkeypatch.setattr(
        peers, "WALK", peers.WALK.replace("select s.duration_ns from span s", f"select {slow} from span s")
    )
    found = lengths_ms(a_span(trace=99))
    assert found
    assert 1 <= len(found) < 10
    assert found[-1] == 30
