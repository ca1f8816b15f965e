"""Queries by chance, as the parser makes them."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import strategies as st

from traces.core.meaning import (
    EVERY,
    Aggregate,
    Attribute,
    By,
    Condition,
    Exists,
    Filter,
    Intrinsic,
    Metric,
    Not,
    Pipeline,
    Relation,
    Select,
    Some,
    Structure,
    Text,
    Trace,
    all_of,
    any_of,
)
from traces.core.span import Kind, Status
from traces.core.subjects import COUNTS, DURATIONS, IDS, MATCHING, ORDERING, Fact, Field, Key, Op, Place
from traces.search.comparisons import OPTIONAL

_Build = Callable[..., Condition]
_WILD = 'ab.- "\\{}()=<>~!:&|,`/\n\té0_'
names = (
    st.sampled_from(["user.id", "http.route", "service", "status", "and", "not", "exists", "nil", "count", "by", "-a",
                     ".b", "span.x", "trace.duration", "span:id", "parent.a", "key with spaces", "42", "a-b", "or"])
    | st.text(_WILD, min_size=1, max_size=6)
    | st.text(min_size=1, max_size=4)
)  # fmt: skip
keys = st.builds(Key, names, st.sampled_from(Place))
texts = (
    st.sampled_from(["42", "true", "", "nil", "and", "eu-west-1", "/users/{id}", "a,b", "~x", "=x", "a b", "-1", "x)"])
    | st.text(_WILD, max_size=6)
    | st.text(max_size=4)
)
_patterns = st.sampled_from(["^SELECT", r"\d+", r"a\.b", "a|b", '"', r"\\", "[{}]", "", "(?i)x y"])
_exact = st.sampled_from([Op.EQUAL, Op.NOT_EQUAL])
_ordering = st.sampled_from(ORDERING)
_lengths = st.integers(0, (1 << 63) - 1) | st.sampled_from([0, 500_000_000, 1_500_000, 60 * 10**9])


def _many(values: st.SearchStrategy[object]) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(values, min_size=1, max_size=3).map(tuple)


def _comparisons(build: _Build, subject: object, values: st.SearchStrategy[object],
                 ops: st.SearchStrategy[Op]) -> st.SearchStrategy[Condition]:  # fmt: skip
    subjects = subject if isinstance(subject, st.SearchStrategy) else st.just(subject)
    return st.builds(build, subjects, ops, _many(values))


def _textual(build: _Build, subject: object) -> st.SearchStrategy[Condition]:
    return _comparisons(build, subject, texts, st.sampled_from([Op.EQUAL, Op.NOT_EQUAL, Op.CONTAINS])) | _comparisons(
        build, subject, _patterns, st.sampled_from(MATCHING)
    )


def _numeric(build: _Build, subject: object, numbers: st.SearchStrategy[int]) -> st.SearchStrategy[Condition]:
    ordered = st.builds(build, st.just(subject), _ordering, numbers.map(lambda n: (n,)))
    return _comparisons(build, subject, numbers, _exact) | ordered


def _typed(subject: Field | Fact) -> st.SearchStrategy[Condition]:
    build: _Build = Trace if isinstance(subject, Fact) else Intrinsic
    if subject in DURATIONS:
        return _numeric(build, subject, _lengths)
    if subject in COUNTS:
        return _numeric(build, subject, st.integers(0, 10**17))
    if subject in IDS:
        size = 16 if subject in (Fact.ID, Field.LINK_TRACE_ID) else 8
        return _comparisons(build, subject, st.binary(min_size=size, max_size=size), _exact)
    if subject in (Field.KIND, Field.STATUS):
        return _comparisons(build, subject, st.sampled_from(Kind if subject is Field.KIND else Status), _exact)
    return _textual(build, subject)


_numbers = st.sampled_from(["500", "-1", "0.5", "1e3", "-2.5E-7"])
facts = st.one_of(*map(_typed, Fact))
singles: st.SearchStrategy[Condition] = (
    _textual(Attribute, keys)
    | st.builds(Attribute, keys, _ordering, _numbers.map(lambda text: (text,)))
    | st.one_of(*map(_typed, Field))
    | st.builds(Exists, keys | st.sampled_from(OPTIONAL))
    | st.builds(Text, texts)
)


def _combined(inner: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    several = st.tuples(inner, inner) | st.tuples(inner, inner, inner)
    return several.map(lambda items: all_of(*items)) | several.map(lambda items: any_of(*items)) | st.builds(Not, inner)


# Levels by hand: `st.recursive` takes ten times as long.
_combinations = _combined(singles | facts)
span_conditions = singles | facts | _combinations | _combined(singles | _combinations)
_some = st.builds(Some, span_conditions | st.just(EVERY))
_subjects = keys | st.sampled_from(Field)
_many_subjects = st.lists(_subjects, min_size=1, max_size=3).map(tuple)
_measured = keys | st.sampled_from([Field.DURATION, Field.SELF_TIME])
_comparing = _exact | _ordering
_limits = st.integers(-(10**12), 10**12) | st.floats(-1e20, 1e20)
_stages = (
    st.builds(Aggregate, st.just("count"), st.none(), _comparing, st.integers(0, 1_000))
    | st.builds(Aggregate, st.sampled_from(["avg", "min", "max", "sum"]), keys, _comparing, _limits)
    | st.builds(Aggregate, st.sampled_from(["avg", "min", "max", "sum"]), st.just(Field.DURATION), _comparing, _lengths)
    | st.builds(By, _many_subjects)
    | st.builds(Select, _many_subjects)
    | st.builds(Filter, span_conditions | st.just(EVERY))
)
_by = st.just(()) | _many_subjects
_quantiles = st.lists(st.floats(0, 1), min_size=1, max_size=3).map(tuple)
_metrics = (
    st.builds(Metric, st.sampled_from(["rate", "count_over_time"]), st.none(), by=_by)
    | st.builds(Metric, st.just("histogram_over_time"), _measured, by=_by)
    | st.builds(Metric, st.just("quantile_over_time"), _measured, _quantiles, _by)
)


def _with_stages(source: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    stages = st.lists(_stages, min_size=1, max_size=3).map(tuple)
    ending = st.builds(lambda several, last: (*several, last), st.lists(_stages, max_size=2), _metrics)
    return st.builds(Pipeline, source, stages | ending)


def _related(inner: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    several = st.tuples(inner, inner) | st.tuples(inner, inner, inner)
    signs = st.sampled_from([(False, False), (True, False), (False, True)])
    return (
        st.builds(lambda a, b, relation, sign: Structure(a, b, relation, *sign), inner, inner,
                  st.sampled_from(Relation), signs)
        | several.map(lambda items: all_of(*items))
        | several.map(lambda items: any_of(*items))
        | _with_stages(inner)
    )  # fmt: skip


_found = _some | _related(_some)
_finding = _some | _found | _related(_found)
_terms = _finding | facts
queries = st.just(EVERY) | _terms | _combined(_terms) | _combined(_terms | _combined(_terms))
