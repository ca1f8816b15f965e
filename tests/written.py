"""Fixtures for tests of storing and querying: a database without spans after each test, rolled back or emptied."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import connection

from tests.stored import OneTransactionWriter, empty_store
from traces import queries
from traces.store import Writer


@pytest.fixture(autouse=True)
def forgetful() -> Iterator[None]:
    """What a test's transaction takes back must not be remembered."""
    queries.forget()
    yield
    queries.forget()


@pytest.fixture
def writer(db: None) -> Writer:
    return OneTransactionWriter()


@pytest.fixture
def committed(transactional_db: None) -> Iterator[None]:
    """Commits are real in this test; afterwards the tables are empty and partitioned as at first."""
    empty_store()
    yield
    empty_store()


@pytest.fixture
def cursor(db: None) -> Iterator[psycopg.Cursor[Any]]:
    connection.ensure_connection()
    with connection.connection.cursor() as found:
        yield found
