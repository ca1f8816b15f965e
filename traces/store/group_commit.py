"""Requests that wait at the same time share one COPY and one flush to disk. Acknowledged means committed.

One thread a process writes; whoever brings spans waits until the transaction that holds them is on disk.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from django.db import connection

from traces.core.span import Span
from traces.store import Unstorable, Writer

MAX_SPANS = 8_192
IDLE_S = 60.0


class _Ticket:
    """One request's spans on their way to disk."""

    __slots__ = ("done", "error", "finished", "spans")

    def __init__(self, spans: Sequence[Span]) -> None:
        self.spans = spans
        self.error: BaseException | None = None
        self.finished = False
        # A lock does what an Event would, with less around it.
        self.done = threading.Lock()
        self.done.acquire()


class Turns:
    """Lets a process either decode or write, not both at once.

    Each answer of the database would otherwise wait for the interpreter, which a decoding thread gives up every five
    milliseconds only, and a batch needs about ten answers. Other processes use the cores meanwhile.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._may_decode = threading.Condition(self._lock)
        self._may_write = threading.Condition(self._lock)
        self._wants_to_decode = 0
        self._taken = False

    @contextmanager
    def decoding(self) -> Iterator[None]:
        with self._lock:
            self._wants_to_decode += 1
            while self._taken:
                self._may_decode.wait()
            self._wants_to_decode -= 1
            self._taken = True
        yield from self._hold()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Comes after all who want to decode, for what they bring can go along. They are few: each then waits."""
        with self._lock:
            while self._taken or self._wants_to_decode:
                self._may_write.wait()
            self._taken = True
        yield from self._hold()

    def _hold(self) -> Iterator[None]:
        try:
            yield
        finally:
            with self._lock:
                self._taken = False
                (self._may_decode if self._wants_to_decode else self._may_write).notify()


class GroupCommit:
    """Hands the spans of many threads to one `Writer`, which it makes in its own thread."""

    def __init__(self, make_writer: Callable[[], Writer]) -> None:
        self.turns = Turns()
        self._make_writer = make_writer
        self._waiting: deque[_Ticket] = deque()
        self._arrived = threading.Condition()
        self._thread: threading.Thread | None = None

    def write(self, spans: Sequence[Span]) -> None:
        """Returns when all spans are committed. Raises Unavailable or Unstorable."""
        if not spans:
            return
        ticket = _Ticket(spans)
        with self._arrived:
            self._waiting.append(ticket)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
                self._thread.start()
            self._arrived.notify()
        ticket.done.acquire()
        if ticket.error is not None:
            raise ticket.error

    def _run(self) -> None:
        writer = self._make_writer()
        while self._is_needed():
            with self.turns.writing():
                _write_group(writer, self._next_group())
        connection.close()

    def _is_needed(self) -> bool:
        """Waits for work. After a minute without, the connection is given back; the next request starts anew."""
        with self._arrived:
            needed = self._arrived.wait_for(lambda: bool(self._waiting), timeout=IDLE_S)
            if not needed:
                self._thread = None
            return needed

    def _next_group(self) -> list[_Ticket]:
        group: list[_Ticket] = []
        count = 0
        while self._waiting and (not group or count + len(self._waiting[0].spans) <= MAX_SPANS):
            group.append(self._waiting.popleft())
            count += len(group[-1].spans)
        return group


def _write_group(writer: Writer, tickets: list[_Ticket]) -> None:
    """Writes what was not there, one transaction for all; a resent request must not slow the others down."""
    try:
        again = _sent_again(writer, tickets)
        for group in ([ticket for ticket in tickets if ticket not in again], again):
            if group:
                _write_together(writer, group, maybe_stored=group is again)
    except BaseException as error:
        # Whatever happens, nobody may wait for ever, nor be told that all is well.
        for ticket in tickets:
            _finish(ticket, error)
        if not isinstance(error, Exception):
            raise


def _sent_again(writer: Writer, tickets: list[_Ticket]) -> list[_Ticket]:
    """The requests whose first span is stored already: a retry is the same request once more."""
    stored = writer.stored([ticket.spans[0] for ticket in tickets])
    return [ticket for index, ticket in enumerate(tickets) if index in stored]


def _write_together(writer: Writer, tickets: list[_Ticket], *, maybe_stored: bool) -> None:
    try:
        writer.write([span for ticket in tickets for span in ticket.spans], maybe_stored=maybe_stored)
    except Unstorable as error:
        if len(tickets) == 1:
            _finish(tickets[0], error)
            return
        # One request's spans must not cost another's.
        for ticket in tickets:
            _write_together(writer, [ticket], maybe_stored=maybe_stored)
    else:
        for ticket in tickets:
            _finish(ticket)


def _finish(ticket: _Ticket, error: BaseException | None = None) -> None:
    if not ticket.finished:
        ticket.finished, ticket.error = True, error
        ticket.done.release()
