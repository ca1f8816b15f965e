"""Queries decided over the spans of one trace: drawings for each hard case, each relation against its definition."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.drawing import a_span, span_id, spans_of
from tests.core.test_wide_and_deep import COUNT, SHAPES, shaped
from tests.search.queries import queries
from traces.core.evaluation import SpansAtHand, evaluate, span_conditions
from traces.core.meaning import (
    EVERY,
    Aggregate,
    And,
    Attribute,
    By,
    Condition,
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
    Trace,
)
from traces.core.relations import parents_of, related, related_to
from traces.core.span import Span, Status
from traces.core.subjects import Fact, Field, Key, Op
from traces.core.timescale import MILLISECOND

SHOP = """
    shop        |====================|
      cart      |=====|
        db       |=|
        db         |=|
      pay              |=============|
        db              |==========|
        mail             |=|
"""


def named(*names: str) -> Some:
    return Some(Intrinsic(Field.NAME, Op.EQUAL, names))


def found(spans: list[Span], query: Condition) -> str:
    """Names of the spans found, in order; "-" where the trace doesn't satisfy the query."""
    known = SpansAtHand(spans)
    answer = evaluate(query, known)
    assert answer.satisfied or not answer.places
    return " ".join(known.spans([place])[place].name for place in sorted(answer.places)) if answer.satisfied else "-"


def shop() -> list[Span]:
    """Of the drawing, the three db with ids of their own."""
    return [
        span._replace(span_id=number.to_bytes(8), attributes={"n": number}) if span.name == "db" else span
        for number, span in enumerate(spans_of(SHOP))
    ]


@pytest.mark.parametrize(
    ("left", "relation", "right", "names"),
    [
        ("shop", ">>", "db", "db db db"),
        ("cart", ">>", "db", "db db"),
        ("shop", ">", "db", "-"),
        ("shop", ">", "pay", "pay"),
        ("db", ">>", "shop", "-"),
        ("db", "<<", "shop", "shop"),
        ("db", "<", "cart", "cart"),
        ("db", "<", "shop", "-"),
        ("db", "~", "db", "db db"),
        ("db", "~", "mail", "mail"),
        ("cart", "~", "pay", "pay"),
        ("shop", "~", "shop", "-"),
        ("db", ">>", "db", "-"),
        ("db", "<<", "db", "-"),
    ],
)
def test_right_side_is_found_where_it_stands_so_to_the_left(left: str, relation: str, right: str, names: str) -> None:
    assert found(shop(), Structure(named(left), named(right), Relation(relation))) == names


def test_negated_relation_finds_those_that_stand_so_to_none() -> None:
    assert found(shop(), Structure(named("cart"), named("db"), Relation.DESCENDANT, negated=True)) == "db"
    assert found(shop(), Structure(named("nobody"), named("db"), Relation.CHILD, negated=True)) == "db db db"
    assert found(shop(), Structure(named("shop"), named("db"), Relation.DESCENDANT, negated=True)) == "-"


def test_union_finds_both_sides() -> None:
    assert found(shop(), Structure(named("cart", "mail"), named("db"), Relation.CHILD, both=True)) == "cart db db"


def test_and_wants_all_and_finds_the_spans_of_each() -> None:
    assert found(shop(), And((named("cart"), named("mail")))) == "cart mail"
    assert found(shop(), And((named("cart"), named("nobody")))) == "-"
    assert found(shop(), Or((named("cart"), named("nobody")))) == "cart"
    assert found(shop(), Not(named("nobody"))) == ""
    assert found(shop(), Not(named("cart"))) == "-"
    assert found(shop(), EVERY) == ""


def test_one_span_satisfies_a_brace_and_several_a_list_of_words() -> None:
    spans = [a_span("root", attributes={"user.id": 42}), a_span("leaf", "root", status=Status.ERROR)]
    user, error = Attribute(Key("user.id"), Op.EQUAL, ("42",)), Intrinsic(Field.STATUS, Op.EQUAL, (Status.ERROR,))
    assert found(spans, And((Some(user), Some(error)))) == "root leaf"
    assert found(spans, Some(And((user, error)))) == "-"
    assert found(spans, Some(And((user, Not(error))))) == "root"


