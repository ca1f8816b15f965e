"""One start, many looks at it; what would disturb the others starts its own."""

from __future__ import annotations

import http.client
import itertools
import json
import queue
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import psutil
import psycopg
import pytest

from tests.api.sending import pb_span, protobuf
from tests.database import new_folder
from tests.server.running import EXPORT, ROOT, Running, export, gone, refused, running, status
from tracing_ui import embedded


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with new_folder() as folder:
        folder.chmod(0o755)
        with running(folder / "data") as server:
            yield server


def test_all_ports_answer_once_it_says_where_they_are(server: Running) -> None:
    assert f"Look:  http://127.0.0.1:{server.port}\n" in server.output()
    assert f"OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:{server.otlp_port}\n" in server.output()
    assert "OTEL_SERVICE_NAME=" in server.output()
    assert f"gRPC:  http://127.0.0.1:{server.otlp_grpc_port} takes OTLP too.\n" in server.output()
    assert server.answers(server.port)
    assert server.answers(server.otlp_port)
    assert export(server.otlp_grpc_port) is grpc.StatusCode.OK


def test_ready_means_migrated_and_accepting(server: Running) -> None:
    assert status(server.port, "/readyz") == 200
    assert status(server.otlp_port, "/readyz") == 200


def listeners(server: Running) -> list[Any]:
    processes = psutil.Process(server.process.pid).children(recursive=True)
    return [entry for process in processes for entry in process.net_connections() if entry.status == "LISTEN"]


def test_only_loopback_listens(server: Running) -> None:
    sockets = listeners(server)
    assert {entry.laddr.port for entry in sockets} == {server.port, server.otlp_port, server.otlp_grpc_port}
    assert {entry.laddr.ip.removeprefix("::ffff:") for entry in sockets} == {"127.0.0.1"}


