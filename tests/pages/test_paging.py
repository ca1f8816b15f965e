"""Pages of a list while spans arrive: of traces that none of them reaches, each is there once, in its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import unescape
from random import Random

import pytest
from django.test import Client

from tests.core.drawing import a_span
from tests.pages.conftest import Store
from tests.pages.test_list import text_of
from traces.core.span import Span, Status
from traces.queries import changed_since
from traces.search import SORTS
from traces.store import Writer

pytestmark = pytest.mark.django_db
TRACES = 24
Page = tuple[list[str], str]


def a_page(client: Client, address: str) -> Page:
    """The ids of a page of the list, and where the next one is."""
    html = client.get(f"/{address}").content.decode()
    following = re.search(r'rel="next" href="([^"]+)"', html)
    return re.findall(r'data-trace-id="([0-9a-f]{32})"', html), unescape(following[1]) if following else ""


def a_page_of_the_api(client: Client, address: str) -> Page:
    answer = client.get(f"/api/traces?{address.partition('?')[2]}").json()
    return [trace["trace_id"] for trace in answer["traces"]], answer["next"] or ""


def spans_of(n: int, *, more: int = 0) -> list[Span]:
    """Many share their times, durations and numbers."""
    status = Status.ERROR if n % 4 else Status.UNSET
    spans = [a_span("root", start=n // 2, length=1 + n % 5, attributes={"odd": n % 2})]
    return spans + [a_span(f"s{k}", "root", start=n // 2, status=status) for k in range(n % 3 + more)]


def late_span(trace_id: str, zero_ns: int, chance: Random) -> Span:
    """Begins before its trace, outlasts it, or has an error: its trace goes elsewhere in each of the orders."""
    start = chance.randint(-20, 30)
    span = a_span("late", "root", start=start, length=chance.choice((0, 50)), status=Status.ERROR)
    span_id = chance.getrandbits(63).to_bytes(8)
    return span._replace(trace_id=bytes.fromhex(trace_id), span_id=span_id, start_ns=span.start_ns + zero_ns)


def walked(
    read: Callable[[Client, str], Page], client: Client, address: str, between: Callable[[], object]
) -> Iterator[str]:
    while address:
        ids, address = read(client, address)
        yield from ids
        between()


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("read", [a_page, a_page_of_the_api])
def test_arriving_spans_neither_hide_nor_repeat_other_traces(
    client: Client, store: Store, zero_ns: int, read: Callable[[Client, str], Page], sort: str
) -> None:
    ids, chance, reached = [store(spans_of(n)) for n in range(TRACES)], Random(sort), set[str]()
    address = f"?last=1h&sort={sort}&limit=3&q=odd exists"
    before = list(walked(read, client, address, lambda: None))
    assert sorted(before) == sorted(ids)

    def more() -> None:
        store(spans_of(chance.randrange(TRACES), more=2))
        trace_id = chance.choice(ids)
        reached.add(trace_id)
        Writer().write([late_span(trace_id, zero_ns, chance)])

    seen = list(walked(read, client, address, more))
    assert len(reached) > 5
    assert [id for id in seen if id in ids and id not in reached] == [id for id in before if id not in reached]


def test_later_page_says_how_many_are_newer_than_the_first(client: Client, store: Store) -> None:
    for n in range(4):
        store(spans_of(n))
    _, following = a_page(client, "?last=1h&limit=2")
    assert "newer" not in text_of(client, f"/{following}&total=1")
    for n in range(3):
        store([a_span("new", start=90_000 + n)])
    assert "3 traces newer" in text_of(client, f"/{following}&total=1")


def test_later_page_says_how_many_have_changed_since_the_first(client: Client, store: Store, zero_ns: int) -> None:
    ids = [store(spans_of(n)) for n in range(6)]
    _, following = a_page(client, "?last=1h&limit=3&q=odd exists")
    assert "changed" not in text_of(client, f"/{following}&total=1")
    for trace_id in ids[:2]:
        Writer().write([late_span(trace_id, zero_ns, Random(trace_id))])
    assert "2 traces changed since the first page" in text_of(client, f"/{following}&total=1")
    assert "changed" not in text_of(client, f"/{following.replace('odd', 'even')}&total=1")


def test_number_of_changed_traces_that_takes_too_long_is_said_to_be_unknown(
    client: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(6):
        store(spans_of(n))
    _, following = a_page(client, "?last=1h&limit=3")
    slow = "count(*) + (select count(*) from pg_sleep(2))"
    monkeypatch.setattr(changed_since, "CHANGED", changed_since.CHANGED.replace("count(*)", slow, 1))
    assert "an unknown number changed since the first page" in text_of(client, f"/{following}&total=1")
