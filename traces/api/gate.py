"""Bounds what one process takes on at a time, in bytes and requests, and says no at once beyond that."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from traces.api.errors import Refused

# A body of unknown length counts as this until it is read.
ASSUMED_BYTES = 1 << 18


class Gate:
    """`most_bytes` is for the bodies in flight, as they came and then inflated; a single one always fits."""

    def __init__(self, *, most_bytes: int, most_requests: int, disk: Path | None, disk_floor: int) -> None:
        self._most_bytes, self._most_requests = most_bytes, most_requests
        self._disk, self._disk_floor = disk, disk_floor
        self._bytes = self._requests = 0
        self._lock = threading.Lock()
        self._looked_at_disk = 0.0
        self._disk_is_full = False

    @contextmanager
    def hold(self, size: int) -> Iterator[Callable[[int], None]]:
        """Raises Refused with 503 where there is no room, before anything was read.

        What it yields is to be called when the size turns out to be larger, and refuses in the same way.
        """
        self.check_disk()
        held = 0

        def grow(to: int) -> None:
            nonlocal held
            if to > held:
                self._take_room(to - held)
                held = to

        with self._lock:
            if self._requests >= self._most_requests:
                raise _full()
            self._requests += 1
        try:
            grow(size)
            yield grow
        finally:
            with self._lock:
                self._bytes -= held
                self._requests -= 1

    def _take_room(self, more: int) -> None:
        with self._lock:
            if self._requests > 1 and self._bytes + more > self._most_bytes:
                raise _full()
            self._bytes += more

    def check_disk(self) -> None:
        """A full disk would take PostgreSQL down and reading with it, so writing stops before. Looks once a second."""
        now = time.monotonic()
        if self._disk is not None and now - self._looked_at_disk > 1:
            self._looked_at_disk = now
            self._disk_is_full = _free_bytes(self._disk) < self._disk_floor
        if self._disk_is_full:
            raise Refused(
                503,
                f"the database's disk has less than {self._disk_floor:,} bytes left; free some or set a retention",
            )


def _full() -> Refused:
    return Refused(503, "more spans are arriving than can be stored; send again in a moment")


def _free_bytes(folder: Path) -> int:
    try:
        stat = os.statvfs(folder)
    except OSError:
        return 1 << 62
    return stat.f_bavail * stat.f_frsize
