"""The migration that writes each stored trace's operations into its row."""

from __future__ import annotations

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from tests.spans import a_span
from tests.stored import execute, rows
from traces.store import Writer

OPERATIONS = """
select trace_id, (select array_agg(distinct id) from unnest(operation_ids) as u (id)) from trace order by trace_id"""


@pytest.mark.usefixtures("committed")
def test_migration_fills_in_what_is_stored_already_and_goes_on_where_it_was_cut_off() -> None:
    Writer().write([a_span(trace, 1 + n, name=f"name {n % 3}") for trace in range(1, 30) for n in range(trace)])
    before = rows(OPERATIONS)
    MigrationExecutor(connection).migrate([("traces", "0005_saved_searches")])
    execute(
        "alter table trace add column operation_ids integer[]",
        "update trace set operation_ids = '{-7}' where trace_id = (select trace_id from trace order by 1 limit 1)",
    )
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes("traces"))
    first, *others = rows(OPERATIONS)
    assert first == (before[0][0], [-7])
    assert others == before[1:]
