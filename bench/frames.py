"""A load's file in, bodies to send out: times moved to now, ids made new where a body is sent once more."""

from __future__ import annotations

import json
import re
import struct
import time
from os import SEEK_CUR
from pathlib import Path
from typing import Any

from bench.bodies import FRAME_HEAD

AGO_NS = 30 * 60 * 10**9
_TIME = struct.Struct("<Q")
# A span's trace id and what must follow it; a link's has the same shape, and is renewed with its target.
_TRACE_ID = re.compile(rb"\x0a\x10.{16}\x12\x08.{8}(?:\x22\x08.{8})?[\x22\x2a]", re.DOTALL)


class Body:
    """A request's body, and how many spans it holds."""

    __slots__ = ("data", "renewed", "spans")

    def __init__(self, data: bytearray, spans: int) -> None:
        self.data = data
        self.spans = spans
        self.renewed = 0

    def renew(self, times: int = 1) -> None:
        """Makes its traces other traces, so that it can be stored once more."""
        before, self.renewed = self.renewed, self.renewed + times
        for match in _TRACE_ID.finditer(self.data):
            self.data[match.start() + 2] ^= self.renewed ^ before


def read_meta(path: Path) -> dict[str, Any]:
    meta: dict[str, Any] = json.loads(path.with_name(path.name + ".meta.json").read_text())
    return meta


def read(path: Path, *, ago_ns: int = AGO_NS, skip: int = 0, limit: int | None = None) -> list[Body]:
    """The file's bodies, the first trace starting `ago_ns` before now; those of so many spans, after the first few."""
    start_ns = read_meta(path)["t0"] * 10**9
    moving = _moving(start_ns)
    bodies: list[Body] = []
    spans, by_ns = 0, time.time_ns() - ago_ns - start_ns
    with path.open("rb") as file:
        while (limit is None or spans < skip + limit) and (head := file.read(FRAME_HEAD.size)):
            size, count = FRAME_HEAD.unpack(head)
            if spans < skip:
                file.seek(size, SEEK_CUR)
            else:
                body = Body(bytearray(file.read(size)), count)
                if skip and not bodies:
                    by_ns -= _first_ns(body.data, moving) - start_ns
                _move(body.data, moving, by_ns)
                bodies.append(body)
            spans += count
    return bodies


def _first_ns(data: bytearray, moving: re.Pattern[bytes]) -> int:
    """The earliest time in it."""
    return min(int(_TIME.unpack_from(data, match.start() + 1)[0]) for match in moving.finditer(data))


def _moving(start_ns: int) -> re.Pattern[bytes]:
    """Finds the times of spans (start and end, fields 7 and 8) and of events (field 1, before the name).

    All have their upper two bytes in common, since 2**48 nanoseconds are three days. With the tags around
    them that is as good as parsing, and ten times faster.
    """
    high = {_TIME.pack(start_ns + later)[6:] for later in (0, 2 * 3600 * 10**9)}
    time_ns = rb".{6}(?:" + b"|".join(re.escape(two) for two in high) + rb")"
    return re.compile(rb"\x39" + time_ns + rb"\x41" + time_ns + rb"|\x09" + time_ns + rb"(?=\x12)", re.DOTALL)


def _move(data: bytearray, moving: re.Pattern[bytes], by_ns: int) -> None:
    for match in moving.finditer(data):
        for place in range(match.start() + 1, match.end(), _TIME.size + 1):
            _TIME.pack_into(data, place, _TIME.unpack_from(data, place)[0] + by_ns)
