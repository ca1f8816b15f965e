"""The keys that attributes have, with some of their values, for the query bar; filled from a few stored spans."""

from django.db import migrations

from traces.store.attribute_keys import fill

# Scope 0: spans, 1: resources. Types are bits, samples {text: how often, roughly}, times by arrival.
ATTRIBUTE_KEY = """
create table attribute_key (
    project smallint not null,
    scope smallint not null,
    key text not null,
    types smallint not null,
    seen bigint not null,
    last_seen_s bigint not null,
    samples jsonb not null,
    primary key (project, scope, key)
)"""


def learn(apps: object, schema_editor: object) -> None:
    with schema_editor.connection.connection.cursor() as cursor:  # type: ignore[attr-defined]
        fill(cursor)


class Migration(migrations.Migration):
    dependencies = [("traces", "0003_links")]
    operations = [
        migrations.RunSQL(ATTRIBUTE_KEY, "drop table attribute_key"),
        migrations.RunPython(learn, migrations.RunPython.noop),
    ]
