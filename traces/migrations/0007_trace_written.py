from django.db import migrations

# When its row was last written, by the writer's clock: what tells a later page of a list what has changed since its
# first. In no index, so that writing it again moves nothing.
ADD = "alter table trace add column if not exists written_ns bigint not null default 0"


class Migration(migrations.Migration):
    dependencies = [("traces", "0006_trace_operations")]
    operations = [migrations.RunSQL(ADD, "alter table trace drop column written_ns")]
