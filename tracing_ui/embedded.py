"""A data folder in, the address of its own running PostgreSQL out: started, found again, stopped.

Only the parent of `serve` (and the tests) call this; every other process is handed the address. The data
folder holds `password` (the server's only key), `postgres/` (0700, the data), `run/` (0700, its socket)."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote

from tracing_ui import embedded_programs as programs
from tracing_ui.embedded_programs import Account, EmbeddedError
from tracing_ui.embedded_settings import settings_text

__all__ = ["EmbeddedError", "running_url", "start", "stop", "trim_log"]

DATABASE = ROLE = "tracing_ui"
# After a crash under load gigabytes of write-ahead log are replayed first: minutes on a slow disk.
START_TIMEOUT_S = 300
STOP_TIMEOUT_S = 60
# How long the sessions of a killed server may go on with what they do; a new server has to wait for them.
LEFTOVERS_TIMEOUT_S = 15
MAX_LOG_BYTES = 8 << 20
# sun_path holds 108 bytes on Linux and 104 on macOS, with the closing zero.
MAX_SOCKET_PATH = 103


def start(data_dir: Path, *, overrides: Mapping[str, str] | None = None) -> str:
    """The DATABASE_URL of the data folder's server, which runs when this returns. Raises EmbeddedError.

    A server that a killed parent left behind is taken over as it is. `overrides` are settings of
    PostgreSQL that win over ours (the tests switch fsync off)."""
    account = programs.account_for(data_dir / "postgres")
    programs.open_folder(data_dir, account)
    _refuse_other_version(data_dir / "postgres")
    bin_dir = programs.bin_dir(data_dir, account)
    with programs.explained(data_dir):
        if not (data_dir / "postgres").exists():
            _create_cluster(data_dir, bin_dir, account)
        if not _taken_over(data_dir, bin_dir):
            _launch(data_dir, bin_dir, account, overrides or {})
            _wait_until_ready(data_dir)
            _ensure_database(data_dir, bin_dir)
    return _url(data_dir)


def stop(data_dir: Path) -> None:
    """Returns when the server is gone: its clients cut off, everything written. No server: nothing to do."""
    for how, patience_s in ((signal.SIGINT, STOP_TIMEOUT_S), (signal.SIGQUIT, 10)):
        pid = _postmaster(data_dir)
        if pid is not None:
            os.kill(pid, how)
        for _ in _until(patience_s):
            if _postmaster(data_dir) is None:
                return _remove_socket_dir(data_dir)
    raise EmbeddedError(f"The database in {data_dir} does not stop (process {_postmaster(data_dir)}).")


def running_url(data_dir: Path) -> str | None:
    """The address of the server while it runs and takes connections, else None. Cheap: reads small files."""
    if _postmaster(data_dir) is None or _status(data_dir) != "ready":
        return None
    return _url(data_dir)


def trim_log(data_dir: Path) -> None:
    """Keeps the server's log bounded: when it has grown, its last part moves to `server.log.1`."""
    log = data_dir / "postgres" / "server.log"
    if _size(log) < MAX_LOG_BYTES:
        return
    # The server has the file open for appending: emptied in place, it goes on writing from the start.
    log.with_name("server.log.1").write_bytes(_tail(log, MAX_LOG_BYTES // 2))
    os.truncate(log, 0)


def _url(data_dir: Path) -> str:
    password = (data_dir / "password").read_text().strip()
    return f"postgresql://{ROLE}:{password}@/{DATABASE}?host={quote(_pid_file(data_dir)[4], safe='')}"


def _pid_file(data_dir: Path) -> list[str]:
    """Lines of postmaster.pid: process, data folder, start, port, socket folder, address, memory, status."""
    try:
        lines = (data_dir / "postgres" / "postmaster.pid").read_text().splitlines()
    except (FileNotFoundError, NotADirectoryError):
        lines = []
    return [line.strip() for line in lines] + [""] * (8 - len(lines))


def _status(data_dir: Path) -> str:
    return _pid_file(data_dir)[7]


def _postmaster(data_dir: Path) -> int | None:
    """The server's process, if the pid file names one that lives and works in this folder: after a reboot,
    or in a new container, the number may belong to another program."""
    pid = _pid_file(data_dir)[0]
    if not pid.isdecimal() or not _works_in(int(pid), data_dir / "postgres"):
        return None
    return int(pid)


def _works_in(pid: int, folder: Path) -> bool:
    if os.path.exists("/proc/self/cwd"):
        try:
            return os.path.realpath(os.readlink(f"/proc/{pid}/cwd")) == os.path.realpath(folder)
        except OSError:
            return False
    listing = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True)
    return str(folder) in listing.stdout


def _refuse_other_version(cluster: Path) -> None:
    version_file = cluster / "PG_VERSION"
    if not cluster.exists():
        return
    written_by = version_file.read_text().strip() if version_file.exists() else "an unknown version"
    if written_by != programs.VERSION:
        raise EmbeddedError(
            f"The data in {cluster} was written by PostgreSQL {written_by}; this release brings PostgreSQL "
            f"{programs.VERSION}, which can't read it. The data is untouched.\n"
            "Go on with the release that wrote it, or move the data: take a backup with that release running "
            "(pg_dump --format=custom), start this one with an empty --data-dir, and load it with pg_restore."
        )


def _create_cluster(data_dir: Path, bin_dir: Path, account: Account | None) -> None:
    """Made beside its place, then moved there: a crash half-way leaves nothing that looks finished."""
    new = data_dir / "postgres.new"
    shutil.rmtree(new, ignore_errors=True)
    programs.make_private(new, account)
    password_file = data_dir / "password"
    programs.write_private(password_file, secrets.token_hex(24) + "\n", account)
    locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    access = ["--auth=scram-sha-256", f"--pwfile={password_file}", "--username=postgres"]
    _run([str(bin_dir / "initdb"), *locale, *access, "--no-instructions", f"--pgdata={new}"], account)
    with (new / "postgresql.conf").open("a") as conf:
        conf.write("\n# Written anew at each start; ALTER SYSTEM wins over it.\ninclude 'tracing_ui.conf'\n")
    new.rename(data_dir / "postgres")


def _launch(data_dir: Path, bin_dir: Path, account: Account | None, overrides: Mapping[str, str]) -> None:
    cluster = data_dir / "postgres"
    socket_dir = _socket_dir(data_dir)
    programs.make_private(socket_dir, account)
    text = settings_text({"unix_socket_directories": f"'{socket_dir}'", **overrides})
    programs.write_private(cluster / "tracing_ui.conf", text, account)
    trim_log(data_dir)
    # Nobody works in this folder; yet PostgreSQL would refuse if the number in these files belongs to another
    # program now, or to a dead one that nobody has collected.
    for stale in (cluster / "postmaster.pid", socket_dir / ".s.PGSQL.5432.lock"):
        stale.unlink(missing_ok=True)
    command = [str(bin_dir / "pg_ctl"), "start", "--silent", "--wait", f"--timeout={START_TIMEOUT_S}"]
    command += [f"--pgdata={cluster}", f"--log={cluster / 'server.log'}"]
    for _ in _until(LEFTOVERS_TIMEOUT_S):
        began = _size(cluster / "server.log")
        try:
            return _run(command, account)
        except EmbeddedError as error:
            last_words = _last_words(cluster / "server.log", began) or str(error)
        if "shared memory block" not in last_words:
            break
    raise EmbeddedError(
        f"The embedded PostgreSQL in {cluster} does not start. Its last words:\n{last_words}\n"
        f"The whole log is {cluster / 'server.log'}. To use another PostgreSQL, set DATABASE_URL."
    )


def _last_words(log: Path, began: int) -> str:
    lines = _tail(log, 4096, after=began).decode(errors="replace").splitlines() if log.exists() else []
    return "\n".join(f"    {line}" for line in lines[-12:])


def _size(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0


def _taken_over(data_dir: Path, bin_dir: Path) -> bool:
    """Whether a server was running and still is; one that was just killed can look alive for a moment."""
    if _postmaster(data_dir) is None:
        return False
    try:
        _wait_until_ready(data_dir)
        _ensure_database(data_dir, bin_dir)
    except EmbeddedError:
        if all(_postmaster(data_dir) is not None for _ in _until(3)):
            raise
        return False
    return True


def _socket_dir(data_dir: Path) -> Path:
    """In the data folder, unless the name of a socket there is longer than the system allows."""
    beside = data_dir / "run"
    if len(os.fsencode(beside / ".s.PGSQL.5432")) <= MAX_SOCKET_PATH:
        return beside
    name = f"{data_dir.stat().st_dev:x}-{data_dir.stat().st_ino:x}"
    return Path("/tmp") / f"tracing-ui-{name}"


def _remove_socket_dir(data_dir: Path) -> None:
    with contextlib.suppress(OSError):
        _socket_dir(data_dir).rmdir()


def _wait_until_ready(data_dir: Path) -> None:
    for _ in _until(START_TIMEOUT_S):
        if _status(data_dir) == "ready" and _answers(data_dir):
            return
        if _postmaster(data_dir) is None:
            break
    raise EmbeddedError(f"The embedded PostgreSQL in {data_dir} ended while it started. Start again.")


def _answers(data_dir: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        return client.connect_ex(f"{_pid_file(data_dir)[4]}/.s.PGSQL.5432") == 0


# The program itself is no superuser: it owns its database, reads statistics, and makes databases (for tests).
_ENSURE_ROLE = """
SELECT 'CREATE ROLE {role} LOGIN CREATEDB PASSWORD ''{password}'' IN ROLE pg_monitor'
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') \\gexec
SELECT 'CREATE DATABASE {database} OWNER {role}'
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{database}') \\gexec
"""


def _ensure_database(data_dir: Path, bin_dir: Path) -> None:
    try:
        password = (data_dir / "password").read_text().strip()
    except FileNotFoundError:
        raise EmbeddedError(
            f"{data_dir / 'password'} is gone, and with it the key to the database beside it. "
            "Put it back from a backup."
        ) from None
    script = _ENSURE_ROLE.format(role=ROLE, database=DATABASE, password=password)
    login = {
        "PGPASSWORD": password,
        "PGHOST": _pid_file(data_dir)[4],
        "PGUSER": "postgres",
        "PGDATABASE": "postgres",
    }
    _run([str(bin_dir / "psql"), "--no-psqlrc", "--quiet", "-vON_ERROR_STOP=1"], None, stdin=script, env=login)


def _run(command: list[str], account: Account | None, *, stdin: str = "", env: Mapping[str, str] | None = None) -> None:
    """Runs one of PostgreSQL's programs, as the account if there is one. EmbeddedError has what it said."""
    identity = {} if account is None else {"user": account.uid, "group": account.gid, "extra_groups": []}
    clean = {"PATH": os.defpath, "LC_ALL": "C", **(env or {})}
    # Files, not pipes: the server inherits them and would hold a pipe open for ever.
    with tempfile.TemporaryFile("w+") as said, tempfile.TemporaryFile("w+") as given:
        given.write(stdin)
        given.seek(0)
        done = subprocess.run(command, stdin=given, stdout=said, stderr=said, env=clean, cwd="/", **identity)  # type: ignore[call-overload]
        said.seek(0)
        if done.returncode:
            raise EmbeddedError(f"{Path(command[0]).name} failed: {said.read().strip() or 'it said nothing'}")


def _until(timeout_s: float) -> Iterator[None]:
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        yield
        time.sleep(0.05)


def _tail(file: Path, count: int, *, after: int = 0) -> bytes:
    with file.open("rb") as source:
        source.seek(max(after, file.stat().st_size - count))
        return source.read(count)
