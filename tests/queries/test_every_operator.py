"""Each operator with each place, field and fact, each relation and stage, once: the database against plain Python.

Chance combines them elsewhere; here none is left out.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import product

import pytest

from tests.queries.asking import (
    KEYS,
    NAMES,
    NUMBERS,
    PATTERNS,
    SERVICES,
    TEXTS,
    WORDS,
    chance_trace,
)
from tests.queries.test_on_span import asked, meant
from tests.spans import MILLISECOND, id_bytes
from traces import queries
from traces.core.evaluation import SpansAtHand, evaluate
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
    Pipeline,
    Relation,
    Select,
    Some,
    Stage,
    Structure,
    Text,
    Trace,
)
from traces.core.span import Kind, Status
from traces.core.subjects import COUNTS, DURATIONS, IDS, MATCHING, ORDERING, Fact, Field, Key, Op, Place, TypedValue
from traces.search import Search
from traces.search.comparisons import OPTIONAL
from traces.store import Writer

TRACES = 60
EXACT = (Op.EQUAL, Op.NOT_EQUAL)
NAMED = (*SERVICES, *NAMES, "", "lib", "1.2", "Card declined", "Retry", "x\x00", "\x00x", "a")


@pytest.fixture
def traces(writer: Writer) -> dict[bytes, SpansAtHand]:
    chance = random.Random(11)
    made = [chance_trace(n, chance) for n in range(1, TRACES + 1)]
    writer.write([span for spans in made for span in spans])
    return {spans[0].trace_id: SpansAtHand(spans) for spans in made}


def compared(subject: Key | Field | Fact) -> Iterator[Condition]:
    """By every operator that goes with it."""
    if isinstance(subject, Key):
        yield from (Attribute(subject, op, (text,)) for op in (*EXACT, Op.CONTAINS) for text in TEXTS)
        yield from (Attribute(subject, op, (pattern,)) for op in MATCHING for pattern in PATTERNS)
        yield from (Attribute(subject, op, (number,)) for op in ORDERING for number in NUMBERS)
        yield from (Attribute(subject, op, ("42", "x")) for op in EXACT)
        return
    build = Trace if isinstance(subject, Fact) else Intrinsic
    for op, value in _typed(subject):
        yield build(subject, op, (value,))  # type: ignore[arg-type]


def _typed(subject: Field | Fact) -> Iterator[tuple[Op, TypedValue]]:
    if subject in DURATIONS:
        yield from product((*EXACT, *ORDERING), (length * MILLISECOND for length in (0, 1, 5, 50)))
    elif subject in COUNTS:
        yield from product((*EXACT, *ORDERING), range(5))
    elif subject in IDS:
        size = 16 if subject in (Fact.ID, Field.LINK_TRACE_ID) else 8
        yield from product(EXACT, (id_bytes(n, size) for n in (1, 2, 99)))
    elif subject in (Field.KIND, Field.STATUS):
        yield from product(EXACT, Kind if subject is Field.KIND else Status)
    else:
        yield from product((*EXACT, Op.CONTAINS), NAMED)
        yield from product(MATCHING, PATTERNS)


SUBJECTS: list[Key | Field | Fact] = [
    *(Key("n", place) for place in Place),
    *(Key(name) for name in KEYS[1:]),
    *(field for field in Field if field is not Field.SELF_TIME),
    *Fact,
]


def test_every_comparison_finds_the_same_spans(traces: dict[bytes, SpansAtHand]) -> None:
    wrong = [one for subject in SUBJECTS for one in compared(subject) if asked(one) != meant(traces, one)]
    assert wrong == []


def test_every_question_for_something_to_be_there_finds_the_same_spans(traces: dict[bytes, SpansAtHand]) -> None:
    asking: list[Condition] = [
        *(Exists(Key(name, place)) for name in (*KEYS, "no") for place in Place),
        *(Exists(one) for one in OPTIONAL),
    ]
    texts = [Text(word) for word in (*WORDS, "int", "map", "bytes", "text", "$", "a\x00", "\ud800", "AA")]
    assert [one for one in (*asking, *texts) if asked(one) != meant(traces, one)] == []


SERVER, CLIENT = (Some(Intrinsic(Field.KIND, Op.EQUAL, (kind,))) for kind in (Kind.SERVER, Kind.CLIENT))
MEASURED: tuple[Key | Field, ...] = (Key("n"), Field.DURATION, Field.SELF_TIME)


def stages() -> Iterator[tuple[Stage, ...]]:
    for op, limit in product((*EXACT, *ORDERING), (1, 2)):
        yield (Aggregate("count", None, op, limit),)
    for function, subject, op in product(("avg", "min", "max", "sum"), MEASURED, (*EXACT, *ORDERING)):
        yield (Aggregate(function, subject, op, 42 if isinstance(subject, Key) else 5 * MILLISECOND),)
    for by in (*Field, *(Key("n", place) for place in Place)):
        yield By((by,)), Aggregate("count", None, Op.OVER, 1)
    yield By((Field.SERVICE, Field.NAME)), Aggregate("count", None, Op.EQUAL, 1)
    yield (Filter(Intrinsic(Field.SELF_TIME, Op.OVER, (MILLISECOND,))),)
    yield Filter(Attribute(Key("n"), Op.NOT_EQUAL, ("42",))), Select((Key("n"),))
    yield (Metric("rate", None, by=(Field.NAME,)),)
    yield (Metric("quantile_over_time", Field.DURATION, (0.5,)),)


QUERIES: list[Condition] = [
    *(
        Structure(left, right, relation, *signs)
        for relation in Relation
        for signs in ((False, False), (True, False), (False, True))
        for left, right in ((SERVER, CLIENT), (CLIENT, SERVER), (Some(EVERY), SERVER), (Some(EVERY), Some(EVERY)))
    ),
    *(Pipeline(Some(EVERY), several) for several in stages()),
    *map(Some, compared(Field.SELF_TIME)),
]


def test_every_relation_and_stage_finds_the_same_traces(traces: dict[bytes, SpansAtHand]) -> None:
    def found(query: Condition) -> set[bytes]:
        listing = queries.search_traces(Search(condition=query, limit=1_000), box_ms=60_000)
        assert listing.stopped_at is None
        return {trace.trace_id for trace in listing.traces}

    def wanted(query: Condition) -> set[bytes]:
        return {trace_id for trace_id, spans in traces.items() if evaluate(query, spans).satisfied}

    assert [query for query in QUERIES if found(query) != wanted(query)] == []