def test_missing_parent_is_nobody_but_its_children_are_siblings() -> None:
    spans = [a_span("root"), a_span("a", "gone", 1), a_span("b", "gone", 2), a_span("c", "b", 3)]
    assert found(spans, Some(EVERY)) == "root a b c"
    assert found(spans, Structure(named("a"), named("b"), Relation.SIBLING)) == "b"
    assert found(spans, Structure(Some(EVERY), named("a"), Relation.DESCENDANT)) == "-"
    assert found(spans, Structure(Some(EVERY), named("c"), Relation.CHILD)) == "c"
    assert found(spans, Trace(Fact.ORPHANS, Op.EQUAL, (2,))) == ""


def test_spans_in_a_circle_are_decided_as_they_are_drawn() -> None:
    spans = [a_span("a", "b", 0), a_span("b", "a", 1), a_span("self", "self", 2)]
    assert found(spans, Structure(named("a"), named("b"), Relation.DESCENDANT)) == "b"
    assert found(spans, Structure(named("b"), named("a"), Relation.DESCENDANT)) == "-"
    assert found(spans, Structure(named("self"), named("self"), Relation.CHILD)) == "-"


@pytest.mark.parametrize(
    ("fact", "value"),
    [
        (Fact.DURATION, 21 * MILLISECOND),
        (Fact.EXTENT, 21 * MILLISECOND),
        (Fact.SPANS, 7),
        (Fact.ERRORS, 0),
        (Fact.SERVICES, 5),
        (Fact.ROOT_SERVICE, "shop"),
        (Fact.ROOT_NAME, "shop"),
    ],
)
def test_facts_are_the_traces(fact: Fact, value: int | str) -> None:
    assert found(shop(), Trace(fact, Op.EQUAL, (value,))) == ""
    assert found(shop(), Trace(fact, Op.NOT_EQUAL, (value,))) == "-"
    assert (
        found(shop(), Some(And((Trace(fact, Op.EQUAL, (value,)), Intrinsic(Field.NAME, Op.EQUAL, ("pay",)))))) == "pay"
    )


def test_duration_is_the_roots_and_without_one_the_extent() -> None:
    late = [a_span("root", length=5), a_span("late", "root", 50)]
    assert found(late, Trace(Fact.DURATION, Op.EQUAL, (5 * MILLISECOND,))) == ""
    assert found(late, Trace(Fact.EXTENT, Op.EQUAL, (51 * MILLISECOND,))) == ""
    orphans = [a_span("a", "gone", 1, 4), a_span("b", "gone", 9, 1)]
    assert found(orphans, Trace(Fact.DURATION, Op.EQUAL, (9 * MILLISECOND,))) == ""
    assert found(orphans, Trace(Fact.ROOT_NAME, Op.NOT_EQUAL, ("x",))) == "-"


def test_self_time_is_what_no_child_covers() -> None:
    assert found(shop(), Some(Intrinsic(Field.SELF_TIME, Op.EQUAL, (MILLISECOND,)))) == "shop"


@pytest.mark.parametrize(
    ("stages", "names"),
    [
        ([Aggregate("count", None, Op.OVER, 2)], "db db db"),
        ([Aggregate("count", None, Op.OVER, 3)], "-"),
        ([Aggregate("count", None, Op.EQUAL, 0)], "-"),
        ([Aggregate("max", Field.DURATION, Op.EQUAL, 11 * MILLISECOND)], "db db db"),
        ([Aggregate("min", Field.DURATION, Op.UNDER, 2 * MILLISECOND)], "-"),
        ([Aggregate("avg", Field.DURATION, Op.EQUAL, 5 * MILLISECOND)], "db db db"),
        ([Aggregate("sum", Key("n"), Op.EQUAL, 2 + 3 + 5)], "db db db"),
        ([Aggregate("sum", Key("absent"), Op.AT_LEAST, 0)], "-"),
        ([Aggregate("sum", Key("n"), Op.NOT_EQUAL, 10)], "-"),
        ([By((Key("n"),)), Aggregate("count", None, Op.OVER, 1)], "-"),
        ([By((Key("n"),)), Aggregate("max", Key("n"), Op.OVER, 2)], "db db"),
        ([By((Field.NAME,)), Aggregate("count", None, Op.EQUAL, 3), Select((Key("n"),))], "db db db"),
        ([Filter(Attribute(Key("n"), Op.AT_MOST, ("3",))), Aggregate("count", None, Op.EQUAL, 2)], "db db"),
        ([Metric("rate", None)], "db db db"),
    ],
)
def test_stages_keep_and_drop_what_was_found(stages: list[Stage], names: str) -> None:
    assert found(shop(), Pipeline(named("db"), tuple(stages))) == names
    assert found(shop(), Pipeline(named("nobody"), tuple(stages))) == "-"


