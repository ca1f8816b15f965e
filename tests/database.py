"""A private PostgreSQL for a run of the tests: embedded, or (TRACING_UI_TEST_DATABASE=stock) Debian's 15."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from tracing_ui import embedded

STOCK_BIN = Path("/usr/lib/postgresql/15/bin")
# What a test writes need not survive a power cut.
# Readers turn the compiler off themselves; where a test's transaction is rolled back, that is taken back with it.
HASTY = {"jit": "off", "fsync": "off", "full_page_writes": "off", "synchronous_commit": "off", "shared_buffers": "64MB"}


@contextlib.contextmanager
def private_database() -> Iterator[str]:
    """The DATABASE_URL of an empty server, gone afterwards with all its data."""
    with new_folder() as folder:
        stock = os.environ.get("TRACING_UI_TEST_DATABASE") == "stock"
        with _stock(folder) if stock else _embedded(folder) as url:
            yield url


@contextlib.contextmanager
def new_folder() -> Iterator[Path]:
    """A short path outside pytest's own folders: PostgreSQL's own account can't enter those."""
    folder = Path(tempfile.mkdtemp(prefix="tracing-ui-", dir="/tmp"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _embedded(folder: Path) -> Iterator[str]:
    try:
        yield embedded.start(folder, overrides=HASTY)
    finally:
        embedded.stop(folder)


@contextlib.contextmanager
def _stock(folder: Path) -> Iterator[str]:
    cluster = folder / "postgres"
    user = "postgres" if os.geteuid() == 0 else None
    if user:
        os.chown(folder, pwd.getpwnam(user).pw_uid, -1)

    def run(program: str, *arguments: str) -> None:
        subprocess.run(
            [str(STOCK_BIN / program), *arguments], user=user, cwd="/", check=True, stdout=subprocess.DEVNULL
        )

    # Nobody else gets through the folder to the socket, so no password.
    run(
        "initdb",
        "--auth=trust",
        "--encoding=UTF8",
        "--no-locale",
        "--username=postgres",
        f"--pgdata={cluster}",
    )
    settings = {"listen_addresses": "", "unix_socket_directories": str(folder), **HASTY}
    options = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
    run("pg_ctl", "start", "--wait", f"--pgdata={cluster}", f"--log={folder}/log", f"--options={options}")
    try:
        run("createuser", f"--host={folder}", "--username=postgres", "--createdb", "tracing_ui")
        run("createdb", f"--host={folder}", "--username=postgres", "--owner=tracing_ui", "tracing_ui")
        yield f"postgresql://tracing_ui@/tracing_ui?host={quote(str(folder), safe='')}"
    finally:
        run("pg_ctl", "stop", "--mode=immediate", f"--pgdata={cluster}")
