"""What all doors share: a decoder in, its spans on disk. One gate and one writer a process, for any protocol."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable

from django.conf import settings

from traces.api.errors import Refused
from traces.api.gate import Gate
from traces.core.span import Span
from traces.intake import Limits, judge
from traces.store import Writer
from traces.store.group_commit import GroupCommit
from traces.wire import Decoded

# Below the threads that each door has, so that one is free to say no.
MOST_REQUESTS = 80


@functools.cache
def gate() -> Gate:
    # Of a database elsewhere we can't see the disk.
    embedded = settings.DATA_DIR / "postgres"
    return Gate(
        most_bytes=settings.MAX_IN_FLIGHT_BYTES,
        most_requests=MOST_REQUESTS,
        disk=embedded if embedded.exists() else None,
        disk_floor=settings.MIN_FREE_DISK_BYTES,
    )


@functools.cache
def store() -> GroupCommit:
    return GroupCommit(
        lambda: Writer(most_operations=settings.MAX_OPERATIONS, retention_s=settings.RETENTION_S),
    )


def take(decode: Callable[[], Decoded]) -> tuple[list[Span], list[str]]:
    """Decodes, judges and stores a request: the spans that are on disk now, and why others are not.

    To be called while the gate holds the request. Raises what `refusal` knows.
    """
    with store().turns.decoding():
        spans, rejected = decode()
        now_ns = time.time_ns()
        judged = judge(spans, _limits(now_ns), now_ns=now_ns)
    if len(judged.spans) > settings.MAX_SPANS_PER_REQUEST:
        raise Refused(413, f"more than {settings.MAX_SPANS_PER_REQUEST:,} spans; send smaller batches")
    if judged.spans:
        store().write(judged.spans)
    return judged.spans, rejected + judged.rejected


def _limits(now_ns: int) -> Limits:
    retention_s = settings.RETENTION_S
    return Limits(
        attributes=settings.MAX_ATTRIBUTES,
        events=settings.MAX_EVENTS,
        links=settings.MAX_LINKS,
        value_length=settings.MAX_VALUE_LENGTH,
        oldest_ns=None if retention_s is None else now_ns - retention_s * 1_000_000_000,
    )
