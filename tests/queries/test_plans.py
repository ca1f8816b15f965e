"""What the database does for a query, read from its EXPLAIN: which partitions and indexes it touches."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from django.db import connection

from tests.spans import MILLISECOND, START_NS, a_span, id_bytes
from tests.stored import drop_partitions, empty_store
from traces import housekeeping, queries
from traces.core.columns import signed_id
from traces.core.meaning import Condition
from traces.core.span import Resource, Span, Status
from traces.queries import (
    answering,
    batches,
    candidates,
    columns,
    counts,
    details,
    grouping,
    groups,
    measuring,
    overview,
    peers,
    reading,
    versions,
)
from traces.queries import spans as span_queries
from traces.queries.reading import Params, fetch, fetch_within
from traces.search import Search, word
from traces.search.parsing import parse
from traces.store import Writer, partitions

if TYPE_CHECKING:
    from pytest_django import DjangoDbBlocker

DAY_MS = 86_400_000
DAYS = 45
TELLING: dict[Any, Callable[[Search], object]] = {
    overview: overview.matches,
    counts: partial(counts.value_counts, keys=["user.id"]),
    grouping: partial(grouping.grouped, key="user.id"),
    measuring: measuring.metric_spans,
}


@pytest.fixture(scope="module")
def kept(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[list[Span]]:
    """Stored once for all tests here, which only read."""
    with django_db_blocker.unblock():
        yield many_days()
        empty_store()


@pytest.fixture
def stored(kept: list[Span], db: None) -> list[Span]:
    connection.ensure_connection()
    return kept


def many_days() -> list[Span]:
    """A trace of two spans each hour for 45 days, a partition each day; two thousand of them on the busy one.

    One trace reaches over three days.
    """
    connection.ensure_connection()
    drop_partitions()
    with connection.connection.cursor() as cursor:
        for day in range(DAYS):
            now_s = START_NS // partitions.NS + day * 86_400
            partitions.ensure(cursor, now_s=now_s, retention_s=30 * 86_400)
        assert len(partitions.ranges(cursor)) > 40
    writer, chance = Writer(), random.Random(1)
    made = [
        a_span(
            trace=1 + n // 2,
            span=1 + n % 2,
            parent=n % 2 or None,
            start=n // 2 * (DAY_MS // 24),
            service=f"s{n % 3}",
            name=f"operation {n % 7}",
            status=Status.ERROR if chance.random() < 0.3 else Status.UNSET,
            attributes={"user.id": n // 2, "common": 1},
            resource=Resource({"host.name": f"h{n % 40}"}),
        )
        for n in range(DAYS * 48)
    ]
    made += [
        busy._replace(trace_id=id_bytes(10_000 + n, 16), start_ns=busy.start_ns + n * MILLISECOND,
                      attributes={"user.id": n, "common": 1})
        for n, busy in enumerate(made[900:901] * 2_000)
    ]  # fmt: skip
    made.append(a_span(5_000, 1, start=10 * DAY_MS))
    made.append(a_span(5_000, 2, parent=1, start=12 * DAY_MS))
    writer.write(made)
    with connection.connection.cursor() as cursor:
        housekeeping.flush_indexes(cursor)
        cursor.execute("analyze span, trace")
    return made


@pytest.fixture
def plans(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The plan of each query that a search makes, run as it was."""
    found: list[str] = []

    def explained(query: str, params: Sequence[object]) -> None:
        rows = fetch(f"explain (analyze, costs off, timing off, summary off) {query}", params)
        found.append("\n".join(line for (line,) in rows))

    def watched_within(query: str, params: Sequence[object], *, settings: dict[str, str]) -> list[tuple[Any, ...]]:
        rows = fetch_within(query, params, settings=settings)
        # The settings still hold: the test is one transaction.
        explained(query, params)
        fetch("select set_config(name, 'on', true) from unnest(%s::text[]) as s (name) where name like 'enable%%'",
              (list(settings),))  # fmt: skip
        return rows

    monkeypatch.setattr(reading, "fetch_within", watched_within)
    monkeypatch.setattr(batches, "fetch_within", watched_within)
    return found


def collected(plans: Sequence[str]) -> str:
    """The plan that finds spans by themselves; the others begin with traces."""
    return next(plan for plan in plans if not re.search(r"\b(on|using) trace", plan))


