from __future__ import annotations

import itertools
import random
from collections import Counter
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.spans import START_NS, a_span, batches, float32, id_bytes, texts
from tests.stored import extent, rows
from traces import queries
from traces.core.sampling import weight
from traces.core.span import Span, Status
from traces.queries import ServiceCount, TraceSummary
from traces.store import Writer

_fresh = itertools.count(1 << 101)
_span = st.builds(
    lambda id, parent, start, length, service, name, status, state: a_span(
        span=id, parent=parent, start=start, length=length, service=service, name=name, status=status,
        trace_state=state,
    ),
    st.sampled_from([1, 2, 3, 1 << 63, (1 << 64) - 1]),
    st.sampled_from([None, 1, 2]),
    st.integers(0, 4),
    st.integers(0, 5),
    st.sampled_from(["a", "b", "c"]),
    texts,
    st.sampled_from(Status),
    st.sampled_from(["", "ot=th:8", "ot=th:c", "other=x"]),
)  # fmt: skip


OPERATIONS = "select distinct unnest(operation_ids) as id from trace where trace_id = %s::uuid order by id"
OPERATIONS_OF_SPANS = "select distinct operation_id from span where trace_id = %s::uuid order by 1"


def expected(spans: list[Span]) -> dict[str, Any]:
    """What the row says, in plain Python."""
    roots = [span for span in spans if span.parent_span_id is None]
    head = min(roots or spans, key=lambda span: (span.start_ns, span.span_id))
    start_ns, end_ns = extent(spans)
    counts = Counter(span.service for span in spans)
    errors = Counter(span.service for span in spans if span.status == Status.ERROR)
    return {
        "trace_id": head.trace_id,
        "has_root": bool(roots),
        "root_span_id": head.span_id,
        "service": head.service,
        "name": head.name,
        "start_ns": start_ns,
        "end_ns": end_ns,
        "duration_ns": head.duration_ns if roots else end_ns - start_ns,
        "span_count": len(spans),
        "error_count": errors.total(),
        "services": {service: ServiceCount(n, errors[service]) for service, n in counts.items()},
        "weight": max(float32(weight(span.trace_state)) for span in spans),
    }


