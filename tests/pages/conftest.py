"""What page tests ask for: spans in a real database."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from secrets import token_bytes

import pytest

from traces import queries
from traces.core.span import Span
from traces.core.timescale import SECOND
from traces.store import Writer

Store = Callable[[Sequence[Span]], str]


@pytest.fixture
def zero_ns() -> int:
    return (time.time_ns() // SECOND - 30) * SECOND


@pytest.fixture
def store(db: None, zero_ns: int) -> Iterator[Store]:
    """Stores spans as a trace with a new id and returns that id; times count from half a minute ago."""
    writer = Writer()

    def write(spans: Sequence[Span]) -> str:
        trace_id = token_bytes(16)
        writer.write([span._replace(trace_id=trace_id, start_ns=span.start_ns + zero_ns) for span in spans])
        return trace_id.hex()

    yield write
    # What the transaction takes back must not be remembered.
    queries.forget()
