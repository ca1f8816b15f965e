from __future__ import annotations

from uuid import UUID

import pytest

from tests.queries.test_plans import many_days
from tests.spans import MILLISECOND, START_NS, a_span, id_bytes
from tests.store.test_links import link, linking
from tests.stored import execute
from traces import queries
from traces.queries import links
from traces.queries.reading import fetch_within
from traces.store import Writer

HIGH = 1 << 63 | 7


def ids(found: queries.LinkedFrom) -> list[tuple[int, int]]:
    """Trace and span of who links."""
    return [(int.from_bytes(one.trace_id), int.from_bytes(one.span_id)) for one in found.newest]


def to_span(trace: int, span: int) -> queries.LinkedFrom:
    return queries.links_to_span(id_bytes(trace, 16), id_bytes(span, 8))


def test_span_knows_who_links_to_it_the_newest_first(writer: Writer) -> None:
    writer.write(
        [
            linking(1, 1, link(9, HIGH), link(9, HIGH), start=5, service="shop", name="POST /cart"),
            linking(1, HIGH, link(9, HIGH), start=7),
            linking(2, 1, link(9, HIGH), start=6, name="x" * 40_000),
            linking(3, 1, link(9, 2), start=8),
            linking(9, HIGH, link(9, HIGH), start=1),
        ]
    )
    found = to_span(9, HIGH)
    assert (found.spans, found.traces, found.complete) == (4, 3, True)
    assert ids(found) == [(1, HIGH), (2, 1), (1, 1), (9, HIGH)]
    assert found.newest[2] == (id_bytes(1, 16), id_bytes(1, 8), START_NS + 5 * MILLISECOND, "shop", "POST /cart",
                               id_bytes(HIGH, 8))  # fmt: skip
    assert found.newest[1].name == "x" * 40_000


def test_trace_knows_which_others_link_to_any_of_its_spans(writer: Writer) -> None:
    writer.write([linking(1, 1, link(9, 1), link(9, 2)), linking(2, 1, link(9, 3), start=1), linking(9, 2, link(9, 1))])
    found = queries.links_to_trace(id_bytes(9, 16))
    assert (found.spans, found.traces, found.complete) == (2, 2, True)
    assert ids(found) == [(2, 1), (1, 1)]
    assert found.newest[0].target_span_id == id_bytes(3, 8)


def test_nobody_links_to_what_has_no_links(writer: Writer) -> None:
    writer.write([linking(1, 1, link(9, 1))])
    nobody = queries.LinkedFrom(0, 0, True, [])
    assert to_span(1, 1) == queries.links_to_trace(id_bytes(1, 16)) == to_span(9, 2) == nobody


def test_of_many_the_newest_are_named_and_the_rest_counted(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    writer.write([linking(n, 1, link(1_000, 1), start=n) for n in range(1, 121)])
    found = to_span(1_000, 1)
    assert (found.spans, found.complete) == (120, True)
    assert ids(found) == [(n, 1) for n in range(120, 70, -1)]
    monkeypatch.setattr(links, "OF_SPAN", links.OF_SPAN.replace("1000", "60"))
    monkeypatch.setattr(links, "COUNTED_UP_TO", 60)
    found = to_span(1_000, 1)
    assert (found.spans, found.complete, ids(found)[0]) == (60, False, (120, 1))


def test_linking_span_that_is_gone_is_not_named(writer: Writer) -> None:
    writer.write([linking(1, 1, link(9, 1)), linking(2, 1, link(9, 1))])
    execute("delete from span where trace_id = '00000000-0000-0000-0000-000000000002'")
    assert ids(to_span(9, 1)) == [(1, 1)]


def test_spans_that_are_here_are_told_from_others(writer: Writer) -> None:
    writer.write([a_span(1, 1), a_span(1, HIGH, start=5), a_span(2, 2)])
    traces = queries.traces_here([id_bytes(1, 16), id_bytes(2, 16)])
    pairs = [(id_bytes(trace, 16), id_bytes(span, 8)) for trace, span in [(1, 1), (1, HIGH), (1, 2), (2, 2), (3, 1)]]
    assert queries.spans_here(pairs * 2, traces) == {pairs[0], pairs[1], pairs[3]}
    assert queries.spans_here(pairs, {}) == set()


def test_links_are_looked_up_in_their_index_and_spans_in_partitions_of_their_time(writer: Writer) -> None:
    many_days()
    linking_spans = [linking(50_000 + n, 1, link(100, n % 50), start=n) for n in range(2_000)]
    writer.write(linking_spans)
    execute("analyze link")
    params = {"trace": UUID(int=100), "span": 7}
    plan = explained(links.NEWEST.format("true", links.OF_SPAN), params)
    assert "link_pkey" in plan
    assert "Seq Scan" not in plan
    assert "Seq Scan" not in explained(links.COUNTS.format("true", links.OF_SPAN), params)
    some = linking_spans[:50]
    starts = [span.start_ns for span in some]
    columns = {"traces": [UUID(bytes=span.trace_id) for span in some], "spans": [1] * 50, "starts": starts}
    plan = explained(links.SPANS, columns | {"first": min(starts), "last": max(starts)})
    assert "Seq Scan" not in plan
    assert plan.count("Index") <= 2


def explained(query: str, params: dict[str, object]) -> str:
    """The planner of some versions reads a partition of a hundred rows as a whole, whatever index there is."""
    settings = {"enable_seqscan": "off"}
    return "\n".join(line for (line,) in fetch_within(f"explain {query}", params, settings=settings))
