"""The parent of a running Tracing UI: starts database and servers, restarts what dies, stops all in order.

Settings come in as TRACING_UI_… and DATABASE_URL in the environment (`manage.py serve` puts its flags there).
Nothing of Django is imported here: this process lives as long as the program and should stay small."""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import signal
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tracing_ui import doors, embedded, embedded_programs
from tracing_ui.children import Child, ServeError

# Longer than the longest request should take; what is still running then is killed.
STOP_TIMEOUT_S = 8
START_TIMEOUT_S = 60
TICK_S = 0.25


@dataclass(frozen=True, slots=True)
class Options:
    host: str
    port: int
    otlp_port: int
    otlp_grpc_port: int
    data_dir: Path
    database_url: str
    allow_anonymous: bool
    # Whether to send sample traces into an empty store, once at the start.
    demo: bool

    @classmethod
    def from_environment(cls) -> Options:
        env = os.environ
        return cls(
            host=env["TRACING_UI_HOST"],
            port=int(env["TRACING_UI_PORT"]),
            otlp_port=int(env["TRACING_UI_OTLP_PORT"]),
            otlp_grpc_port=int(env["TRACING_UI_OTLP_GRPC_PORT"]),
            data_dir=Path(env["TRACING_UI_DATA_DIR"]),
            database_url=env.get("DATABASE_URL", "").strip(),
            allow_anonymous=env["TRACING_UI_ALLOW_ANONYMOUS"] == "1",
            demo=bool(env.get("TRACING_UI_DEMO")),
        )

    def ports(self) -> dict[str, int]:
        """Where something listens, by the flags that choose it."""
        ports = {"--port": self.port, "--otlp-port": self.otlp_port, "--otlp-grpc-port": self.otlp_grpc_port}
        return {flag: port for flag, port in ports.items() if port or flag != "--otlp-grpc-port"}


@dataclass(slots=True)
class Server:
    options: Options
    stopping: threading.Event
    children: list[Child] = field(default_factory=list)
    database_retry_s: float = 0
    database_retry_at: float = 0

    def run(self) -> None:
        """Returns after a clean stop. Raises ServeError or EmbeddedError with what to tell."""
        address = doors.address_of(self.options.host, allow_anonymous=self.options.allow_anonymous)
        account = None
        if not self.options.database_url:
            account = embedded_programs.account_for(self.options.data_dir / "postgres")
        embedded_programs.open_folder(self.options.data_dir, account)
        with _only_one(self.options) as unclean:
            doors.refuse_taken(address, self.options.ports(), patience_s=15 if unclean else 0)
            with self._database() as url:
                self._serve(
                    {"DATABASE_URL": url, "TRACING_UI_SECRET_KEY": _secret_key(self.options.data_dir)},
                    address,
                )

    @contextlib.contextmanager
    def _database(self) -> Iterator[str]:
        if self.options.database_url:
            yield self.options.database_url
            return
        _say(f"Starting the database in {self.options.data_dir} ...")
        try:
            yield embedded.start(self.options.data_dir)
        finally:
            embedded.stop(self.options.data_dir)

    def _serve(self, env: dict[str, str], address: str) -> None:
        env |= {"TRACING_UI_HOST": address}
        if not self._migrate(env):
            return
        self.children = [Child(role, env) for role in ("ingest", "pages")]
        sample = Child("sample", env)
        try:
            for child in self.children:
                child.start()
            if self._wait_until_healthy(address):
                _announce(self.options, address)
                if self.options.demo:
                    # Not tended: it ends by itself, and where it fails it says so and the rest goes on.
                    sample.start()
                while not self.stopping.wait(TICK_S):
                    self._tend()
                _say("Stopping ...")
        finally:
            _stop([sample, *self.children])

    def _migrate(self, env: dict[str, str]) -> bool:
        """Checks the database and brings its tables up to date. False if we were told to stop meanwhile."""
        child = Child("migrate", env)
        child.start()
        try:
            while child.code() is None and not self.stopping.wait(0.05):
                pass
        finally:
            _stop([child])
        if child.code() and not self.stopping.is_set():
            raise ServeError("")  # the child has said it
        return not self.stopping.is_set()

    def _wait_until_healthy(self, address: str) -> bool:
        deadline = time.monotonic() + START_TIMEOUT_S
        ports = [self.options.port, self.options.otlp_port]
        while not all(doors.healthy(address, port) for port in ports):
            ended = [child.role for child in self.children if child.code() is not None]
            if ended or time.monotonic() > deadline:
                missing = " and ".join(ended) or "of pages or of ingest"
                raise ServeError(f"The server process {missing} did not start; what it said is above.")
            if self.stopping.wait(0.1):
                return False
        return True

    def _tend(self) -> None:
        for child in self.children:
            child.restart_if_ended()
        if not self.options.database_url:
            embedded.trim_log(self.options.data_dir)
            self._restart_database_if_gone()

    def _restart_database_if_gone(self) -> None:
        if embedded.running_url(self.options.data_dir) is not None:
            self.database_retry_s = 0
            return
        if time.monotonic() < self.database_retry_at:
            return
        self.database_retry_s = min(30, 2 * self.database_retry_s + 0.5)
        self.database_retry_at = time.monotonic() + self.database_retry_s
        _complain("The database has gone; starting it again.")
        try:
            embedded.start(self.options.data_dir)
        except embedded.EmbeddedError as error:
            _complain(f"{error}\nTrying again in {self.database_retry_s:g} s.")


