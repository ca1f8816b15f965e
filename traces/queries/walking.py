"""A question about traces -> those that match, walked over in an order, batch by batch, until time is over.

What is found is always the beginning of the whole answer: what ends early says how far it came, and which traces it
stepped over, as each of them alone takes longer than anybody should wait.
"""

from __future__ import annotations

import time
from uuid import UUID

from traces.queries.batches import Batch, Size
from traces.queries.deciding import FAIR_MS
from traces.queries.walked import Order, Place, Question, Walked

BOX_MS = 1_000
LEAST_TIMEOUT_MS = 100
QUICK_MS, GROWTH = 200, 4
# Before all traces: nothing was looked at.
START = Place((1 << 63) - 1, UUID(int=(1 << 128) - 1))
# As many tell what is common.
LOOK = Size(4_096, 64)
FIRST, LEAST, MOST = Size(4_096, 256), Size(64, 1), Size(65_536, 65_536)


def walk(question: Question, order: Order, *, box_ms: float, batches: int | None = None, size: Size = FIRST) -> Walked:
    """The first that match, as far as the time or so many batches reach; a batch that takes too long is the last of
    these. Without a number of them one trace may take a time of its own, and is stepped over after that."""
    ends_ms = now_ms() + box_ms
    size = Size(max(size.rows, len(question.among or ())), max(size.asked, len(question.among or ())))
    found = Walked([], order.after or START)
    is_first, fair_ms = True, FAIR_MS if batches is None else 0
    while len(found.rows) < order.most and batches != 0 and found.until is not None:
        began_ms = now_ms()
        # Of the first half the time: where it looks at too many, there is some left for fewer.
        timeout_ms = max(int(ends_ms - began_ms) // (2 if is_first else 1), LEAST_TIMEOUT_MS)
        more = Batch(question, order.behind(found), size, timeout_ms, fair_ms).matching()
        if more is None:
            if size == LEAST or batches is not None or (not is_first and now_ms() > ends_ms):
                break
            size = _shrunk(size)
            continue
        found, took_ms = found.then(more), now_ms() - began_ms
        if more.too_large and took_ms >= fair_ms > 0:
            ends_ms, fair_ms = ends_ms + took_ms, 0
        if now_ms() > ends_ms:
            break
        is_first, batches = False, None if batches is None else batches - 1
        size = _grown(size) if took_ms < QUICK_MS else size
    return found


def _grown(size: Size) -> Size:
    return Size(min(size.rows * GROWTH, MOST.rows), min(size.asked * GROWTH, MOST.asked))


def _shrunk(size: Size) -> Size:
    return Size(max(size.rows // GROWTH**3, LEAST.rows), max(size.asked // GROWTH**3, LEAST.asked))


def now_ms() -> float:
    return time.monotonic() * 1_000
