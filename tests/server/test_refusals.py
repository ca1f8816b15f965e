"""Starts that can't succeed: one message each, which says what is wrong and what to do."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.server.running import refused
from tracing_ui import embedded, roles

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root's PostgreSQL runs as somebody else")


def test_listening_beyond_this_machine_has_to_be_said(data_dir: Path) -> None:
    message = refused(data_dir, "--host=0.0.0.0")
    assert "no logins" in message
    assert "--allow-anonymous" in message


def test_unknown_host(data_dir: Path) -> None:
    assert "--host no.such.host.invalid is no address" in refused(data_dir, "--host=no.such.host.invalid")


def test_same_port_twice(data_dir: Path) -> None:
    message = refused(data_dir, "--port=18099", "--otlp-port=18099")
    assert "--port and --otlp-port are both 18099; they have to differ" in message
    message = refused(data_dir, "--otlp-port=18099", "--otlp-grpc-port=18099")
    assert "--otlp-port and --otlp-grpc-port are both 18099; they have to differ" in message


def test_data_folder_that_cannot_be_made(data_dir: Path) -> None:
    data_dir.write_text("a file is in the way")
    message = refused(data_dir.parent / "data" / "inside")
    assert "can't be written" in message
    assert "--data-dir" in message


@AS_ROOT
def test_data_folder_behind_a_closed_door_names_the_door(data_dir: Path) -> None:
    closed = data_dir / "home"
    closed.mkdir(parents=True, mode=0o700)
    message = refused(closed / "data")
    assert f"may not enter {closed}" in message
    assert closed.stat().st_mode & 0o777 == 0o700
    assert not list(closed.iterdir())


@AS_ROOT
def test_folder_that_holds_something_else_is_not_opened(data_dir: Path) -> None:
    data_dir.mkdir(mode=0o700)
    (data_dir / "diary").write_text("private")
    assert f"may not enter {data_dir}" in refused(data_dir)
    assert data_dir.stat().st_mode & 0o777 == 0o700


def test_unreachable_database_is_named_without_its_password(data_dir: Path) -> None:
    message = refused(data_dir, DATABASE_URL="postgresql://ann:hunter2@127.0.0.1:1/traces")
    assert "127.0.0.1:1" in message
    assert "mend DATABASE_URL" in message
    assert "hunter2" not in message


@pytest.mark.parametrize("version", [140_012, 90_600])
def test_old_postgres_is_refused(version: int) -> None:
    with pytest.raises(SystemExit, match="needs 15 or newer"):
        roles.refuse_old_postgres(version)


def test_oldest_postgres_that_will_do() -> None:
    roles.refuse_old_postgres(150_000)


def test_data_of_another_postgres_is_left_alone(data_dir: Path) -> None:
    embedded.start(data_dir)
    embedded.stop(data_dir)
    version = data_dir / "postgres" / "PG_VERSION"
    version.write_text("16\n")
    message = refused(data_dir)
    assert "written by PostgreSQL 16" in message
    assert "pg_dump" in message
    assert version.read_text() == "16\n"


def test_database_that_does_not_start_shows_its_last_words(data_dir: Path) -> None:
    embedded.start(data_dir)
    embedded.stop(data_dir)
    (data_dir / "postgres" / "global" / "pg_control").unlink()
    message = refused(data_dir)
    assert "does not start" in message
    assert "pg_control" in message
    assert str(data_dir / "postgres" / "server.log") in message


def test_setting_that_makes_no_sense_is_named(data_dir: Path) -> None:
    assert "DATABASE_URL is no address of a PostgreSQL" in refused(data_dir, DATABASE_URL="nonsense")
    assert "TRACING_UI_RETENTION should be" in refused(data_dir, TRACING_UI_RETENTION="soon")
