"""`manage.py serve` as people start it: its own process, free ports, a data folder that goes away."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import grpc
import psutil

from tracing_ui import embedded

ROOT = Path(__file__).parents[2]
START_TIMEOUT_S = 60
EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"


@dataclass
class Running:
    data_dir: Path
    args: list[str] = field(default_factory=list)
    env: Mapping[str, str] = field(default_factory=dict)
    python: str = sys.executable
    user: int | None = None

    def __post_init__(self) -> None:
        self.port, self.otlp_port, self.otlp_grpc_port = free_ports()
        self.ports = [
            f"--port={self.port}",
            f"--otlp-port={self.otlp_port}",
            f"--otlp-grpc-port={self.otlp_grpc_port}",
        ]
        descriptor, name = tempfile.mkstemp(prefix="tracing-ui-output-")
        self.output_file = Path(name)
        with open(descriptor, "w") as output:
            self.process = subprocess.Popen(
                [self.python, "manage.py", "serve", *self.ports, *self.args],
                cwd=ROOT,
                env=environment(TRACING_UI_DATA_DIR=str(self.data_dir), **self.env),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                user=self.user,
                extra_groups=None if self.user is None else [],
            )

    def output(self) -> str:
        return self.output_file.read_text()

    def wait_until_running(self) -> None:
        self.wait_until(lambda: "Tracing UI is running" in self.output(), timeout_s=START_TIMEOUT_S)

    def wait_until(self, true: Callable[[], object], *, timeout_s: float = 15) -> None:
        deadline = time.monotonic() + timeout_s
        while not true():
            assert self.process.poll() is None, self.output()
            assert time.monotonic() < deadline, self.output()
            time.sleep(0.05)

    def ended(self, *, timeout_s: float = 20) -> int:
        return self.process.wait(timeout_s)

    def children(self, role: str) -> list[psutil.Process]:
        """The processes of one role; the first is the parent of the others."""
        found = psutil.Process(self.process.pid).children(recursive=True)
        return [child for child in found if role in _command_of(child)]

    def answers(self, port: int) -> bool:
        return status(port) == 200

    def end(self) -> None:
        """However the test left it: nothing of it goes on."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(15)
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        embedded.stop(self.data_dir)
        self.output_file.unlink()


@contextlib.contextmanager
def running(data_dir: Path, *args: str, **env: str) -> Iterator[Running]:
    server = Running(data_dir, list(args), env)
    try:
        server.wait_until_running()
        yield server
    finally:
        server.end()


def refused(data_dir: Path, *args: str, **env: str) -> str:
    """What a start that must fail says."""
    server = Running(data_dir, list(args), env)
    try:
        assert server.ended(timeout_s=30) == 1, server.output()
        assert "Traceback" not in server.output()
        return server.output()
    finally:
        server.end()


def environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TRACING_UI_")}
    # Set for the tests' own process only.
    kept.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)
    return {**kept, **more}


def free_ports() -> tuple[int, int, int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(3)]
        one, two, three = (each.getsockname()[1] for each in sockets)
        return one, two, three


def export(port: int, body: bytes = b"") -> grpc.StatusCode:
    """Sends an ExportTraceServiceRequest by gRPC, by default one without spans."""
    with grpc.insecure_channel(f"127.0.0.1:{port}", options=[("grpc.enable_retries", 0)]) as channel:
        method: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(EXPORT)
        call = method.future(body, timeout=10)
        call.exception()
        return call.code()


def status(port: int, path: str = "/healthz") -> int | None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def _command_of(process: psutil.Process) -> list[str]:
    try:
        command: list[str] = process.cmdline()
    except psutil.Error:
        return []
    return command


def gone(processes: list[psutil.Process]) -> bool:
    return not any(process.is_running() and process.status() != psutil.STATUS_ZOMBIE for process in processes)
