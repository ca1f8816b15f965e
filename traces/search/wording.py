"""In: what a query means. Out: the same in words.

traces with a span where service is payment and duration is over 500 ms, and with no span where region is eu-west-1
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum

from traces.core.meaning import (
    EVERY,
    Aggregate,
    And,
    Attribute,
    By,
    Condition,
    Exists,
    Filter,
    Intrinsic,
    Metric,
    Not,
    Or,
    Pipeline,
    Relation,
    Select,
    Some,
    Stage,
    Structure,
    Text,
    Trace,
)
from traces.core.subjects import DURATIONS, Fact, Field, Key, Op, TypedValue
from traces.core.timescale import duration_text

_OPS = {
    Op.EQUAL: "is",
    Op.NOT_EQUAL: "is not",
    Op.OVER: "is over",
    Op.AT_LEAST: "is at least",
    Op.UNDER: "is under",
    Op.AT_MOST: "is at most",
    Op.MATCHES: "matches",
    Op.NOT_MATCHES: "doesn't match",
    Op.WHOLLY_MATCHES: "matches wholly",
    Op.CONTAINS: "contains",
}
_FIELDS = {
    Field.STATUS_MESSAGE: "status message",
    Field.SELF_TIME: "self time",
    Field.ID: "span id",
    Field.PARENT_ID: "parent id",
    Field.EVENT_NAME: "an event's name",
    Field.LINK_TRACE_ID: "a link's trace id",
    Field.LINK_SPAN_ID: "a link's span id",
    Field.SCOPE_NAME: "scope name",
    Field.SCOPE_VERSION: "scope version",
}
_FACTS = {
    Fact.SPANS: "number of spans",
    Fact.ERRORS: "number of errors",
    Fact.SERVICES: "number of services",
    Fact.ORPHANS: "number of orphans",
    Fact.ROOT_SERVICE: "root's service",
    Fact.ROOT_NAME: "root's name",
    Fact.ID: "id",
}
_RELATIONS = {
    Relation.CHILD: "directly below",
    Relation.DESCENDANT: "below",
    Relation.PARENT: "directly above",
    Relation.ANCESTOR: "above",
    Relation.SIBLING: "beside",
}
_FUNCTIONS = {"count": "number", "avg": "average", "min": "least", "max": "greatest", "sum": "total"}


def query_words(query: Condition) -> str:
    """One sentence without a full stop."""
    return "all traces" if query == EVERY else f"traces {_trace_words(query)}"


def _trace_words(query: Condition) -> str:
    match query:
        case Some() | Structure():
            return f"with {_spans(query)}"
        case Not(Some() | Structure() as item):
            return f"with no {_spans(item).removeprefix('a ')}"
        case Trace():
            return f"whose {span_words(query)}"
        case Not(Trace() as item):
            return f"for which it isn't so that {span_words(item)}"
        case Not(item):
            return f"that are none of those {_trace_words(item)}"
        case And(items):
            return _listed([_trace_words(item) for item in items], "and")
        case Or(items):
            return "either " + _listed([_trace_words(item) for item in items], "or")
        case Pipeline(source, stages):
            return ", ".join([_trace_words(source), *map(_stage_words, stages)])
    raise TypeError(f"{type(query).__name__} is no condition on a trace")


def _spans(query: Condition) -> str:
    match query:
        case Some(condition):
            return "a span" if condition == EVERY else f"a span where {span_words(condition)}"
        case Structure(left, right, relation, negated, both):
            stands = f"{'not ' if negated else ''}{_RELATIONS[relation]}"
            return f"{_spans(right)}, {stands} {_spans(left)}{' (both are meant)' if both else ''}"
        case And(items):
            return _listed([_spans(item) for item in items], "and")
        case Or(items):
            return _listed([_spans(item) for item in items], "or")
    return f"a span of traces {_trace_words(query)}"


def span_words(condition: Condition) -> str:
    """Of a condition on one span, behind "where"."""
    match condition:
        case And(items):
            return " and ".join(map(_inner, items)) if items else "there is anything"
        case Or(items):
            return " or ".join(map(_inner, items))
        case Not(item):
            return f"not {_inner(item)}"
        case Attribute(key, op, values):
            return _comparison(subject_words(key), op, values, is_duration=False)
        case Intrinsic(field, op, typed):
            return _comparison(subject_words(field), op, typed, is_duration=field in DURATIONS)
        case Trace(fact, op, typed):
            return _comparison(subject_words(fact), op, typed, is_duration=fact in DURATIONS)
        case Exists(subject):
            return f"there is {subject_words(subject)}"
        case Text(text):
            return f"“{text}” is found"
    raise TypeError(f"{type(condition).__name__} is no condition on one span")


def _inner(item: Condition) -> str:
    return f"({span_words(item)})" if isinstance(item, And | Or) else span_words(item)


def subject_words(subject: Key | Field | Fact) -> str:
    if isinstance(subject, Key):
        return f"the {subject.place}'s {subject.name}" if subject.place else subject.name
    if isinstance(subject, Field):
        return _FIELDS.get(subject, subject.value)
    return _FACTS.get(subject, subject.value.removeprefix("trace."))


def _comparison(subject: str, op: Op, values: Sequence[TypedValue], *, is_duration: bool) -> str:
    texts = [_value(value, is_duration) for value in values]
    return f"{subject} {_OPS[op]} {_listed(texts, 'or')}"


def _value(value: TypedValue, is_duration: bool) -> str:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, IntEnum):
        return value.name.lower()
    if isinstance(value, int):
        return duration_text(value) if is_duration else f"{value:,}"
    return value if value and value.strip() == value and " or " not in value else f"“{value}”"


def _stage_words(stage: Stage) -> str:
    match stage:
        case Filter(condition):
            return f"of these spans those where {span_words(condition)}"
        case Aggregate(function, subject, op, value):
            of = f" {subject_words(subject)}" if subject else ""
            limit = duration_text(int(value)) if subject in DURATIONS else f"{value:,}"
            return f"the {_FUNCTIONS[function]}{of} of these spans {_OPS[op]} {limit}"
        case By(subjects):
            return f"grouped by {_listed(list(map(subject_words, subjects)), 'and')}"
        case Select(subjects):
            return f"showing {_listed(list(map(subject_words, subjects)), 'and')}"
        case Metric(function, subject, quantiles, by):
            return f"as {_metric_words(function, subject, quantiles)}" + (
                f" by {_listed(list(map(subject_words, by)), 'and')}" if by else ""
            )


def _metric_words(function: str, subject: Key | Field | None, quantiles: Sequence[float]) -> str:
    name = subject_words(subject) if subject else "spans"
    if function == "rate":
        return "spans a second over time"
    if function == "count_over_time":
        return "number of spans over time"
    if function == "histogram_over_time":
        return f"histogram of {name} over time"
    return f"{_listed([f'{quantile:.6g}' for quantile in quantiles], 'and')} quantile of {name} over time"


def _listed(texts: Sequence[str], last: str) -> str:
    """`a, b and c`; what has commas or `and` of its own is set apart by one more comma."""
    if len(texts) < 2:
        return "".join(texts)
    comma = "," if any(" " in text for text in texts) else ""
    return f"{', '.join(texts[:-1])}{comma} {last} {texts[-1]}"
