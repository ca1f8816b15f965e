"""In: how far a download has come, from the process that writes it. Out: the same, to whoever has its token, in any
process of this machine; and back, that it isn't wanted any more.

A token is a file: a byte that says stop, and what was noted last. Its writer holds a lock on it, which ends with the
process, so nobody waits for a download that is gone.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import time
from enum import StrEnum
from pathlib import Path
from secrets import token_hex
from types import TracebackType
from typing import NamedTuple, Self

MAX_AGE_S = 24 * 3600
MOST_FILES = 1_000
NOTED_EVERY_S = 0.5
LONGEST_WHY = 200
_TOKEN = re.compile(r"[0-9a-f]{32}", re.ASCII)
_GO, _STOP = b"-", b"s"
# Of what is noted, with room for each character of a reason as \ud83e\uddff.
_SIZE = 12 * LONGEST_WHY + 300


class State(StrEnum):
    WAITING = "waiting"
    UNDER_WAY = "under way"
    DONE = "done"
    CUT = "cut"


class Progress(NamedTuple):
    """`why` is what cut it; `began_s` when it was asked for, while it waits; `ended_s` is 0 until it is over."""

    state: State = State.WAITING
    began_s: float = 0
    ended_s: float = 0
    traces: int = 0
    size_bytes: int = 0
    why: str = ""
    is_stopped: bool = False  # by its reader; it may not have seen that yet

    @property
    def is_over(self) -> bool:
        return self.state in (State.DONE, State.CUT)


def is_token(text: str) -> bool:
    return _TOKEN.fullmatch(text) is not None


def begin(data_dir: Path) -> str:
    """The token of a download that somebody is going to ask for. Raises OSError."""
    token = token_hex(16)
    file = _file(data_dir, token)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _sweep(file.parent)
    with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as new:
        new.write(_GO + _noted(Progress(began_s=time.time())))
    return token


def progress_of(data_dir: Path, token: str) -> Progress | None:
    """None where nothing is known of it."""
    with contextlib.suppress(OSError, ValueError), _file(data_dir, token).open("rb") as file:
        found = _read(file.fileno())
        if found.state is State.UNDER_WAY and _is_left(file.fileno()):
            # Its end may have been noted since.
            found = _read(file.fileno())
            if not found.is_over:
                noted_s = os.fstat(file.fileno()).st_mtime
                return found._replace(
                    state=State.CUT, ended_s=noted_s, why="the server process that wrote it has ended"
                )
        return found
    return None


def stop(data_dir: Path, token: str) -> None:
    """It ends with the traces that are being read."""
    with contextlib.suppress(OSError), _file(data_dir, token).open("r+b") as file:
        os.pwrite(file.fileno(), _STOP, 0)


class Report:
    """Kept by what writes a download, from the first line to the last. Where it can't be kept, or has no token, the
    download goes on without."""

    def __init__(self, data_dir: Path, token: str) -> None:
        self._path = _file(data_dir, token) if token else None
        self._file: int | None = None
        self._progress = Progress(State.UNDER_WAY)
        self._noted_s = 0.0

    def __enter__(self) -> Self:
        self._progress = Progress(State.UNDER_WAY, began_s=time.time())
        if self._path is not None:
            with contextlib.suppress(OSError, ValueError):
                self._file = _taken(self._path)
        self._note()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if error is not None:
            self.cut("the reader went away" if isinstance(error, GeneratorExit) else "an error in the server")
        state = State.CUT if self._progress.why else State.DONE
        self._progress = self._progress._replace(state=state, ended_s=time.time())
        self._note()
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def sent(self, size_bytes: int) -> None:
        self._progress = self._progress._replace(size_bytes=self._progress.size_bytes + size_bytes)

    def passed(self, traces: int) -> None:
        """So many more were sent."""
        self._progress = self._progress._replace(traces=self._progress.traces + traces)
        if time.monotonic() - self._noted_s >= NOTED_EVERY_S:
            self._noted_s = time.monotonic()
            self._note()

    def cut(self, why: str) -> None:
        """It is going to end before its end."""
        self._progress = self._progress._replace(why=why[:LONGEST_WHY])

    def is_stopped(self) -> bool:
        return self._file is not None and os.pread(self._file, 1, 0) == _STOP

    def _note(self) -> None:
        if self._file is not None:
            with contextlib.suppress(OSError):
                os.pwrite(self._file, _noted(self._progress), 1)


def _file(data_dir: Path, token: str) -> Path:
    """Raises ValueError: a path is made of nothing else."""
    if not is_token(token):
        raise ValueError("a token has 32 hex digits")
    return Path(data_dir) / "downloads" / token


def _taken(path: Path) -> int:
    """Open, and this one's alone. Raises OSError, ValueError."""
    file = os.open(path, os.O_RDWR)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if _read(file).is_over:  # a browser tries again what was stopped
            os.pwrite(file, _GO, 0)
    except BaseException:
        os.close(file)
        raise
    return file


def _is_left(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _noted(progress: Progress) -> bytes:
    return json.dumps(progress[:-1]).encode().ljust(_SIZE)


def _read(file: int) -> Progress:
    """Not while it is being written: two readings agree. Raises ValueError."""
    text = os.pread(file, 1 + _SIZE, 0)
    while text != (again := os.pread(file, 1 + _SIZE, 0)):
        text = again
    state, *numbers = json.loads(text[1:])
    return Progress(State(state), *numbers)._replace(is_stopped=text[:1] == _STOP)


def _sweep(folder: Path) -> None:
    """What was written last a day ago, and of the others the oldest that are too many."""
    files = []
    for entry in os.scandir(folder):
        with contextlib.suppress(FileNotFoundError):
            files.append((entry.stat().st_mtime, entry.path))
    oldest_s, surplus = time.time() - MAX_AGE_S, len(files) - MOST_FILES
    for index, (noted_s, path) in enumerate(sorted(files)):
        if noted_s < oldest_s or index < surplus:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)