def test_second_start_on_the_same_folder_says_who_has_it(server: Running) -> None:
    second = subprocess.run(
        [server.python, "manage.py", "serve", f"--data-dir={server.data_dir}", "--port=1", "--otlp-port=2"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert second.returncode == 1
    assert f"already running on the data folder {server.data_dir} (process {server.process.pid}" in second.stderr
    assert "--data-dir" in second.stderr


def test_taken_port_is_named_with_its_flag(server: Running, data_dir: Path) -> None:
    assert f"Port {server.port} is in use" in refused(data_dir, f"--port={server.port}")
    message = refused(data_dir, f"--otlp-port={server.otlp_port}")
    assert f"Port {server.otlp_port} is in use" in message
    assert "--otlp-port" in message
    message = refused(data_dir, f"--otlp-grpc-port={server.otlp_grpc_port}")
    assert f"Port {server.otlp_grpc_port} is in use" in message
    assert "another port with --otlp-grpc-port." in message


def test_four_busy_connections_are_shared_by_two_processes(server: Running) -> None:
    over = threading.Event()
    senders = [threading.Thread(target=_send_until, args=(over, server.otlp_port, sender)) for sender in range(4)]
    for sender in senders:
        sender.start()
    try:
        server.wait_until(lambda: _connections(server) == [2, 2], timeout_s=30)
    finally:
        over.set()
        for sender in senders:
            sender.join()


def _send_until(over: threading.Event, port: int, sender: int) -> None:
    """Over one connection, opened anew only when the server asks for it."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    for number in itertools.count(1):
        span = {"trace_id": f"{sender + 1:032x}", "span_id": f"{number:016x}", "name": "a", "start_time": number}
        connection.request("POST", "/api/spans", json.dumps(span), {"Content-Type": "application/json"})
        connection.getresponse().read()
        if over.is_set():
            return connection.close()


def _connections(server: Running) -> list[int]:
    """How many connections each ingest process has."""
    return [
        sum(
            entry.status == "ESTABLISHED" and entry.laddr.port == server.otlp_port for entry in worker.net_connections()
        )
        for worker in server.children("ingest")[1:]
    ]


def test_killed_worker_is_replaced(server: Running) -> None:
    victim = server.children("ingest")[1]
    victim.kill()
    server.wait_until(lambda: gone([victim]) and len(server.children("ingest")) == 3)
    server.wait_until(lambda: all(server.answers(server.otlp_port) for _ in range(8)))
    assert {export(server.otlp_grpc_port) for _ in range(8)} == {grpc.StatusCode.OK}


def test_server_that_died_whole_is_started_again(server: Running) -> None:
    family = server.children("pages")
    family[0].kill()
    server.wait_until(lambda: gone(family) and server.answers(server.port))
    assert server.answers(server.otlp_port)
    assert "The pages process ended (killed by SIGKILL); starting it again." in server.output()


def test_killed_database_is_started_again(server: Running) -> None:
    before = embedded.running_url(server.data_dir)
    pid = int((server.data_dir / "postgres" / "postmaster.pid").read_text().split()[0])
    psutil.Process(pid).kill()
    server.wait_until(lambda: "The database has gone; starting it again." in server.output())
    server.wait_until(lambda: embedded.running_url(server.data_dir) is not None)
    # The same address: the other processes reconnect by themselves.
    assert embedded.running_url(server.data_dir) == before
    server.wait_until(lambda: status(server.port, "/readyz") == status(server.otlp_port, "/readyz") == 200)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stops_cleanly(data_dir: Path, number: signal.Signals) -> None:
    with running(data_dir) as server:
        family = psutil.Process(server.process.pid).children(recursive=True)
        began = time.monotonic()
        server.process.send_signal(number)
        assert server.ended() == 0
        assert time.monotonic() - began < 10
        assert gone(family)
        assert embedded.running_url(data_dir) is None
        assert "database system is shut down" in (data_dir / "postgres" / "server.log").read_text()


def test_request_in_work_is_finished_before_the_end(data_dir: Path) -> None:
    with running(data_dir) as server, socket.create_connection(("127.0.0.1", server.otlp_port)) as client:
        head = [
            "POST /v1/traces HTTP/1.1",
            "Host: localhost",
            "Content-Type: application/json",
            "Content-Length: 20",
        ]
        client.sendall("\r\n".join([*head, "", '{"resourceS']).encode())
        server.wait_until(lambda: sum(_connections(server)) == 1)
        time.sleep(0.5)
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        client.sendall(b'pans":[]}')
        client.settimeout(5)
        assert client.recv(4096).startswith(b"HTTP/1.1 200 ")
        assert server.ended() == 0


def test_grpc_call_in_work_is_finished_before_the_end(data_dir: Path) -> None:
    messages = queue.SimpleQueue[bytes]()
    with running(data_dir) as server, grpc.insecure_channel(f"127.0.0.1:{server.otlp_grpc_port}") as channel:
        # The server has the call, and waits for its message.
        method: grpc.StreamUnaryMultiCallable[bytes, bytes] = channel.stream_unary(EXPORT)
        called = method.future(iter(messages.get, b""), timeout=10)
        grpc.channel_ready_future(channel).result(10)
        time.sleep(0.5)
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        messages.put(protobuf(pb_span(bytes([7]) * 16)))
        assert called.result() == b""
        assert server.ended() == 0
    with psycopg.connect(embedded.start(data_dir)) as connection:
        assert connection.execute("SELECT count(*) FROM span").fetchone() == (1,)


def test_after_a_killed_parent_the_next_start_takes_over_with_all_data(data_dir: Path) -> None:
    with running(data_dir) as server:
        url = embedded.running_url(data_dir)
        assert url is not None
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        family = psutil.Process(server.process.pid).children(recursive=True)
        server.process.kill()
        server.ended()
        # At once: the children of the first may still be on their way out, but not on the same ports.
        with running(data_dir) as second, psycopg.connect(url) as connection:
            assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)
            second.wait_until(lambda: gone(family))


def test_ports_of_a_killed_parent_are_free_again_soon(data_dir: Path) -> None:
    with running(data_dir) as server:
        server.process.kill()
        server.ended()
        with running(data_dir, f"--port={server.port}", f"--otlp-port={server.otlp_port}") as second:
            assert second.answers(server.port)


def test_database_of_ones_own_and_an_open_door(data_dir: Path) -> None:
    url = embedded.start(data_dir)
    flags = "--host=0.0.0.0", "--allow-anonymous", "--otlp-grpc-port=0"
    with running(data_dir.parent / "other", *flags, DATABASE_URL=url) as server:
        assert "gRPC" not in server.output()
        assert {entry.laddr.port for entry in listeners(server)} == {server.port, server.otlp_port}
        assert f"http://127.0.0.1:{server.port}" in server.output()
        assert "TRACING_UI_ALLOWED_HOSTS" in server.output()
        assert status(server.otlp_port, "/readyz") == 200
        assert {entry.name for entry in server.data_dir.iterdir()} == {"serve.lock", "secret-key", "static"}
        server.process.send_signal(signal.SIGTERM)
        assert server.ended() == 0
    # Not ours to stop.
    assert embedded.running_url(data_dir) == url
