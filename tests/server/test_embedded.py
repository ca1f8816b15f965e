"""The embedded PostgreSQL by itself: who gets in, what survives."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psutil
import psycopg
import pytest

from tests.server.running import ROOT, environment
from tracing_ui import embedded, embedded_programs
from tracing_ui.embedded_settings import SETTINGS, settings_text


def _postmaster(data_dir: Path) -> psutil.Process:
    return psutil.Process(int((data_dir / "postgres" / "postmaster.pid").read_text().split()[0]))


def _socket_dir(url: str) -> str:
    return parse_qs(urlsplit(url).query)["host"][0]


def test_started_twice_is_the_same_server(data_dir: Path) -> None:
    url = embedded.start(data_dir)
    pid = _postmaster(data_dir).pid
    assert embedded.start(data_dir) == url == embedded.running_url(data_dir)
    assert _postmaster(data_dir).pid == pid


def test_stopped_server_has_no_address(data_dir: Path) -> None:
    assert embedded.running_url(data_dir) is None
    embedded.start(data_dir)
    embedded.stop(data_dir)
    assert embedded.running_url(data_dir) is None
    embedded.stop(data_dir)


def test_only_the_password_opens(data_dir: Path) -> None:
    url = embedded.start(data_dir)
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT current_setting('listen_addresses')").fetchone() == ("",)
        assert connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone() == (False,)
    for user in ("postgres", "tracing_ui"):
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(host=_socket_dir(url), user=user, dbname="postgres", password="guessed")


def test_nobody_else_can_look_inside(data_dir: Path) -> None:
    embedded.start(data_dir)
    for name, mode in {"postgres": 0o700, "run": 0o700, "password": 0o600}.items():
        assert stat.S_IMODE((data_dir / name).stat().st_mode) == mode, name
    assert not stat.S_IMODE(data_dir.stat().st_mode) & 0o067


def test_committed_data_survives_a_kill(data_dir: Path) -> None:
    with psycopg.connect(embedded.start(data_dir)) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    _postmaster(data_dir).kill()
    with psycopg.connect(embedded.start(data_dir)) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)


def test_pid_file_that_names_another_program_is_no_obstacle(data_dir: Path) -> None:
    embedded.start(data_dir)
    pid_file = data_dir / "postgres" / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    embedded.stop(data_dir)
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    assert embedded.running_url(data_dir) is None
    assert embedded.start(data_dir)


def test_half_made_cluster_of_a_killed_first_start_is_made_anew(data_dir: Path) -> None:
    (data_dir / "postgres.new" / "base").mkdir(parents=True)
    (data_dir / "password").write_text("of the start that was killed")
    assert embedded.start(data_dir)


def test_path_too_long_for_a_socket(data_dir: Path) -> None:
    deep = data_dir / ("x" * 90)
    try:
        url = embedded.start(deep)
        assert len(_socket_dir(url)) < 60
        psycopg.connect(url).close()
    finally:
        embedded.stop(deep)


def test_log_stays_short(data_dir: Path) -> None:
    embedded.start(data_dir)
    log = data_dir / "postgres" / "server.log"
    with log.open("a") as file:
        file.write("x" * embedded.MAX_LOG_BYTES + "the last words")
    embedded.trim_log(data_dir)
    assert log.stat().st_size < 1000
    assert (data_dir / "postgres" / "server.log.1").read_text().endswith("the last words")
    _postmaster(data_dir).send_signal(signal.SIGHUP)
    embedded.stop(data_dir)
    # The server went on writing where the file now ends, not where it ended before.
    assert log.read_text(errors="replace").startswith("2")


def test_every_setting_is_one_that_postgres_knows_and_takes(data_dir: Path) -> None:
    with psycopg.connect(embedded.start(data_dir)) as connection:
        sources: dict[str, str] = dict(connection.execute("SELECT name, source FROM pg_settings").fetchall())
    for name, _, why in SETTINGS:
        assert sources[name] == "configuration file", name
        assert why, name


def test_overrides_win(data_dir: Path) -> None:
    assert settings_text({"fsync": "off"}).endswith("fsync = off\n")
    with psycopg.connect(embedded.start(data_dir, overrides={"work_mem": "5MB"})) as connection:
        assert connection.execute("SHOW work_mem").fetchone() == ("5MB",)


def test_programs_behind_a_closed_door_are_copied(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded_programs, "_runs_from", lambda package, account: False)
    if os.geteuid() != 0:
        pytest.skip("only root's PostgreSQL runs as somebody else")
    embedded.start(data_dir)
    assert Path(_postmaster(data_dir).exe()).is_relative_to(data_dir)


def test_ordinary_user_starts_it_in_the_home_folder(data_dir: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("every other test runs as an ordinary user already")
    home = data_dir.parent / "home"
    home.mkdir()
    os.chown(home, 65_534, 65_534)
    python = _python_for_everyone()
    code = "\n".join(
        [
            "from pathlib import Path; from tracing_ui import embedded, environment",
            "folder = environment.data_dir(); print(folder)",
            "assert embedded.start(folder) == embedded.running_url(folder)",
            "embedded.stop(folder); assert embedded.running_url(folder) is None",
        ]
    )
    packages = next(path for path in sys.path if path.endswith("site-packages"))
    done = subprocess.run(
        [python, "-c", code],
        env=environment(HOME=str(home), PYTHONPATH=f"{packages}:{ROOT}"),
        cwd="/",
        user=65_534,
        group=65_534,
        extra_groups=[],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(home / ".local" / "share" / "tracing-ui")


def _python_for_everyone() -> str:
    """An interpreter like ours that an ordinary user may start: root's own may lie in root's home."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    for candidate in (sys.executable, f"/usr/bin/python{version}"):
        try:
            subprocess.run([candidate, "-c", "pass"], user=65_534, cwd="/", check=True, capture_output=True)
            subprocess.run(["test", "-r", str(ROOT / "manage.py")], user=65_534, cwd="/", check=True)
        except (OSError, subprocess.CalledProcessError):
            continue
        return candidate
    pytest.skip(f"an ordinary user may start no Python {version} here, or may not enter {ROOT}")
