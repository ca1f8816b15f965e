"""Which operations a trace has, in its row: a list of an operation's traces then looks at no span.

Filled from what is stored, some thousand traces by a statement and a commit of its own; a migration that was cut off
goes on with what is missing.
"""

from uuid import UUID

from django.db import migrations

ADD = "alter table trace add column if not exists operation_ids integer[]"
FILL = """
with next as (
    select trace_id, start_ns, end_ns, operation_ids from trace where trace_id > %s order by trace_id limit 5000),
found as (
    select trace_id, (select coalesce(array_agg(distinct operation_id), '{}') from span s
        where s.trace_id = t.trace_id and s.start_ns between t.start_ns and t.end_ns) as ids
    from next t where operation_ids is null),
filled as (update trace t set operation_ids = f.ids from found f where t.trace_id = f.trace_id)
select trace_id from next order by trace_id desc limit 1"""
FINISH = "alter table trace alter column operation_ids set not null"


def fill(apps: object, schema_editor: object) -> None:
    with schema_editor.connection.cursor() as cursor:  # type: ignore[attr-defined]
        last: list[tuple[UUID]] = [(UUID(int=0),)]
        while last:
            cursor.execute(FILL, last[0])
            last = cursor.fetchall()


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("traces", "0005_saved_searches")]
    operations = [
        migrations.RunSQL(ADD, "alter table trace drop column operation_ids"),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.RunSQL(FINISH, migrations.RunSQL.noop),
    ]
