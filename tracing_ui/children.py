"""One child process of `serve`: started, restarted with growing pauses, stopped."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass

MAX_PAUSE_S = 30
# Who lived this long had no trouble starting.
SETTLED_S = 20


class ServeError(Exception):
    """Why `serve` can't go on, and what to do; for people. Empty where a child has said it already."""


@dataclass(slots=True)
class Child:
    role: str
    env: Mapping[str, str]
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0
    pause_s: float = 0

    def start(self) -> None:
        self.started_at = time.monotonic()
        # A session of its own: Ctrl-C in the terminal reaches the parent only, which stops all in order.
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tracing_ui.roles", self.role, str(os.getpid())],
            # With an arena a thread, as it is by default, freed memory of one is of no use to the others.
            env={"MALLOC_ARENA_MAX": "2", **os.environ, **self.env},
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )

    def code(self) -> int | None:
        """The exit code, None while it runs."""
        return self.process.poll() if self.process else 0

    def restart_if_ended(self) -> None:
        code = self.code()
        lived_s = time.monotonic() - self.started_at
        if code is None:
            if lived_s > SETTLED_S:
                self.pause_s = 0
            return
        if lived_s < self.pause_s:
            return
        self.pause_s = min(MAX_PAUSE_S, 2 * self.pause_s + 0.5)
        self.kill()
        print(
            f"The {self.role} process ended ({_ending(code)}); starting it again.",
            file=sys.stderr,
            flush=True,
        )
        self.start()

    def terminate(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.terminate()

    def kill(self) -> None:
        """Ends it and everything it started."""
        if self.process:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def _ending(code: int) -> str:
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
