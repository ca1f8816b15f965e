"""Which spans link to a span or its trace: the way back of `span.links`, filled from what is stored already.

Each partition is read once by a statement and a commit of its own, which holds nothing in memory; a migration that
was cut off goes on with what is missing.
"""

from django.db import migrations

# In the order in which the newest that link to a span are asked for. A trace or a sample that goes takes its links
# along by trace id; what the retention takes in parts, by start, which follows the order of arrival closely enough.
LINK = """
create table if not exists link (
    target_trace_id uuid not null,
    target_span_id bigint not null,
    start_ns bigint not null,
    trace_id uuid not null,
    span_id bigint not null,
    project smallint not null,
    primary key (target_trace_id, target_span_id, start_ns, trace_id, span_id)
);
create index if not exists link_source on link (trace_id);
create index if not exists link_start on link using brin (start_ns) with (autosummarize = true);
"""
PARTITIONS = "select inhrelid::regclass::text from pg_inherits where inhparent = 'span'::regclass order by 1"
FILL = """
insert into link (target_trace_id, target_span_id, start_ns, trace_id, span_id, project)
select (link ->> 0)::uuid, ('x' || (link ->> 1))::bit(64)::bigint, start_ns, trace_id, span_id, project
from {} cross join jsonb_array_elements(links) as l (link)
where links is not null and link ->> 0 <> repeat('0', 32)
on conflict do nothing"""


def fill(apps: object, schema_editor: object) -> None:
    with schema_editor.connection.cursor() as cursor:  # type: ignore[attr-defined]
        cursor.execute(PARTITIONS)
        for (partition,) in cursor.fetchall():
            cursor.execute(FILL.format(partition))


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("traces", "0002_partitions")]
    operations = [
        migrations.RunSQL(LINK, "drop table link"),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
