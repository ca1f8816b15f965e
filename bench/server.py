"""A scratch folder in, a running Tracing UI out, started as users start it; all is removed afterwards."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import psycopg

from bench import processes
from bench.connection import HOST, Connection
from tracing_ui import embedded

ROOT = Path(__file__).resolve().parent.parent
START_TIMEOUT_S = 90
STOP_TIMEOUT_S = 90
QUIET_CPU_S = 0.1  # of two seconds
# On the disk, where commits are flushed to; /tmp may be memory.
SCRATCH = Path("/var/tmp")


class Server(NamedTuple):
    port: int
    otlp_port: int
    otlp_grpc_port: int
    pid: int
    postmaster: int
    database_url: str

    def cpu_seconds(self) -> float:
        return processes.cpu_seconds(self.pid, self.postmaster)

    def python_memory(self) -> processes.Memory:
        return processes.memory(self.pid, leave_out=self.postmaster)

    def settle(self, at_most_s: float = 30) -> None:
        """Returns when the server has nothing left to do."""
        deadline = time.monotonic() + at_most_s
        used, before = self.cpu_seconds(), 0.0
        while used - before > QUIET_CPU_S and time.monotonic() < deadline:
            time.sleep(2)
            used, before = self.cpu_seconds(), used


@contextlib.contextmanager
def running(*, scratch: Path = SCRATCH) -> Iterator[Server]:
    """A server of its own on free ports, with an empty data folder that is removed afterwards."""
    with folder_in(scratch) as folder, _process(folder) as (process, *ports):
        port, otlp_port, otlp_grpc_port = ports
        _wait_until_up(process, port, otlp_port, folder / "log")
        url = embedded.running_url(folder / "data") or ""
        yield Server(port, otlp_port, otlp_grpc_port, process.pid, postmaster(url), url)


@contextlib.contextmanager
def folder_in(scratch: Path) -> Iterator[Path]:
    """A new folder, removed afterwards. Open to pass through: root's PostgreSQL is another user."""
    folder = Path(tempfile.mkdtemp(prefix="tracing-ui-bench-", dir=scratch))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _process(folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], int, int, int]]:
    port, otlp_port, otlp_grpc_port = _free_ports()
    command: list[object] = [sys.executable, "manage.py", "serve", "--data-dir", folder / "data"]
    command += ["--port", port, "--otlp-port", otlp_port, "--otlp-grpc-port", otlp_grpc_port]
    env = {**os.environ, "DATABASE_URL": ""}  # never the user's own database
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([*map(str, command)], cwd=ROOT, env=env, stdout=log, stderr=log)
    try:
        yield process, port, otlp_port, otlp_grpc_port
    finally:
        _stop(process)
        _show_complaints(folder / "log")


def _stop(process: subprocess.Popen[bytes]) -> None:
    for number in (signal.SIGINT, signal.SIGKILL):
        if process.poll() is None:
            process.send_signal(number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(STOP_TIMEOUT_S)


def _free_ports() -> tuple[int, int, int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_server((HOST, 0))) for _ in range(3)]
        one, two, three = (each.getsockname()[1] for each in sockets)
        return one, two, three


def _wait_until_up(process: subprocess.Popen[bytes], port: int, otlp_port: int, log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while not all(_ready(each) for each in (port, otlp_port)):
        if process.poll() is not None or time.monotonic() > deadline:
            raise SystemExit(f"The server did not start. It said:\n{log.read_text(errors='replace')}")
        time.sleep(0.2)


def _ready(port: int) -> bool:
    try:
        return Connection(port, timeout=5).get("/readyz").status == 200
    except OSError:
        return False


def _show_complaints(log: Path) -> None:
    lines = log.read_text(errors="replace").splitlines()
    complaints = [line for line in lines if "ERROR" in line or "WARNING" in line or "Traceback" in line]
    if complaints:
        print(f"  The server logged {len(complaints)} complaints. The last:", *complaints[-5:], sep="\n    ")


def postmaster(database_url: str) -> int:
    """PostgreSQL's first process, the parent of the one that serves us."""
    with psycopg.connect(database_url) as connection:
        return processes.parent(connection.info.backend_pid)
