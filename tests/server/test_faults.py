"""Worker, database, the whole server killed while clients send: every acknowledged span is there exactly once."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex

import psutil
import psycopg

from tests.server.running import Running, running, status
from tracing_ui import embedded

SENDERS, SPANS = 6, 5


class Sender(threading.Thread):
    """Sends a small batch, and the same again until somebody says that it is stored."""

    def __init__(self, port: int, stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self._port, self._stopping = port, stop
        self.acknowledged: list[str] = []
        self.tries = 0

    def run(self) -> None:
        trace_id = token_hex(16)
        body = _batch(trace_id)
        while not self._stopping.is_set():
            if self._stored(body):
                self.acknowledged.append(trace_id)
                trace_id = token_hex(16)
                body = _batch(trace_id)
            else:
                time.sleep(0.05)

    def _stored(self, body: bytes) -> bool:
        self.tries += 1
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=10)
        try:
            connection.request("POST", "/api/spans", body, {"Content-Type": "application/json"})
            answer = connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
        assert answer in (200, 503), answer
        return answer == 200


def _batch(trace_id: str) -> bytes:
    start_ns = time.time_ns()
    spans = [
        {"trace_id": trace_id, "span_id": f"{n:016x}", "parent_id": "" if n == 1 else f"{1:016x}", "name": f"step {n}",
         "service": "shop", "start_time": start_ns + n, "duration_ms": 1}
        for n in range(1, SPANS + 1)
    ]  # fmt: skip
    return json.dumps(spans).encode()


@contextmanager
def sending(port: int) -> Iterator[list[Sender]]:
    stop = threading.Event()
    senders = [Sender(port, stop) for _ in range(SENDERS)]
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
    with running(data_dir) as server, sending(server.otlp_port) as senders:
        wait_for_more(server, senders)
        server.children("ingest")[1].kill()
        wait_for_more(server, senders)
        kill_database(data_dir)
        wait_for_more(server, senders)
        family = psutil.Process(server.process.pid).children(recursive=True)
        for process in [psutil.Process(server.process.pid), *family]:
            process.kill()
        server.ended()
        same_ports = f"--port={server.port}", f"--otlp-port={server.otlp_port}"
        with running(data_dir, *same_ports) as second:
            wait_for_more(second, senders)
            assert status(server.otlp_port, "/readyz") == 200
            assert_stored_once(data_dir, acknowledged(senders))
            assert sum(sender.tries for sender in senders) > len(acknowledged(senders))
