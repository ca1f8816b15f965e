"""Alive (`/healthz`) and ready (`/readyz`: the database answers, is migrated, and there is room for spans)."""

from __future__ import annotations

import json

from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.executor import MigrationExecutor

from traces.api.errors import Refused
from traces.api.ingestion import gate
from traces.api.receive import Answer


def alive() -> Answer:
    return Answer(200, b'{"status": "alive"}')


def ready() -> Answer:
    try:
        gate().check_disk()
        unapplied = _unapplied_migrations()
    except Refused as refused:
        return _not_ready(refused.message)
    except (DatabaseError, InterfaceError) as error:
        return _not_ready(f"the database does not answer: {str(error).strip().partition(chr(10))[0]}")
    finally:
        connection.close()
    if unapplied:
        return _not_ready(f"the database lacks {unapplied} migrations; run manage.py migrate")
    return Answer(200, b'{"status": "ready"}')


def _unapplied_migrations() -> int:
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _not_ready(why: str) -> Answer:
    return Answer(503, json.dumps({"status": "not ready", "why": why}).encode(), headers={"Retry-After": "1"})
