"""Spreads connections evenly over the processes that share a port.

Which process gets a new connection is chance, and an exporter keeps its few connections for hours: four of them fall
on one of two processes one time in eight. So a process that has more requests in work than another, for a while,
closes a connection after its answer. The client opens another, which is chance again, until the load is even.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterable
from typing import Any

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

# How much the last request weighs in the average: what lasts for a few dozen requests counts, not a moment.
_WEIGHT = 0.05
# More requests in work than the least busy process: this many, and this share of our own.
_EXCESS, _SHARE = 1.25, 0.25
_CLOSE = ("Connection", "close")


class Spread:
    """Made before the processes are forked; each of them joins."""

    def __init__(self, processes: int) -> None:
        self._in_work = multiprocessing.RawArray("i", processes)
        self._members = multiprocessing.Array("i", processes)
        self._own = 0
        self._excess = 0.0
        self._lock = threading.Lock()

    def join(self) -> None:
        """Takes a free place, or that of a process that died."""
        with self._members.get_lock():
            self._own = next((place for place in range(len(self._in_work)) if not _lives(self._members[place])), 0)
            self._members[self._own] = os.getpid()
        self._in_work[self._own] = 0

    def begin(self) -> None:
        """A request is in work from now on."""
        with self._lock:
            self._in_work[self._own] += 1

    def is_uneven(self) -> bool:
        """To be asked once a request: whether its connection would be better off with another process."""
        with self._lock:
            # The least busy one may be ourselves: then there is no excess.
            own = self._in_work[self._own]
            self._excess += _WEIGHT * (own - min(self._in_work) - self._excess)
            if self._excess <= max(_EXCESS, _SHARE * own):
                return False
            self._excess = 0.0
            return True

    def end(self) -> None:
        with self._lock:
            self._in_work[self._own] -= 1

    def around(self, application: Application) -> Application:
        """The WSGI application, its connections spread."""

        def spread(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
            def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
                return start_response(status, [*headers, _CLOSE] if self.is_uneven() else headers, *rest)

            self.begin()
            try:
                return application(environ, start)
            finally:
                self.end()

        return spread


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return process > 0