def stored(trace_id: bytes) -> dict[str, Any]:
    found = queries.trace_summary(trace_id)
    assert isinstance(found, TraceSummary)
    kept = found._asdict()
    del kept["version"]
    return kept


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    spans=st.lists(_span, min_size=1, max_size=12, unique_by=lambda span: (span.span_id, span.start_ns)),
    seed=st.integers(0, 1 << 30),
)
def test_any_batches_in_any_order_give_the_same_summary(writer: Writer, spans: list[Span], seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(2):
        trace_id = id_bytes(next(_fresh), 16)
        mine = [span._replace(trace_id=trace_id) for span in spans]
        for batch in batches(mine, chance):
            writer.write(batch)
        assert stored(trace_id) == expected(mine)
        assert rows(OPERATIONS, trace_id.hex()) == rows(OPERATIONS_OF_SPANS, trace_id.hex())


def head(writer: Writer, *arriving: Span) -> list[tuple[str, bool]]:
    """The trace's name after each arrival, and whether it is a root's."""
    names = []
    for span in arriving:
        writer.write([span])
        found = queries.trace_summary(span.trace_id)
        assert found is not None
        names.append((found.name, found.has_root))
    return names


def test_trace_without_a_root_is_named_by_its_earliest_span_and_mends_itself(writer: Writer) -> None:
    late, early = a_span(span=2, parent=1, start=5, name="late"), a_span(span=3, parent=1, start=3, name="early")
    root = a_span(span=1, start=4, name="root")
    assert head(writer, late, early, root) == [("late", False), ("early", False), ("root", True)]


def test_of_two_roots_the_earlier_one_is_the_head_whatever_came_first(writer: Writer) -> None:
    late, early = a_span(span=1, start=5, name="late"), a_span(span=2, start=3, name="early")
    assert head(writer, late, early) == [("late", True), ("early", True)]
    again = [span._replace(trace_id=id_bytes(2, 16)) for span in (early, late)]
    assert head(writer, *again) == [("early", True), ("early", True)]


def test_of_two_roots_at_one_time_the_smaller_id_is_the_head(writer: Writer) -> None:
    # As unsigned numbers, in the database too, where ids are signed.
    large, small = a_span(span=(1 << 64) - 1, name="large"), a_span(span=1, name="small")
    assert head(writer, large, small) == [("large", True), ("small", True)]


def test_late_consumer_lengthens_the_extent_and_not_the_duration(writer: Writer) -> None:
    writer.write([a_span(span=1, start=0, length=10)])
    writer.write([a_span(span=2, parent=1, start=7_200_000, length=5)])
    found = queries.trace_summary(a_span().trace_id)
    assert found is not None
    assert (found.duration_ns, found.extent_ns) == (10_000_000, 7_200_005_000_000)


def test_duration_without_a_root_is_the_extent_and_then_the_roots(writer: Writer) -> None:
    durations = []
    for span in (
        a_span(span=2, parent=1, start=10, length=10),
        a_span(span=3, parent=1, start=30, length=10),
        a_span(span=1, start=0, length=25),
        a_span(span=4, parent=1, start=100, length=10),
    ):
        writer.write([span])
        found = queries.trace_summary(span.trace_id)
        assert found is not None
        durations.append(found.duration_ns // 1_000_000)
    assert durations == [10, 30, 25, 25]


def test_version_counts_the_writes(writer: Writer) -> None:
    for n in range(1, 4):
        writer.write([a_span(span=n)])
    assert rows("select version from trace") == [(3,)]


def test_services_of_many_batches_are_added_up_now_and_then(writer: Writer) -> None:
    spans = [
        a_span(span=n, service=f"service {n % 7}", status=Status.ERROR if n % 3 == 0 else Status.OK)
        for n in range(1, 251)
    ]
    longest = 0
    for span in spans:
        writer.write([span])
        longest = max(longest, rows("select cardinality(service_ids) from trace")[0][0])
    assert 90 < longest <= 96
    assert stored(spans[0].trace_id) == expected(spans)


def test_trace_of_more_services_than_fit_uncompacted_keeps_them_all(writer: Writer) -> None:
    spans = [a_span(span=n, service=f"service {n % 150}") for n in range(1, 401)]
    for batch in (spans[:200], spans[200:201], spans[201:]):
        writer.write(batch)
    assert stored(spans[0].trace_id) == expected(spans)
    assert rows("select cardinality(service_ids) from trace") == [(150,)]


def test_operations_that_come_again_take_no_more_room(writer: Writer) -> None:
    spans = [a_span(span=n, name=f"name {n % 60}") for n in range(1, 301)]
    for batch in (spans[:120], spans[120:121], spans[121:]):
        writer.write(batch)
        assert rows("select cardinality(operation_ids) from trace") == [(60,)]


def test_trace_of_more_operations_than_fit_uncompacted_keeps_them_all(writer: Writer) -> None:
    for n in range(1, 151):
        writer.write([a_span(span=n, name=f"name {n}")])
    trace_id = id_bytes(1, 16).hex()
    assert len(rows(OPERATIONS, trace_id)) == 150
    assert rows(OPERATIONS, trace_id) == rows(OPERATIONS_OF_SPANS, trace_id)


def test_time_zero_is_a_time_and_a_duration(writer: Writer) -> None:
    writer.write([a_span(start_ns=0, duration_ns=0)])
    writer.write([a_span(span=2, parent=1, start_ns=START_NS, duration_ns=0)])
    found = queries.trace_summary(a_span().trace_id)
    assert found is not None
    assert (found.start_ns, found.end_ns, found.duration_ns) == (0, START_NS, 0)
