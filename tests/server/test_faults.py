"""Worker, database, the whole server killed while clients send: every acknowledged span is there exactly once."""

from __future__ import annotations

import functools
import http.client
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex

import grpc
import psutil
import psycopg

from tests.api.sending import pb_span, protobuf
from tests.server.running import Running, export, running, status
from tracing_ui import embedded

SENDERS, SPANS = 3, 5


class Sender(threading.Thread):
    """Sends a small batch, and the same again until `send` says that it is stored."""

    def __init__(self, send: Callable[[str], bool], stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self._send, self._stopping = send, stop
        self.acknowledged: list[str] = []
        self.tries = 0

    def run(self) -> None:
        trace_id = token_hex(16)
        while not self._stopping.is_set():
            self.tries += 1
            if self._send(trace_id):
                self.acknowledged.append(trace_id)
                trace_id = token_hex(16)
            else:
                time.sleep(0.05)


def by_http(port: int, trace_id: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("POST", "/v1/traces", _batch(trace_id), {"Content-Type": "application/x-protobuf"})
        answer = connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    assert answer in (200, 503), answer
    return answer == 200


def by_grpc(port: int, trace_id: str) -> bool:
    code = export(port, _batch(trace_id))
    # A killed process can cancel what it had: https://opentelemetry.io/docs/specs/otlp/#failures has that sent again.
    assert code in (grpc.StatusCode.OK, grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED), code
    return code is grpc.StatusCode.OK


@functools.cache
def _batch(trace_id: str) -> bytes:
    """The same for the same id, as it is sent again, however long that takes: another start is another span."""
    return protobuf(*(pb_span(bytes.fromhex(trace_id), n, None if n == 1 else 1) for n in range(1, SPANS + 1)))


@contextmanager
def sending(server: Running) -> Iterator[list[Sender]]:
    stop = threading.Event()
    ways = functools.partial(by_http, server.otlp_port), functools.partial(by_grpc, server.otlp_grpc_port)
    senders = [Sender(way, stop) for way in ways for _ in range(SENDERS)]
    for sender in senders:
        sender.start()
    yield senders
    stop.set()
    for sender in senders:
        sender.join(15)
        assert not sender.is_alive()


def acknowledged(senders: list[Sender]) -> list[str]:
    return [trace_id for sender in senders for trace_id in sender.acknowledged]


def wait_for_more(server: Running, senders: list[Sender]) -> None:
    """Until each has had three more batches stored: all is well again."""
    before = {sender: len(sender.acknowledged) for sender in senders}
    server.wait_until(lambda: all(len(s.acknowledged) >= count + 3 for s, count in before.items()), timeout_s=40)


def kill_database(data_dir: Path) -> None:
    psutil.Process(int((data_dir / "postgres" / "postmaster.pid").read_text().split()[0])).kill()


def assert_stored_once(data_dir: Path, trace_ids: list[str]) -> None:
    url = embedded.running_url(data_dir)
    assert url is not None
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            "select replace(trace_id::text, '-', ''), span_count,"
            " (select count(*) from span s where s.trace_id = t.trace_id) from trace t"
        ).fetchall()
    found = {trace_id: (counted, stored) for trace_id, counted, stored in rows}
    assert set(trace_ids) <= found.keys()
    # Not acknowledged may still be stored, but whole and once.
    assert set(found.values()) == {(SPANS, SPANS)}


def test_what_was_acknowledged_survives_any_kill(data_dir: Path) -> None:
    with running(data_dir) as server, sending(server) as senders:
        wait_for_more(server, senders)
        server.children("ingest")[1].kill()
        wait_for_more(server, senders)
        kill_database(data_dir)
        wait_for_more(server, senders)
        family = psutil.Process(server.process.pid).children(recursive=True)
        for process in [psutil.Process(server.process.pid), *family]:
            process.kill()
        server.ended()
        with running(data_dir, *server.ports) as second:
            wait_for_more(second, senders)
            assert status(server.otlp_port, "/readyz") == 200
            assert_stored_once(data_dir, acknowledged(senders))
            assert sum(sender.tries for sender in senders) > len(acknowledged(senders))
