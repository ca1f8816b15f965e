"""Who searches now, of all requests in this process: a few at once, a few that wait for them; who comes then is told.

A reader who types, reloads and leaves starts many searches, and nobody tells that he has gone: they are worked off like
all others, but never by all threads. What is quick, a trace or a file, has the rest of these to itself.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

# Of `tracing_ui.roles.PAGES_THREADS`.
AT_ONCE, MOST_WAITING = 3, 5
PATIENCE_S = 5
_searching = threading.BoundedSemaphore(AT_ONCE)
_here = threading.BoundedSemaphore(AT_ONCE + MOST_WAITING)


class Busy(Exception):
    def __str__(self) -> str:
        return "too many search at once"


@contextmanager
def turn() -> Iterator[None]:
    """Raises Busy, at once where too many wait, else after a while."""
    if not _here.acquire(blocking=False):
        raise Busy
    try:
        if not _searching.acquire(timeout=PATIENCE_S):
            raise Busy
        try:
            yield
        finally:
            _searching.release()
    finally:
        _here.release()
