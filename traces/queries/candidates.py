"""A condition on the trace -> the few traces that can fulfil it, where an index finds them; or that there are many.

The planner guesses badly what is rare, so a bounded look through the index decides.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from traces.core.meaning import And, Attribute, Condition, Intrinsic, Or, Pipeline, Some, Structure, Trace
from traces.core.project import PROJECT
from traces.core.semantic_names import names_of
from traces.core.subjects import Fact, Field, Op, Place
from traces.queries.attribute_keys import is_known_value
from traces.queries.conditions import OnSpan, on_span
from traces.queries.filters import is_exact
from traces.queries.of_trace import fact_fits
from traces.queries.reading import fetch_in_time
from traces.queries.remembered import remembered
from traces.queries.sql import NEVER

# A condition that more spans fulfil is common: then fewer traces are asked in vain than spans would be collected. That
# this is so is found out quickly for VERY_RARE.
RARE, VERY_RARE = 10_000, 1_000
# So few candidates that no second condition need narrow them down.
FEW = 500
TIMEOUT_MS = 500
# Of several conditions no more are looked for after this.
LOOK_S = 0.4
COLLECT = "select s.trace_id from span s where s.start_ns >= %s and ({}) limit %s"
# All that the index finds are counted; of these the ones that fulfil the rest are kept.
COLLECT_SOME = """select s.trace_id, ({}) is true from (
    select s.* from span s where s.start_ns >= %s and ({}) limit %s) as s"""
SLOW = f"select t.trace_id from trace t where t.project = {PROJECT} and {{}} limit %s"


class Few(NamedTuple):
    """Traces, and the condition to which they are all that there is to say; None: they may fulfil it."""

    traces: set[UUID]
    settled: Condition | None = None


@remembered
def candidates(condition: Condition, start_ns: int | None, *, rare: int | None = None) -> Few | None:
    """None where nothing rare is needed for it. A span starts no earlier than its trace, but as late as it likes."""
    most = RARE if rare is None else min(rare, RARE)
    match condition:
        case Some(inner):
            found = _collected(on_span(inner), -(1 << 63) if start_ns is None else start_ns, most)
            return None if found is None else Few(found, condition if is_exact(condition) else None)
        case Trace() if _is_slow(condition):
            slow = _slow(condition, most)
            return None if slow is None else Few(slow, condition)
        case And(items):
            return _rarest(items, start_ns, most)
        case Or(items):
            return _together(condition, items, start_ns, most)
        case Structure(left, right, negated=negated):
            sides = (right,) if negated else (left, right)
            needed = _rarest(sides, start_ns, most)
            return needed and Few(needed.traces)
        case Pipeline(source):
            needed = candidates(source, start_ns, rare=most)
            return needed and Few(needed.traces)
    return None


@remembered
def seems_rare(condition: Condition) -> bool:
    """Whether a value is needed for it that is none of its attribute's frequent ones, or a quick look will tell."""
    match condition:
        case Some(Attribute(key, Op.EQUAL, values)) if key.place in (Place.ANY, Place.SPAN):
            return not is_known_value(names_of(key.name), values)
        case Trace():
            return _is_slow(condition)
        case Some(And(items)):
            return any(seems_rare(Some(item)) for item in items)
        case And(items):
            return any(map(seems_rare, items))
        case Structure(left, right, negated=negated):
            return seems_rare(right) or (not negated and seems_rare(left))
        case Pipeline(source):
            return seems_rare(source)
    return False


def _rarest(items: Sequence[Condition], start_ns: int | None, most: int) -> Few | None:
    best: Few | None = None
    until_s = time.monotonic() + LOOK_S
    for item in sorted(items, key=_commonness):
        found = candidates(item, start_ns, rare=most)
        if found is not None and (best is None or len(found.traces) < len(best.traces)):
            best = found
        if time.monotonic() > until_s or (best is not None and len(best.traces) <= FEW):
            break
    return best


def _commonness(condition: Condition) -> int:
    """What to look for first: values are rarer than names, names than errors."""
    match condition:
        case Some(Attribute(op=Op.EQUAL)):
            return 0
        case Some(And(items)):
            return min((_commonness(Some(item)) for item in items), default=3)
        case Structure(left, right):
            return min(_commonness(left), _commonness(right))
        case Some(Intrinsic(field)):
            return 1 if field is Field.NAME else 2
    return 3


def _together(condition: Condition, items: Sequence[Condition], start_ns: int | None, most: int) -> Few | None:
    traces, until_s = set[UUID](), time.monotonic() + LOOK_S
    all_settled = True
    for item in items:
        found = candidates(item, start_ns, rare=most)
        if found is None or time.monotonic() > until_s:
            return None
        traces |= found.traces
        all_settled = all_settled and found.settled == item
    return Few(traces, condition if all_settled else None)


def _collected(wanted: OnSpan, start_ns: int, most: int) -> set[UUID] | None:
    lead = wanted.lead
    if lead is None or lead == NEVER:
        return None if lead is None else set()
    if lead == wanted.sql:
        rows = _within_time(COLLECT.format(lead.text), (start_ns, *lead.params, most + 1))
        return {trace_id for (trace_id,) in rows} if rows is not None and len(rows) <= most else None
    query = COLLECT_SOME.format(wanted.sql.text, lead.text)
    rows = _within_time(query, (*wanted.sql.params, start_ns, *lead.params, most + 1))
    return {trace_id for trace_id, fits in rows if fits} if rows is not None and len(rows) <= most else None


def _is_slow(condition: Condition) -> bool:
    """Whether an index of traces finds what fulfils it."""
    return isinstance(condition, Trace) and condition.fact is Fact.DURATION and condition.op in (Op.OVER, Op.AT_LEAST)


def _slow(condition: Trace, most: int) -> set[UUID] | None:
    fits = fact_fits(condition)
    rows = _within_time(SLOW.format(fits.text), (*fits.params, most + 1))
    return {trace_id for (trace_id,) in rows} if rows is not None and len(rows) <= most else None


def _within_time(query: str, params: tuple[object, ...]) -> list[tuple[Any, ...]] | None:
    """None where the index takes long to read: then there is much to find.

    Reading another index through, only because the time is in its key, has to look dear.
    """
    settings = {"enable_seqscan": "off", "cpu_index_tuple_cost": "10"}
    return fetch_in_time(query, params, timeout_ms=TIMEOUT_MS, settings=settings)
