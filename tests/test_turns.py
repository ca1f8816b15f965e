"""However many search, some threads are left for what is quick, and who can't search is told so."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from django.test import Client

from traces import turns
from traces.turns import AT_ONCE, MOST_WAITING, Busy, turn
from tracing_ui.roles import PAGES_THREADS

pytestmark = pytest.mark.django_db


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "PATIENCE_S", 0)


@pytest.fixture
def crowded(impatient: None) -> Iterator[None]:
    """As many search as may."""
    for _ in range(AT_ONCE):
        turns._searching.acquire()
    yield
    turns._searching.release(AT_ONCE)


def test_most_threads_are_never_in_a_search() -> None:
    assert AT_ONCE + MOST_WAITING <= PAGES_THREADS - 4


def test_who_waits_gets_a_turn() -> None:
    inside, leave, order = threading.Barrier(AT_ONCE + 1), threading.Event(), list[str]()

    def search() -> None:
        with turn():
            inside.wait(10)
            leave.wait(10)

    def wait() -> None:
        with turn():
            order.append("in")

    threads = [threading.Thread(target=search) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    inside.wait(10)
    late = threading.Thread(target=wait)
    late.start()
    order.append("out")
    leave.set()
    for thread in (*threads, late):
        thread.join(10)
    assert order == ["out", "in"]


def test_beyond_those_who_wait_nobody_does() -> None:
    for _ in range(AT_ONCE + MOST_WAITING):
        assert turns._here.acquire(blocking=False)
    try:
        with pytest.raises(Busy), turn():
            pytest.fail("there was no room")
    finally:
        turns._here.release(AT_ONCE + MOST_WAITING)


def test_error_in_a_turn_ends_it() -> None:
    for _ in range(2 * (AT_ONCE + MOST_WAITING)):
        with pytest.raises(ValueError, match="x"), turn():
            raise ValueError("x")


@pytest.mark.usefixtures("crowded")
@pytest.mark.parametrize("address", ["/", "/?q=a%3D1", "/compare?a=status%3Dok&b=status%3Derror"])
def test_page_says_that_too_many_search(address: str) -> None:
    answer = Client().get(address)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "Too many searches at once" in answer.content.decode()


@pytest.mark.usefixtures("crowded")
@pytest.mark.parametrize("address", ["/api/traces", "/api/metrics?q={}%7Crate()", "/api/compare?a=x", "/download.csv"])
def test_api_says_that_too_many_search(address: str) -> None:
    answer = Client().get(address)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert "too many are searching" in answer.json()["error"]


@pytest.mark.usefixtures("crowded")
@pytest.mark.parametrize("target", ["overview", "facets", "metrics", "results"])
def test_part_that_a_page_asks_for_by_itself_stays_as_it_is(target: str) -> None:
    answer = Client().get("/", headers={"HX-Request": "true", "HX-Target": target})
    assert (answer.status_code, answer.content) == (204, b"")


@pytest.mark.usefixtures("crowded")
@pytest.mark.parametrize("address", [f"/traces/{'a' * 32}", "/healthz", "/send"])
def test_what_is_no_search_has_no_need_to_wait(address: str) -> None:
    assert Client().get(address).status_code in (200, 404)