def touched(plan: str) -> set[str]:
    """Partitions that were read; those that pruning at run time left out say "never executed"."""
    lines = [line for line in plan.splitlines() if "never executed" not in line]
    return set(re.findall(r" on (span_\d+_\d+|span_before)\b", "\n".join(lines)))


def partition_of(span: Span) -> str:
    with connection.connection.cursor() as cursor:
        at_s = span.start_ns // partitions.NS
        return next(one.name for one in partitions.ranges(cursor) if one.start_s <= at_s < one.end_s)


def explain(query: str, params: Sequence[object]) -> str:
    return "\n".join(line for (line,) in fetch(f"explain (costs off) {query}", params))


def run(query: str, params: Params) -> str:
    """The plan as it was carried out: some partitions are left out only then."""
    rows = fetch(f"explain (analyze, costs off, timing off, summary off) {query}", params)
    return "\n".join(line for (line,) in rows)


def test_spans_of_a_trace_are_looked_up_in_the_partitions_of_its_extent(stored: list[Span]) -> None:
    span = stored[900]
    plan = explain(span_queries.FIRST_SPANS, span_queries._within(span.trace_id))
    assert touched(plan) == {partition_of(span)}
    assert "Seq Scan" not in plan
    plan = run(columns.COLUMNS, (UUID(bytes=span.trace_id),))
    assert touched(plan) == {partition_of(span)}


def test_details_of_rows_are_looked_up_in_their_partitions(stored: list[Span], monkeypatch: pytest.MonkeyPatch) -> None:
    span = stored[900]
    asked: list[tuple[str, Sequence[object]]] = []

    def watched(query: str, params: Sequence[object]) -> list[tuple[Any, ...]]:
        asked.append((query, params))
        return []

    monkeypatch.setattr(details, "fetch", watched)
    queries.row_details(span.trace_id, [(signed_id(span.span_id), span.start_ns)])
    assert touched(run(*asked[0])) == {partition_of(span)}


def test_trace_over_three_days_touches_three_partitions(stored: list[Span]) -> None:
    plan = run(columns.COLUMNS, (UUID(bytes=id_bytes(5_000, 16)),))
    assert len(touched(plan)) == 3
    assert len(queries.trace_spans(id_bytes(5_000, 16))) == 2


@pytest.mark.parametrize("query", [groups.NARROW, groups.TELLING, versions.RESOURCES])
def test_spans_of_a_sample_are_looked_up_in_their_partitions(stored: list[Span], query: str) -> None:
    span = stored[900]
    [found] = [one for one in queries.sample_of(Search()).traces if one.trace_id == span.trace_id]
    more = (groups.DESCRIBED_SPANS,) if query == groups.TELLING else ()
    assert touched(run(query, (*groups.asked([found]), *more))) == {partition_of(span)}


def test_one_span_is_found_by_its_key(stored: list[Span]) -> None:
    span = stored[900]
    plan = explain(span_queries.ONE_SPAN, (*span_queries._within(span.trace_id), 1, 11))
    assert touched(plan) == {partition_of(span)}
    assert "Index Scan" in plan


@pytest.mark.parametrize("condition", [word("user.id", "700"), word("host.name", "h3"), word("name", "operation 3")])
def test_spans_of_a_condition_are_found_through_one_index(
    stored: list[Span], plans: list[str], condition: Condition
) -> None:
    assert candidates.candidates(condition, None)
    collecting = plans[0]
    # Each partition has its own copy of the index, named by PostgreSQL after its columns. Tiny ones may do without.
    assert f"Bitmap Index Scan on {partition_of(stored[900])}_attributes" in collecting
    assert "Seq Scan on span" not in collecting


def test_rare_attribute_is_found_without_asking_every_trace(stored: list[Span], plans: list[str]) -> None:
    found = queries.search_traces(Search(condition=word("user.id", "700"))).traces
    assert {trace.trace_id for trace in found} == {id_bytes(701, 16), id_bytes(10_700, 16)}
    assert "span" not in plans[-1]
    assert "Seq Scan" not in plans[-1]


def test_collecting_begins_with_the_partition_of_the_ranges_start(stored: list[Span], plans: list[str]) -> None:
    start_ns = START_NS + (DAYS - 4) * DAY_MS * MILLISECOND
    queries.search_traces(Search(start_ns=start_ns, condition=word("user.id", "700")))
    assert len(touched(collected(plans))) < 10


