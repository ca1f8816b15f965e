from django.db import migrations

# No accounts yet: everybody sees and changes them.
SAVED_SEARCH = """
create table saved_search (
    project smallint not null,
    name text not null,
    query text not null,
    created timestamptz not null default now(),
    primary key (project, name)
)"""


class Migration(migrations.Migration):
    dependencies = [("traces", "0004_attribute_keys")]
    operations = [migrations.RunSQL(SAVED_SEARCH, "drop table saved_search")]