def test_span_conditions_are_all_that_is_asked_for() -> None:
    a, b, c = (Intrinsic(Field.NAME, Op.EQUAL, (name,)) for name in "abc")
    query = And((Not(Some(a)), Pipeline(Structure(Some(b), Some(c), Relation.CHILD), (Filter(a),))))
    assert list(span_conditions(query)) == [a, b, c, a]


_forests = st.lists(st.integers(-3, 8), max_size=9)


@given(_forests, st.sets(st.integers(0, 8)), st.sets(st.integers(0, 8)), st.sampled_from(Relation))
def test_relations_are_what_they_say(up: list[int], one: set[int], other: set[int], relation: Relation) -> None:
    """Parents by chance: earlier, later, itself, or not there."""
    spans = [a_span(str(n), str(parent) if parent >= 0 else None, start=n) for n, parent in enumerate(up)]
    trace = SpansAtHand(spans).trace
    parents = parents_of(trace)
    above = [set(trace.ancestors(place)) for place in range(len(trace))]
    left, right = ({place for place in chosen if place < len(trace)} for chosen in (one, other))

    def stands(b: int, a: int) -> bool:
        siblings = parents[a] == parents[b] != -1 and a != b
        return {"<": parents[a] == b, ">": parents[b] == a, ">>": a in above[b], "<<": b in above[a], "~": siblings}[
            relation
        ]

    assert all(parents[place] == (trace.ancestors(place) or [-1])[0] for place in range(len(trace)))
    assert related(trace, relation, left, right) == {b for b in right if any(stands(b, a) for a in left)}
    assert related_to(trace, relation, left, right) == {a for a in left if any(stands(b, a) for b in right)}


@pytest.mark.timeout(20)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("relation", Relation)
def test_huge_trace_of_any_shape_is_decided(relation: Relation, shape: str) -> None:
    trace = shaped(shape)
    odd, even = set(range(1, COUNT, 2)), set(range(0, COUNT, 2))
    assert related(trace, relation, odd, even) <= even
    assert related_to(trace, relation, odd, even) <= odd


def test_shared_ids_make_two_spans() -> None:
    client, server = a_span("call", length=9), a_span("call", start=1, length=5)
    assert client.span_id == server.span_id == span_id("call")
    assert found([client, server], named("call")) == "call call"


_chance = st.lists(
    st.builds(
        lambda n, parent, fields: a_span(str(n), str(parent), start=n, **fields),
        st.integers(0, 9),
        st.none() | st.integers(0, 9),
        st.fixed_dictionaries(
            {},
            optional={
                "service": st.sampled_from("ab"),
                "status": st.sampled_from(Status),
                "attributes": st.dictionaries(st.sampled_from(["user.id", "a-b", "b"]), st.sampled_from([42, "x", -1])),
            },
        ),
    ),
    max_size=6,
)


@given(_chance, queries)
def test_any_query_is_decided_over_any_trace(spans: list[Span], query: Condition) -> None:
    known = SpansAtHand(spans)
    answer = evaluate(query, known)
    assert len(known.spans(answer.places)) == len(answer.places)
    assert evaluate(Not(query), known) == (not answer.satisfied, frozenset())
    assert evaluate(And((query, Not(query))), known) == (False, frozenset())
    assert evaluate(Or((query, Not(query))), known).satisfied
