"""Bodies in, what a server made of them out: over many kept connections, at its speed or at a given rate."""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable
from typing import NamedTuple, Protocol

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from bench.connection import Answer, Connection
from bench.frames import Body

NO_ANSWER = 0
RETRIABLE = (NO_ANSWER, 429, 503)
TRIES = 20
BACK_OFF_S = (0.1, 2.0)  # the first, doubled up to the longest


class Attempt(NamedTuple):
    """One request. `seconds` is from its first byte sent to the last of its answer received."""

    seconds: float
    status: int
    spans: int
    rejected: int
    retry_after: bool

    @property
    def accepted(self) -> int:
        return self.spans - self.rejected if 200 <= self.status < 300 else 0


class Sent(NamedTuple):
    """All that was sent in one go."""

    seconds: float
    sender_cpu_seconds: float
    attempts: list[Attempt]

    @property
    def accepted(self) -> int:
        return sum(attempt.accepted for attempt in self.attempts)

    @property
    def rejected(self) -> int:
        return sum(attempt.rejected for attempt in self.attempts)

    @property
    def statuses(self) -> dict[int, int]:
        """How many answers of each status; 0 is none."""
        return dict(sorted(Counter(attempt.status for attempt in self.attempts).items()))

    @property
    def spans_per_second(self) -> float:
        return self.accepted / self.seconds

    def milliseconds(self, share: float, *, status: int = 200) -> float:
        """The duration that a `share` of the requests with this answer stayed below."""
        return quantile([a.seconds for a in self.attempts if a.status == status], share) * 1000


def quantile(values: Iterable[float], share: float) -> float:
    """The nearest rank: a value that occurred. NaN of none."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else float("nan")


class Feed:
    """The bodies that are still to be sent, handed out to many threads.

    rate: spans a second, 0 for no limit. again: what was accepted is sent again with new ids, until `stop` or
    until `seconds` are over.
    """

    def __init__(self, bodies: Iterable[Body], *, rate: float = 0, again: bool = False, seconds: float = 600) -> None:
        self._bodies, self._rate, self.again = deque(bodies), rate, again
        self._lock, self._handed_out = threading.Lock(), 0
        self._begun = time.perf_counter()
        self._until = self._begun + seconds

    def stop(self) -> None:
        self._until = 0.0

    def take(self) -> Body | None:
        """The next body, when it is due; None at the end."""
        while time.perf_counter() < self._until:
            body, due = self._next()
            if body is None and not self.again:
                return None
            time.sleep(0.005 if body is None else max(0.0, min(due, self._until) - time.perf_counter()))
            if body and time.perf_counter() < self._until:
                return body
        return None

    def _next(self) -> tuple[Body | None, float]:
        with self._lock:
            if not self._bodies:
                return None, 0.0
            body = self._bodies.popleft()
            due = self._begun + self._handed_out / self._rate if self._rate else 0.0
            self._handed_out += body.spans
        return body, due

    def accepted(self, body: Body) -> None:
        if self.again:
            body.renew()
            self._bodies.append(body)

    def refused(self, body: Body) -> None:
        self._bodies.append(body)


class Sender(Protocol):
    """A connection that is kept."""

    def post(self, body: bytes | bytearray) -> Answer:
        """Raises OSError when there is no answer."""

    def close(self) -> None: ...


def send(
    feed: Feed,
    port: int,
    *,
    connections: int,
    patient: bool = True,
    connect: Callable[[int], Sender] = Connection,
) -> Sent:
    """Empties the feed. A patient sender tries refused bodies again, after a pause."""
    attempts: list[Attempt] = []
    deliver = _insist if patient else _offer
    jobs = [(feed, connect(port), attempts, deliver) for _ in range(connections)]
    threads = [threading.Thread(target=_work, args=job) for job in jobs]
    begun, cpu = time.perf_counter(), time.process_time()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Sent(time.perf_counter() - begun, time.process_time() - cpu, attempts)


def _work(feed: Feed, connection: Sender, attempts: list[Attempt], deliver: _Deliver) -> None:
    while body := feed.take():
        deliver(feed, connection, body, attempts)
    connection.close()


def _insist(feed: Feed, connection: Sender, body: Body, attempts: list[Attempt]) -> None:
    pause, longest = BACK_OFF_S
    for _ in range(TRIES):
        attempts.append(_attempt(connection, body))
        if attempts[-1].status not in RETRIABLE:
            return feed.accepted(body)
        time.sleep(pause)
        pause = min(2 * pause, longest)


def _offer(feed: Feed, connection: Sender, body: Body, attempts: list[Attempt]) -> None:
    attempts.append(_attempt(connection, body))
    (feed.refused if attempts[-1].status in RETRIABLE else feed.accepted)(body)


_Deliver = Callable[[Feed, Sender, Body, list[Attempt]], None]


def _attempt(connection: Sender, body: Body) -> Attempt:
    begun = time.perf_counter()
    try:
        answer = connection.post(body.data)
    except OSError:
        answer = Answer(NO_ANSWER, {}, b"")
    seconds = time.perf_counter() - begun
    return Attempt(seconds, answer.status, body.spans, _rejected(answer), "retry-after" in answer.headers)


def _rejected(answer: Answer) -> int:
    if answer.status != 200 or not answer.body:
        return 0
    return ExportTraceServiceResponse.FromString(answer.body).partial_success.rejected_spans
