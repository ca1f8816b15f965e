"""A store that is really written to, and empty again after each test that asks for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from pytest_django import Settings

_END_OTHERS = """
select pg_terminate_backend(pid) from pg_stat_activity
where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'"""


@pytest.fixture
def store(transactional_db: None) -> Iterator[None]:
    """What comes through the doors is written by a thread with a connection of its own, which no rollback reaches."""
    from tests.stored import empty_store, execute

    yield
    forget_writer()
    # Nor may that connection outlive the database that is dropped at the end.
    execute(_END_OTHERS)
    empty_store()


def forget_writer() -> None:
    """The next request starts a new thread, with nothing remembered of the database or of settings."""
    from traces.api import receive

    receive.store.cache_clear()
    receive.gate.cache_clear()


@pytest.fixture
def with_settings(settings: Settings) -> Iterator[Callable[..., None]]:
    """Changes settings for this test, those too that are read once."""

    def change(**values: object) -> None:
        for name, value in values.items():
            setattr(settings, name, value)
        forget_writer()

    yield change
    forget_writer()
