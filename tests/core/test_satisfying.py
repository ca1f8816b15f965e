"""What a condition on one span means, for every operator, scope and type of value."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.drawing import a_span
from tests.search.queries import span_conditions
from tests.spans import wild_spans
from traces.core.comparing import fits, holds, number_of, text_of
from traces.core.meaning import EVERY, And, Attribute, Condition, Exists, Intrinsic, Not, Or, Some, Text, Trace
from traces.core.satisfying import satisfies, values_of
from traces.core.semantic_names import NEW_NAMES, names_of
from traces.core.span import Event, Kind, Link, Resource, Scope, Span, Status
from traces.core.subjects import OPPOSITE, Fact, Field, Key, Op, Place
from traces.core.values import Value, from_python

SPAN = a_span(
    "Charge",
    parent="Root",
    length=5,
    service="payment",
    kind=Kind.CLIENT,
    status=Status.ERROR,
    status_message="Timed out",
    attributes={"a": 1, "both": "span", "list": ["x", 2], "null": None, "nested": {"deep": "found"}, "Key": "v"},
    resource=Resource({"b": 2, "both": "resource"}),
    events=(Event(1, "exception", {"exception.type": "IOError"}), Event(2, "retry")),
    links=(Link(b"t" * 16, b"s" * 8, attributes={"why": "batch"}),),
    scope=Scope("lib", "1.2", {"c": 3}),
)


def attribute(name: str, op: str, *values: str, place: str = "") -> Attribute:
    return Attribute(Key(name, Place(place)), Op(op), values)


@pytest.mark.parametrize(
    ("value", "fitting", "other"),
    [
        (42, ["42", "42.0", "4.2e1"], ["43", "042", "true", "", "42 "]),
        ("42", ["42"], ["42.0", "43"]),
        (42.5, ["42.5", "4.25e1"], ["42"]),
        (42.0, ["42", "42.0"], ["42.1"]),
        (0, ["0", "-0", "0.0"], ["", "false"]),
        (True, ["true"], ["1", "True", "yes"]),
        (False, ["false"], ["0", ""]),
        ("true", ["true"], ["True"]),
        ("", [""], [" "]),
        (None, [], ["", "null", "nil", "None"]),
        (9007199254740993, ["9007199254740993"], ["9007199254740992", "9007199254740993.0"]),
        (1e16, ["1e16", "10000000000000000"], ["1e17"]),
        (1 << 70, [str(1 << 70)], ["1e21"]),
        (float("nan"), ["NaN"], ["nan", "0"]),
        (float("inf"), ["Infinity"], ["1e999", "inf"]),
        (b"hi", [], ["hi", "aGk="]),
        ({"a": 1}, [], ["1", "{}"]),
        ("a\x00b", ["a\x00b"], ["ab"]),
    ],
)
def test_text_fits_what_people_mean_by_it(value: object, fitting: list[str], other: list[str]) -> None:
    stored = from_python(value)
    assert [text for text in fitting if not fits(stored, Op.EQUAL, text)] == []
    assert [text for text in other if fits(stored, Op.EQUAL, text)] == []


@pytest.mark.parametrize(
    ("value", "op", "limit", "is_so"),
    [
        (500, ">=", "500", True),
        (500, ">", "500", False),
        (499.9, "<", "500", True),
        (500, "<=", "499.5", False),
        ("503", ">", "500", True),
        (" 503", ">", "500", False),
        ("many", ">", "0", False),
        (True, ">", "0", False),
        (None, ">=", "0", False),
        (9007199254740993, ">", "9007199254740992", True),
        (1 << 70, ">", "1e20", True),
        (float("nan"), ">=", "0", False),
        (float("inf"), ">", "1e300", True),
    ],
)
def test_more_and_less_are_of_numbers_also_of_those_sent_as_text(
    value: object, op: str, limit: str, is_so: bool
) -> None:
    assert fits(from_python(value), Op(op), limit) is is_so


@pytest.mark.parametrize(
    ("value", "text"),
    [("a", "a"), (42, "42"), (True, "true"), (1.0, "1.0"), (1e-7, "0.0000001"), (1e16, "1e+16"),
     (1 << 64, str(1 << 64)), (None, None), (b"x", None), ({"k": "v"}, None), ("\x00", None)],
)  # fmt: skip
def test_values_have_a_text(value: object, text: str | None) -> None:
    assert text_of(from_python(value)) == text


@pytest.mark.parametrize("text", ["", "1.", ".5", "0x1", "1e", "01", "٤", "1e999", "1_0", " 1", "9" * 40])
def test_what_is_no_number(text: str) -> None:
    assert number_of(text) is None


YES: list[Condition] = [
    EVERY,
    attribute("a", "=", "1"),
    attribute("a", "=", "0", "1"),
    attribute("a", "!=", "2"),
    attribute("b", "=", "2"),
    attribute("both", "=", "span"),
    attribute("both", "=", "resource"),
    attribute("both", "=", "span", place="span"),
    attribute("both", "=", "resource", place="resource"),
    attribute("exception.type", "=", "IOError", place="event"),
    attribute("why", ":", "BAT", place="link"),
    attribute("c", "<=", "3", place="scope"),
    attribute("list", "=", "x"),
    attribute("list", ">", "1"),
    attribute("both", "~", "^s"),
    attribute("both", "=~", "s..n"),
    attribute("both", "!~", "x"),
    attribute("a", "~", "^1$"),
    Exists(Key("a")),
    Exists(Key("null")),
    Exists(Key("nested")),
    Exists(Field.PARENT_ID),
    Exists(Field.EVENT_NAME),
    Intrinsic(Field.SERVICE, Op.EQUAL, ("payment",)),
    Intrinsic(Field.NAME, Op.CONTAINS, ("charg",)),
    Intrinsic(Field.KIND, Op.EQUAL, (Kind.SERVER, Kind.CLIENT)),
    Intrinsic(Field.STATUS, Op.NOT_EQUAL, (Status.OK, Status.UNSET)),
    Intrinsic(Field.STATUS_MESSAGE, Op.MATCHES, ("(?i)timed",)),
    Intrinsic(Field.DURATION, Op.AT_LEAST, (5_000_000,)),
    Intrinsic(Field.SELF_TIME, Op.EQUAL, (7,)),
    Intrinsic(Field.ID, Op.EQUAL, (b"Charge__",)),
    Intrinsic(Field.PARENT_ID, Op.EQUAL, (b"Root____",)),
    Intrinsic(Field.EVENT_NAME, Op.EQUAL, ("retry",)),
    Intrinsic(Field.LINK_TRACE_ID, Op.EQUAL, (b"t" * 16,)),
    Intrinsic(Field.LINK_SPAN_ID, Op.NOT_EQUAL, (b"x" * 8,)),
    Intrinsic(Field.SCOPE_NAME, Op.EQUAL, ("lib",)),
    Intrinsic(Field.SCOPE_VERSION, Op.MATCHES, (r"^1\.",)),
    Trace(Fact.SPANS, Op.OVER, (2,)),
    *(
        Text(text)
        for text in ("PAYMENT", "charge", "timed", "key", "ioerror", "retry", "found", "deep", "resource", "2")
    ),
    And((attribute("a", "=", "1"), Not(attribute("a", "=", "2")))),
    Or((attribute("a", "=", "2"), attribute("b", "=", "2"))),
]
NO: list[Condition] = [
    attribute("a", "!=", "1"),
    attribute("a", "!=", "0", "1"),
    attribute("absent", "=", ""),
    attribute("absent", "!=", "x"),
    attribute("absent", "!~", "x"),
    attribute("both", "!=", "resource"),
    attribute("both", "=", "resource", place="span"),
    attribute("a", "=", "1", place="resource"),
    attribute("exception.type", "=", "IOError"),
    attribute("c", "=", "3"),
    attribute("both", "=~", "s"),
    attribute("list", "!=", "x"),
    attribute("null", "=", ""),
    attribute("A", "=", "1"),
    Exists(Key("absent")),
    Intrinsic(Field.SERVICE, Op.EQUAL, ("Payment",)),
    Intrinsic(Field.DURATION, Op.OVER, (5_000_000,)),
    Intrinsic(Field.EVENT_NAME, Op.NOT_EQUAL, ("retry",)),
    Trace(Fact.SPANS, Op.UNDER, (3,)),
    Trace(Fact.ROOT_NAME, Op.NOT_EQUAL, ("x",)),
    Text("batch"),
    Text("lib"),
    Not(EVERY),
]


@pytest.mark.parametrize(("condition", "is_so"), [*((c, True) for c in YES), *((c, False) for c in NO)], ids=str)
def test_span_satisfies_a_condition(condition: Condition, is_so: bool) -> None:
    assert satisfies(SPAN, condition, self_time_ns=7, facts={Fact.SPANS: 3}) is is_so


@pytest.mark.parametrize(
    ("asked", "sent", "is_so"),
    [
        ("http.status_code", "http.response.status_code", True),
        ("http.response.status_code", "http.status_code", True),
        ("db.collection.name", "db.sql.table", True),
        ("db.sql.table", "db.mongodb.collection", False),
        ("http.status_code", "http.method", False),
    ],
)
def test_old_and_new_names_are_one(asked: str, sent: str, is_so: bool) -> None:
    span = a_span("x", attributes={sent: 500})
    assert satisfies(span, attribute(asked, ">=", "500")) is is_so
    assert satisfies(span, Exists(Key(asked))) is is_so
    assert satisfies(span, attribute(asked, "!=", "200")) is is_so


def test_no_name_was_renamed_twice() -> None:
    """A chain would be followed by half."""
    assert not NEW_NAMES.keys() & set(NEW_NAMES.values())
    assert all(names_of(name)[0] == name for name in [*NEW_NAMES, *NEW_NAMES.values(), "other"])


def test_first_value_is_the_spans_under_the_name_asked_for() -> None:
    assert values_of(SPAN, Key("both"))[0] == "span"
    span = a_span("x", attributes={"http.status_code": 1, "http.response.status_code": 2})
    assert values_of(span, Key("http.response.status_code")) == [2, 1]


def test_what_concerns_the_trace_is_no_condition_on_a_span() -> None:
    with pytest.raises(TypeError):
        satisfies(SPAN, Some(EVERY))


@given(wild_spans, span_conditions)
def test_any_span_satisfies_a_condition_or_its_opposite(span: Span, condition: Condition) -> None:
    assert satisfies(span, condition) != satisfies(span, Not(condition))


_values = st.lists(st.sampled_from(["a", "", 1, 1.5, True, None, ["a"]]), max_size=3)


@given(_values, st.sampled_from(list(OPPOSITE)), st.lists(st.sampled_from(["a", "1", "true", ""]), min_size=1))
def test_opposites_hold_where_there_is_a_value_and_the_other_does_not(
    found: list[Value], op: Op, wanted: list[str]
) -> None:
    assert holds(found, op, wanted) == (bool(found) and not holds(found, OPPOSITE[op], wanted))