@contextlib.contextmanager
def _only_one(options: Options) -> Iterator[bool]:
    """Holds the data folder; yields whether the last holder was killed (its children may linger a little)."""
    with (options.data_dir / "serve.lock").open("a+") as lock:
        lock.seek(0)
        holder = lock.read().strip()
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ServeError(
                f"Tracing UI is already running on the data folder {options.data_dir} ({holder}).\n"
                "Use that one, stop it first, or start another with its own --data-dir, --port, --otlp-port, "
                "--otlp-grpc-port."
            ) from None
        lock.truncate(0)
        lock.write(f"process {os.getpid()}, http://{doors.in_url(options.host)}:{options.port}")
        lock.flush()
        try:
            yield bool(holder)
        finally:
            lock.truncate(0)


def _secret_key(data_dir: Path) -> str:
    """Signs cookies; kept, so that a restart doesn't make every open page's form invalid."""
    if given := os.environ.get("TRACING_UI_SECRET_KEY", "").strip():
        return given
    file = data_dir / "secret-key"
    if not file.exists():
        embedded_programs.write_private(file, secrets.token_urlsafe(48), None)
    return file.read_text()


def _stop(children: list[Child]) -> None:
    for child in children:
        child.terminate()
    deadline = time.monotonic() + STOP_TIMEOUT_S
    while any(child.code() is None for child in children) and time.monotonic() < deadline:
        time.sleep(0.02)
    for child in children:
        child.kill()


def _announce(options: Options, address: str) -> None:
    reachable = doors.in_url(doors.reachable(address))
    _say(f"""Tracing UI is running.

  Look:  http://{reachable}:{options.port}
  Send:  export OTEL_EXPORTER_OTLP_ENDPOINT=http://{reachable}:{options.otlp_port}
         export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf
         export OTEL_SERVICE_NAME=my-service
{_about_grpc(options, reachable)}\
  Data:  {"the PostgreSQL of DATABASE_URL" if options.database_url else options.data_dir}
  Stop:  Ctrl-C
""")
    if not doors.is_loopback(address) and not os.environ.get("TRACING_UI_ALLOWED_HOSTS"):
        _say("For people on other machines, name this one in TRACING_UI_ALLOWED_HOSTS, as they type it.\n")


def _about_grpc(options: Options, reachable: str) -> str:
    if not options.otlp_grpc_port:
        return ""
    usual = (options.otlp_port, options.otlp_grpc_port) == (4318, 4317)
    without = " Most exporters find one of these two ports with nothing set." if usual else ""
    return f"  gRPC:  http://{reachable}:{options.otlp_grpc_port} takes OTLP too.{without}\n"


def _say(text: str) -> None:
    print(text, flush=True)


def _complain(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _signals() -> threading.Event:
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # nohup ignores SIGHUP, and means it.
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, lambda *_: stopping.set())
    return stopping


def main() -> int:
    try:
        with embedded_programs.explained(Path(os.environ["TRACING_UI_DATA_DIR"])):
            Server(Options.from_environment(), _signals()).run()
    except (ServeError, embedded.EmbeddedError) as error:
        if str(error):
            _complain(f"error: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
