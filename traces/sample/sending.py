"""The shop's spans on their way: an OTLP endpoint in, what was sent out. Told, encoded and sent a body at a time."""

from __future__ import annotations

import time
from collections.abc import Callable
from random import Random
from typing import NamedTuple

import requests
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace.export import SpanExportResult

from traces.core.timescale import SECOND
from traces.sample.schedule import SEED, Buying, anything, hour
from traces.sample.work import Staff, Story

BODY_SPANS = 500
# For one body, with all of the exporter's own attempts.
TIMEOUT_S = 30
LIVE_PER_S = 2.0
# A trace is told at once, so all of it has to lie behind us.
LIVE_DELAY_S = 20

# Waits so many seconds; whether to stop.
Pause = Callable[[float], bool]


class Failed(Exception):
    """A body was not taken."""


class Sent(NamedTuple):
    traces: int
    spans: int


class Sender:
    """Hands what has ended to the exporter. Unlike a BatchSpanProcessor it never drops a span."""

    def __init__(self, endpoint: str, staff: Staff) -> None:
        session = requests.Session()
        # The server is our own: no proxy, no .netrc.
        session.trust_env = False
        self._exporter = OTLPSpanExporter(
            endpoint, session=session, timeout=TIMEOUT_S, compression=Compression.NoCompression
        )
        self._ended = staff.ended
        self.sent = Sent(0, 0)

    def flush(self, *, least: int = 1) -> bool:
        """Sends all there is, if it's worth a body; says whether it did. Raises Failed; then nothing is lost."""
        if len(self._ended.spans) < least:
            return False
        while body := self._ended.spans[:BODY_SPANS]:
            if self._exporter.export(body) is not SpanExportResult.SUCCESS:
                raise Failed("the server did not take the spans")
            del self._ended.spans[: len(body)]
            roots = sum(span.parent is None for span in body)
            self.sent = Sent(self.sent.traces + roots, self.sent.spans + len(body))
        return True


def fill(endpoint: str, *, now_ns: int, pause: Pause, report: Callable[[Sent], object]) -> Sent:
    """Sends the last hour. Ends early where `pause` says so; reports after each body. Raises Failed."""
    staff = Staff(Random(SEED))
    sender = Sender(endpoint, staff)
    for event in hour(SEED, now_ns):
        event.tell(Story(staff, Random(event.seed), at_ns=event.at_ns, now_ns=now_ns))
        if sender.flush(least=BODY_SPANS):
            report(sender.sent)
            if pause(0):
                return sender.sent
    sender.flush()
    return sender.sent


def keep_coming(endpoint: str, *, pause: Pause, complain: Callable[[str], object]) -> Sent:
    """Sends what goes on happening, some requests a second, until `pause` says to stop."""
    rng = Random(time.time_ns())
    staff, buying = Staff(rng), Buying()
    sender = Sender(endpoint, staff)
    while not pause(min(rng.expovariate(LIVE_PER_S), 5)):
        now_ns = time.time_ns()
        anything(rng, buying)(Story(staff, rng, at_ns=now_ns - LIVE_DELAY_S * SECOND, now_ns=now_ns))
        try:
            sender.flush()
        except Failed as error:
            complain(f"{error}; trying again")
            # What could not be sent meanwhile is history: it must not fill the memory.
            staff.ended.spans.clear()
    return sender.sent