def test_walking_asks_each_trace_in_its_own_partitions(
    stored: list[Span], plans: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(candidates, "RARE", 5)
    found = queries.search_traces(Search(end_ns=stored[900].start_ns, condition=word("common", "1"), limit=5)).traces
    ahead, asked = plans[-2:]
    assert len(found) == 5
    assert "trace_start" in ahead
    # Six traces an hour apart: two days at most, of 45.
    assert 1 <= len(touched(asked)) <= 2


def test_operations_and_services_of_a_trace_are_told_without_its_spans(stored: list[Span], plans: list[str]) -> None:
    for sort in ("start", "duration"):
        found = queries.search_traces(Search(service="s1", operation="operation 3", limit=5, sort=sort)).traces
        assert len(found) == 5
    assert queries.count_traces(Search(operation="operation 3")).number > 100
    assert plans
    assert not any("span" in plan for plan in plans)


def test_only_the_partitions_of_a_batch_are_planned_for(stored: list[Span], plans: list[str]) -> None:
    queries.search_traces(Search(condition=word("common", "1"), limit=5))
    assert 1 <= len(set(re.findall(r" on (span_\d+_\d+|span_before)\b", plans[1]))) <= 4


@pytest.mark.parametrize("module", TELLING, ids=lambda module: module.__name__)
def test_what_is_told_of_all_that_match_is_planned_for_the_partitions_from_the_ranges_start_on(
    stored: list[Span], monkeypatch: pytest.MonkeyPatch, module: Any
) -> None:
    asked: list[tuple[str, Sequence[object]]] = []

    def watched(query: str, params: Sequence[object], **_: object) -> tuple[list[tuple[Any, ...]], bool]:
        asked.append((query, params))
        return [], True

    monkeypatch.setattr(module, "fetch_as_far", watched)
    condition = parse("{common=1} | rate()") if module is measuring else word("common", "1")
    search = Search(condition=condition, start_ns=START_NS + (DAYS - 4) * DAY_MS * MILLISECOND)
    TELLING[module](search)
    assert len(touched(explain(*asked[0]))) < 10


def test_what_neither_is_rare_nor_common_is_collected_from_the_newest_on(
    stored: list[Span], plans: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answering, "VERY_RARE", 5)
    monkeypatch.setattr(answering, "LOOK", batches.Size(8, 4))
    found = queries.search_traces(Search(condition=word("host.name", "h3"), limit=5)).traces
    assert len(found) == 5
    # The first look into the index begins with the oldest, the next with the newest eighth.
    assert len(touched(plans[-2])) < 10


def test_newest_traces_come_from_the_index_in_order(stored: list[Span], plans: list[str]) -> None:
    queries.search_traces(Search(limit=10))
    queries.search_traces(Search(limit=10, sort="duration"))
    queries.search_traces(Search(limit=10, status="error"))
    indexes = [re.findall(r"using (trace_\w+)", plan) for plan in plans]
    assert indexes == [["trace_start"], ["trace_duration"], ["trace_error"]]
    assert not any("Seq Scan" in plan for plan in plans)


def test_others_of_a_common_operation_are_looked_up_in_the_partitions_of_the_latest_traces(stored: list[Span]) -> None:
    fetch("select set_config('enable_seqscan', 'off', true)")
    asked = peers._asked(stored[900], stored[900].start_ns) | peers.WALKED | {"most_traces": 10}
    plan = run(peers.WALK, asked)
    assert "Index Scan Backward using trace_start" in plan
    # Ten traces an hour apart: two days at most, of 45.
    assert 1 <= len(touched(plan)) <= 2
    assert "Seq Scan" not in plan


def test_others_of_a_rare_operation_are_found_through_the_index_of_operations(stored: list[Span]) -> None:
    busy = stored[900]
    fetch("select set_config('enable_seqscan', 'off', true)")
    since_ns = busy.start_ns - 2 * DAY_MS * MILLISECOND
    plan = run(peers.COLLECT, peers._asked(busy, busy.start_ns + DAY_MS * MILLISECOND) | {"since": since_ns})
    assert f"Bitmap Index Scan on {partition_of(busy)}_attributes" in plan
    assert "Seq Scan" not in plan
    assert 1 <= len(touched(plan)) <= 4
