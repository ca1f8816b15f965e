"""A store that is really written to, and empty again after each test that asks for it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

END_OTHERS = """
select pg_terminate_backend(pid) from pg_stat_activity
where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'"""


@pytest.fixture
def store(transactional_db: None) -> Iterator[None]:
    """What comes through the doors is written by a thread with a connection of its own, which no rollback reaches."""
    from tests.stored import empty_store, execute

    yield
    forget_writer()
    # Nor may that connection outlive the database that is dropped at the end.
    execute(END_OTHERS)
    empty_store()


def forget_writer() -> None:
    """The next request starts a new thread, with nothing remembered of the database or of settings."""
    from traces.api import ingestion

    ingestion.store.cache_clear()
    ingestion.gate.cache_clear()


@pytest.fixture
def with_settings(settings: Settings) -> Iterator[Callable[..., None]]:
    """Changes settings for this test, those too that are read once."""

    def change(**values: object) -> None:
        for name, value in values.items():
            setattr(settings, name, value)
        forget_writer()

    yield change
    forget_writer()


@pytest.fixture
def full_disk(with_settings: Callable[..., None], tmp_path: Path) -> Callable[[], None]:
    """Call it, and the disk with the database has less room left than it should."""

    def fill() -> None:
        (tmp_path / "postgres").mkdir()
        with_settings(DATA_DIR=tmp_path, MIN_FREE_DISK_BYTES=1 << 60)

    return fill


@pytest.fixture
def grpc_port(store: None) -> Iterator[int]:
    from tests.api.grpc_calls import listening

    with listening() as port:
        yield port


@contextlib.contextmanager
def database_away() -> Iterator[None]:
    """Nobody listens any more where the database was, and all connections to it are gone."""
    from django.db import connection

    from tests.stored import execute

    execute(END_OTHERS)
    connection.close()
    with pytest.MonkeyPatch.context() as patch:
        # All threads' connections are made from this one dictionary.
        patch.setitem(connection.settings_dict, "HOST", "127.0.0.1")
        patch.setitem(connection.settings_dict, "PORT", "1")
        yield
    connection.close()
