"""The tables of traces, as SQL: partitions, jsonb and index storage are what this program is about.

There are no ORM models beside it. Rows are read and written by `traces.store` and `traces.queries` alone.
"""

from django.db import migrations

# Names may have 32,768 characters, an index entry 2,704 bytes: so uniqueness goes by digest.
SMALL_TABLES = """
create table service (
    id integer generated always as identity primary key,
    project smallint not null default 1,
    name text not null
);
create unique index service_name on service (project, md5(name));

-- What a span is an instance of. The row without a name stands for all names beyond a service's limit.
create table operation (
    id integer generated always as identity primary key,
    service_id integer not null references service,
    kind smallint not null,
    name text
);
create unique index operation_name on operation (service_id, kind, md5(name)) nulls not distinct;
create index operation_by_name on operation (md5(name));

create table resource (
    id integer generated always as identity primary key,
    digest bytea not null unique,
    attributes jsonb not null,
    dropped_attributes bigint not null,
    schema_url text not null
);
create index resource_attributes on resource using gin (attributes jsonb_path_ops);

create table scope (
    id integer generated always as identity primary key,
    digest bytea not null unique,
    name text not null,
    version text not null,
    attributes jsonb not null,
    dropped_attributes bigint not null,
    schema_url text not null
);
"""

# Wide columns first, so that no row is padded. What is absent from most spans is null and takes no room.
# One GIN index finds a span by an attribute, an operation or a resource: a B-tree on (operation, time) took 49 bytes a
# span and 2 µs of CPU.
SPAN = """
create table span (
    trace_id uuid not null,
    span_id bigint not null,
    start_ns bigint not null,
    duration_ns bigint not null,
    parent_span_id bigint,
    operation_id integer not null,
    resource_id integer not null,
    scope_id integer not null,
    flags integer not null,
    project smallint not null,
    status smallint not null,
    name text,
    attributes jsonb not null,
    status_message text,
    trace_state text,
    events jsonb,
    links jsonb,
    dropped bigint[],
    notes text[],
    primary key (trace_id, span_id, start_ns)
) partition by range (start_ns);
create index span_found_by on span using gin (attributes jsonb_path_ops, (array[operation_id, -resource_id]));
alter table span alter column attributes set statistics 0;
create index span_error on span (start_ns) where status = 2;
"""

# A row is updated four or five times while its trace arrives. The head is the root, or the earliest span until
# there is one. The services are three arrays of one length, so that a batch updates one row a trace.
TRACE = """
create table trace (
    trace_id uuid primary key,
    start_ns bigint not null,
    end_ns bigint not null,
    duration_ns bigint not null,
    head_span_id bigint not null,
    head_start_ns bigint not null,
    head_duration_ns bigint not null,
    head_operation_id integer not null,
    span_count integer not null,
    error_count integer not null,
    version integer not null,
    weight real not null,
    project smallint not null,
    has_root boolean not null,
    head_name text,
    service_ids integer[] not null,
    service_spans integer[] not null,
    service_errors integer[] not null
) with (
    fillfactor = 80,
    autovacuum_vacuum_threshold = 5000,
    autovacuum_vacuum_scale_factor = 0.1,
    autovacuum_vacuum_insert_threshold = 20000,
    autovacuum_analyze_threshold = 5000
);
create index trace_start on trace (project, start_ns, trace_id);
create index trace_duration on trace (project, duration_ns, trace_id);
create index trace_error on trace (project, start_ns, trace_id) where error_count > 0;
"""


class Migration(migrations.Migration):
    initial = True
    operations = [
        migrations.RunSQL(SMALL_TABLES, "drop table scope, resource, operation, service"),
        migrations.RunSQL(SPAN, "drop table span"),
        migrations.RunSQL(TRACE, "drop table trace"),
    ]
