from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from tests.spans import a_span, batches, many_spans
from tests.stored import count, rows
from traces import queries
from traces.core.span import Span
from traces.store import Writer

Change = Callable[[list[Span]], list[Span]]
AGAIN: dict[str, tuple[Change, int]] = {
    "same": (lambda spans: spans, 0),
    "reversed": (lambda spans: spans[::-1], 0),
    "subset": (lambda spans: spans[5:20], 0),
    "superset": (lambda spans: [*spans, *many_spans(10, traces=3, seed=2)], 10),
    "overlap": (lambda spans: [*spans[30:], *many_spans(10, traces=3, seed=3)], 10),
    "twice": (lambda spans: [*spans, *spans], 0),
    "more of the same traces": (lambda spans: [*spans, a_span(spans[0].trace_id, 7)], 1),
}


def totals() -> tuple[int, int]:
    """What the traces' rows say, which has to be what is there."""
    found = rows("select coalesce(sum(span_count), 0)::int, coalesce(sum(error_count), 0)::int from trace")[0]
    in_spans = rows("select count(*)::int, (count(*) filter (where status = 2))::int from span")[0]
    by_service = rows("select sum(n)::int from trace, unnest(service_spans) n")[0][0] or 0
    assert found == in_spans
    assert by_service == found[0]
    return found[0], found[1]


@pytest.mark.parametrize("maybe_stored", [False, True])
@pytest.mark.parametrize("how", AGAIN)
def test_what_comes_again_is_stored_and_counted_once(writer: Writer, how: str, maybe_stored: bool) -> None:
    spans = many_spans(40, traces=6)
    assert writer.write(spans) == 40
    change, fresh = AGAIN[how]
    assert writer.write(change(spans), maybe_stored=maybe_stored) == fresh
    assert totals()[0] == 40 + fresh


def test_duplicates_within_a_batch_are_stored_once(writer: Writer) -> None:
    spans = many_spans(30, traces=4)
    assert writer.write(spans + spans[::2] + spans[:3]) == 30
    assert totals()[0] == 30


def test_same_ids_with_another_start_are_another_span(writer: Writer) -> None:
    first, second = a_span(start=0), a_span(start=1, name="again")
    assert writer.write([first, second]) == 2
    assert writer.write([first, second]) == 0
    assert [found.name for found in queries.span_details(first.trace_id, first.span_id)] == ["GET /", "again"]
    assert totals()[0] == 2


def test_first_of_two_different_spans_with_the_same_ids_and_start_stays(writer: Writer) -> None:
    writer.write([a_span(name="first")])
    assert writer.write([a_span(name="second")]) == 0
    assert [span.name for span in queries.trace_spans(a_span().trace_id)] == ["first"]


def test_retry_doesnt_look_like_news(writer: Writer) -> None:
    spans = many_spans(20, traces=1)
    writer.write(spans)
    before = queries.trace_summary(spans[0].trace_id)
    writer.write(spans)
    assert queries.trace_summary(spans[0].trace_id) == before


def test_stored_says_which_are_there(writer: Writer) -> None:
    spans = many_spans(20, traces=5)
    writer.write(spans[:10])
    moved = [spans[0]._replace(start_ns=spans[0].start_ns + 1)]
    assert writer.stored([*spans[5:15], *moved]) == set(range(5))
    assert writer.stored([]) == set()


def test_many_batches_with_repeats_in_any_order_add_up(writer: Writer) -> None:
    chance = random.Random(3)
    spans = many_spans(300, traces=20)
    sent = [batch for _ in range(3) for batch in batches(spans, chance)]
    chance.shuffle(sent)
    assert sum(map(writer.write, sent)) == 300
    assert totals()[0] == count() == 300
