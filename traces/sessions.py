"""What a thread's connection is going to be used for in; the driver's connection out, its session set for that.

A thread has one connection. Most only read or only write on theirs; where one does both, a statement goes ahead of each
change, and none of a reader's can ever write.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from weakref import WeakKeyDictionary

import psycopg
from django.db import connection
from psycopg.pq import TransactionStatus

# A query that a page waits for is stopped after this; who waits longer, or less, sets a time of its own.
READ_TIMEOUT_S = 10
# A statement that takes longer waits for a lock or a disk that hangs: better said than waited for.
WRITE_TIMEOUT_S = 30
# Compiling costs seconds where a condition is long, and more than it gains where it isn't.
READING = {"statement_timeout": f"{READ_TIMEOUT_S}s", "jit": "off", "default_transaction_read_only": "on"}
WRITING = {"statement_timeout": f"{WRITE_TIMEOUT_S}s", "default_transaction_read_only": "off"}
_settings: WeakKeyDictionary[psycopg.Connection[Any], Mapping[str, str]] = WeakKeyDictionary()


def for_reading(settings: Mapping[str, str] | None = None) -> psycopg.Connection[Any]:
    """With further settings, the planner's or another time; inside of a transaction, which may not stay, without."""
    driver = _connected()
    in_transaction = driver.info.transaction_status is not TransactionStatus.IDLE
    return _set(driver, READING if in_transaction or not settings else {**READING, **settings})


def for_writing() -> psycopg.Connection[Any]:
    """Outside of any transaction that was begun for reading."""
    return _set(_connected(), WRITING)


def _connected() -> psycopg.Connection[Any]:
    connection.ensure_connection()
    driver: psycopg.Connection[Any] = connection.connection
    return driver


def _set(driver: psycopg.Connection[Any], wanted: Mapping[str, str]) -> psycopg.Connection[Any]:
    before = _settings.get(driver, {})
    if before != wanted:
        changed = [f"set {name} = '{value}'" for name, value in wanted.items() if before.get(name) != value]
        driver.execute("; ".join([*changed, *(f"reset {name}" for name in before if name not in wanted)]))
        _settings[driver] = wanted
    return driver
