import time

from django.db import migrations

from traces.store import partitions


def make(apps: object, schema_editor: object) -> None:
    with schema_editor.connection.connection.cursor() as cursor:  # type: ignore[attr-defined]
        partitions.ensure(cursor, now_s=int(time.time()))


class Migration(migrations.Migration):
    dependencies = [("traces", "0001_schema")]
    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
