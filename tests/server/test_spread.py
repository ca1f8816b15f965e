"""Connections end up where there is least to do, whichever process the kernel gave them to."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from tracing_ui.spread import Spread


def answers(spread: Spread, requests: int) -> list[list[tuple[str, str]]]:
    """The headers of answers to requests that come one after the other."""
    found = []

    def application(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        start("200 OK", [("Content-Length", "0")])
        return [b""]

    for _ in range(requests):
        spread.around(application)({}, lambda status, headers: found.append(headers))
    return found


def busy_with(spread: Spread, requests: int) -> Spread:
    for _ in range(requests):
        spread.begin()
    return spread


def closing(headers: list[tuple[str, str]]) -> bool:
    return ("Connection", "close") in headers


def test_a_process_that_is_alone_keeps_its_connections() -> None:
    spread = Spread(1)
    spread.join()
    assert not any(map(closing, answers(busy_with(spread, 50), 1_000)))


def test_one_request_more_than_the_others_is_no_imbalance() -> None:
    spread = Spread(2)
    spread.join()
    assert not any(map(closing, answers(spread, 1_000)))


def test_a_busy_process_gives_connections_away_one_at_a_time() -> None:
    spread = Spread(2)
    spread.join()
    found = [closing(headers) for headers in answers(busy_with(spread, 3), 100)]
    assert 1 < sum(found) < 20
    assert not any(found[:5])


def test_a_share_of_many_is_no_imbalance() -> None:
    spread = Spread(2)
    spread._own = 1
    busy_with(spread, 27)
    spread._own = 0
    assert not any(map(closing, answers(busy_with(spread, 33), 1_000)))


def test_the_place_of_a_dead_process_is_free_again() -> None:
    spread = Spread(2)
    spread._members[:] = [1, 2**31 - 1]
    spread._in_work[:] = [1, 7]
    spread.join()
    assert spread._own == 1
    assert spread._in_work[:] == [1, 0]
