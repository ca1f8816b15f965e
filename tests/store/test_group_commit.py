from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from tests.spans import a_span, many_spans
from tests.stored import at_once, count, rows
from traces.core.span import Span
from traces.store import Unavailable, Unstorable, Writer
from traces.store.group_commit import MAX_SPANS, GroupCommit

pytestmark = pytest.mark.usefixtures("committed")
POISON = {"bad": "\x00"}


class WatchedWriter(Writer):
    """Notes the size of each write; the first waits until the test lets it go."""

    def __init__(self, open_: threading.Event) -> None:
        super().__init__()
        self.open, self.sizes = open_, list[int]()

    def write(self, spans: Sequence[Span], *, maybe_stored: bool = False) -> int:
        self.sizes.append(len(spans))
        assert self.open.wait(30)
        return super().write(spans, maybe_stored=maybe_stored)


class Store(GroupCommit):
    """Whose thread ends soon after its last request, so that the test's database can be taken away."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.open.set()
        self.writers: list[WatchedWriter] = []
        super().__init__(self._made)
        wait_for: Callable[..., Any] = self._arrived.wait_for
        self._arrived.wait_for = lambda predicate, timeout=None: wait_for(predicate, 0.2)  # type: ignore[method-assign]

    def _made(self) -> WatchedWriter:
        self.writers.append(WatchedWriter(self.open))
        return self.writers[-1]

    def written(self) -> int:
        return sum(len(writer.sizes) for writer in self.writers)

    def waiting(self, requests: int) -> None:
        for _ in range(3_000):
            if len(self._waiting) >= requests:
                return
            threading.Event().wait(0.01)
        raise AssertionError(f"{len(self._waiting)} of {requests} requests are waiting")

    def ended(self) -> None:
        self.open.set()
        for thread in threading.enumerate():
            if thread.name == "writer":
                thread.join(20)
                assert not thread.is_alive()

    def together(self, requests: Sequence[Sequence[Span]]) -> list[BaseException | None]:
        """Writes the requests while the thread is busy with another; what each was told, in their order."""
        told: list[BaseException | None] = [None] * len(requests)

        def ask(n: int, spans: Sequence[Span]) -> None:
            try:
                self.write(spans)
            except Exception as error:  # noqa: BLE001 - is what the test looks at
                if n >= 0:
                    told[n] = error

        self.open.clear()
        before = self.written()
        threads = [threading.Thread(target=ask, args=(-1, [a_span(trace=99)]))]
        threads[0].start()
        while self.written() == before:
            threading.Event().wait(0.01)
        for n, spans in enumerate(requests):
            threads.append(threading.Thread(target=ask, args=(n, spans)))
            threads[-1].start()
            self.waiting(n + 1)
        self.open.set()
        for thread in threads:
            thread.join(30)
            assert not thread.is_alive()
        return told


@pytest.fixture
def store() -> Iterator[Store]:
    found = Store()
    yield found
    found.ended()


def transactions() -> int:
    return len(rows("select distinct xmin::text from span"))


def test_what_was_acknowledged_is_there(store: Store) -> None:
    spans = many_spans(100, traces=10)
    store.write(spans)
    assert count() == 100


def test_waiting_requests_share_one_transaction(store: Store) -> None:
    requests = [many_spans(5, traces=2, seed=seed) for seed in range(12)]
    assert store.together(requests) == [None] * 12
    assert store.writers[0].sizes == [1, 60]
    assert (count(), transactions()) == (61, 2)


def test_group_ends_at_the_most_spans(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("traces.store.group_commit.MAX_SPANS", 10)
    requests = [many_spans(size, traces=2, seed=size) for size in (4, 5, 6, 25, 3)]
    assert store.together(requests) == [None] * 5
    assert store.writers[0].sizes == [1, 9, 6, 25, 3]
    assert MAX_SPANS > 512


def test_requests_impossible_span_costs_no_other_request(store: Store) -> None:
    requests = [[a_span(trace=n, attributes=POISON if n == 3 else {})] for n in range(1, 6)]
    told = store.together(requests)
    assert [type(error) for error in told] == [type(None), type(None), Unstorable, type(None), type(None)]
    assert {row[0].int for row in rows("select trace_id from span")} == {1, 2, 4, 5, 99}


def test_request_that_comes_again_costs_no_other_request_its_copy(store: Store) -> None:
    again = many_spans(5, traces=1, seed=1)
    store.write(again)
    assert store.together([many_spans(5, traces=1, seed=2), again, many_spans(5, traces=1, seed=3)]) == [None] * 3
    assert [size for writer in store.writers for size in writer.sizes] == [5, 1, 10, 5]
    assert count() == 16


def test_same_request_twice_at_once_is_stored_once(store: Store) -> None:
    request = many_spans(5, traces=1)
    assert store.together([request, request, request[:2]]) == [None] * 3
    assert count() == 6


def test_everyone_is_told_when_the_database_is_away(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object, **__: object) -> int:
        raise Unavailable("gone")

    store.write([a_span(trace=50)])
    with monkeypatch.context() as patched:
        patched.setattr(Writer, "write", away)
        told = store.together([[a_span(trace=n)] for n in (1, 2)])
    assert [type(error) for error in told] == [Unavailable] * 2
    assert store.together([[a_span(trace=n)] for n in (1, 2)]) == [None] * 2


def test_mistake_of_ours_leaves_nobody_waiting(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def mistaken(*_: object, **__: object) -> int:
        raise KeyError("oops")

    store.write([a_span(trace=50)])
    with monkeypatch.context() as patched:
        patched.setattr(Writer, "stored", mistaken)
        with pytest.raises(KeyError):
            store.write([a_span()])
    store.write([a_span()])
    assert count() == 2


def test_idle_thread_gives_its_connection_back_and_the_next_request_starts_another(store: Store) -> None:
    connected = (
        "select pid from pg_stat_activity where datname = current_database() and backend_type = 'client backend'"
    )
    before = set(rows(connected))
    store.write([a_span(trace=1)])
    of_writer = set(rows(connected)) - before
    assert len(of_writer) == 1
    store.ended()
    for _ in range(100):
        if not of_writer & set(rows(connected)):
            break
        threading.Event().wait(0.02)
    assert not of_writer & set(rows(connected))
    store.write([a_span(trace=2)])
    assert (count(), len(store.writers)) == (2, 2)


def test_lost_connection_is_told_and_then_mended(store: Store) -> None:
    store.write([a_span(trace=1)])
    rows(
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'"
    )
    with pytest.raises(Unavailable):
        store.write([a_span(trace=2)])
    store.write([a_span(trace=2)])
    assert count() == 2


def test_many_threads_are_all_served_and_repeats_counted_once(store: Store) -> None:
    requests = {n: many_spans(7, traces=3, seed=n) for n in range(160)}

    def send(seed: int) -> None:
        for n in range(10):
            store.write(requests[seed * 10 + n])
            store.write(requests[(seed * 10 + n * 7) % 160])

    assert at_once([lambda seed=seed: send(seed) for seed in range(16)]) == []  # type: ignore[misc]
    assert count() == 16 * 10 * 7
    assert rows("select sum(span_count)::int from trace") == [(16 * 10 * 7,)]
