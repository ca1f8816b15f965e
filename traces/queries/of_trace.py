"""A condition on a fact of the trace -> SQL on a trace's row `t`."""

from __future__ import annotations

from traces.core.meaning import Intrinsic, Trace
from traces.core.span import Kind
from traces.core.subjects import OPPOSITE, Fact, Field
from traces.queries.fields import OPERATIONS, operation_fits
from traces.queries.reading import fetch
from traces.queries.sql import Sql, all_sql
from traces.queries.texts import name_fits, number_fits

OF_SPAN = "exists (select from trace t where t.trace_id = s.trace_id and {})"
_CALLING, _CALLED = f"{Kind.CLIENT:d}, {Kind.PRODUCER:d}", f"{Kind.SERVER:d}, {Kind.CONSUMER:d}"
NUMBERS = {
    Fact.DURATION: "t.duration_ns",
    Fact.EXTENT: "(t.end_ns - t.start_ns)",
    Fact.SPANS: "t.span_count",
    Fact.ERRORS: "t.error_count",
    # A row has a service once for each batch.
    Fact.SERVICES: "(select count(distinct id) from unnest(t.service_ids) as i (id))",
    # Each span's parent is looked up by its key: OFFSET 0 keeps the planner from comparing all spans with all.
    # The server's side of a call that shares its client's id hangs under that, whatever its parent.
    Fact.ORPHANS: f"""(select count(*) from span a
        where a.trace_id = t.trace_id and a.start_ns between t.start_ns and t.end_ns and a.parent_span_id is not null
        and not exists (select from span b where b.trace_id = t.trace_id and b.span_id = a.parent_span_id
            and b.start_ns between t.start_ns and t.end_ns offset 0)
        and not exists (select from span b
            join operation c on c.id = b.operation_id join operation o on o.id = a.operation_id
            where b.trace_id = t.trace_id and b.span_id = a.span_id and b.start_ns between t.start_ns and t.end_ns
            and c.kind in ({_CALLING}) and o.kind in ({_CALLED}) offset 0))""",
}


def fact_fits(condition: Trace) -> Sql:
    fact, op, values = condition.fact, condition.op, condition.values
    if fact is Fact.ID:
        ids = [value.hex() for value in values if isinstance(value, bytes)]
        return Sql(f"t.trace_id {'<> all' if op in OPPOSITE else '= any'}(%s::uuid[])", (ids,))
    if fact in NUMBERS:
        # An index of traces answers for its column's own type alone.
        fits = all(isinstance(value, int) and abs(value) < 1 << 63 for value in values)
        return number_fits(NUMBERS[fact], op, values, type="bigint" if fits else "numeric")
    field = Field.SERVICE if fact is Fact.ROOT_SERVICE else Field.NAME
    return _root(Intrinsic(field, op, values))


def _root(condition: Intrinsic) -> Sql:
    """While a trace has no root, another span stands for it, of which nothing is said."""
    wanted = operation_fits(condition)
    ids = [id for id, _ in fetch(OPERATIONS.format(wanted.text), wanted.params)]
    parts = [Sql("t.has_root"), Sql("t.head_operation_id = any(%s::int[])", (ids,))]
    if condition.field is Field.NAME:
        own = name_fits("t.head_name", condition.op, [str(value) for value in condition.values])
        parts.append(Sql(f"t.head_name is null or {own.text}", own.params))
    return all_sql(parts)
