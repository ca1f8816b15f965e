"""The query language: what is written, what it means, and what is said about what makes no sense."""

from __future__ import annotations

import time

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.core.drawing import a_span
from tests.search.queries import queries, span_conditions
from traces.core.evaluation import SpansAtHand, evaluate
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
    Structure,
    Text,
    Trace,
)
from traces.core.span import Kind, Status
from traces.core.subjects import Fact, Field, Key, Op, Place
from traces.search import BadQuery, opposite_of
from traces.search.grammar import MOST_CHARACTERS, MOST_CONDITIONS, MOST_NESTED, MOST_RELATIONS, MOST_TEXTS
from traces.search.parsing import parse
from traces.search.printing import query_text
from traces.search.wording import query_words

MS = 1_000_000


def attribute(name: str, value: str, op: str = "=", place: str = "") -> Attribute:
    return Attribute(Key(name, Place(place)), Op(op), (value,))


def intrinsic(field: Field, value: str | int | bytes, op: str = "=") -> Intrinsic:
    return Intrinsic(field, Op(op), (value,))


A, B, C = (attribute(name, "1") for name in "abc")
ERROR = intrinsic(Field.STATUS, Status.ERROR)


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(queries)
def test_text_of_a_query_means_the_query(query: Condition) -> None:
    assert parse(query_text(query)) == query


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(span_conditions)
def test_every_query_is_said_in_words(condition: Condition) -> None:
    assert query_words(Some(condition)).startswith("traces with a span where ")


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(queries)
def test_words_of_a_query_are_one_line_more_or_less(query: Condition) -> None:
    assert query_words(query).startswith(("traces ", "all traces"))


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("", EVERY),
        ("user.id=42", Some(attribute("user.id", "42"))),
        ('user.id = "42"', Some(attribute("user.id", "42"))),
        ("a!=1", Some(attribute("a", "1", "!="))),
        ("http.response.status_code>=500", Some(attribute("http.response.status_code", "500", ">="))),
        ("a<-1.5e3", Some(attribute("a", "-1.5e3", "<"))),
        ('name~"^SELECT"', Some(intrinsic(Field.NAME, "^SELECT", "~"))),
        (r'a~"\d+\"" b!~"\\d"', And((Some(attribute("a", r"\d+" + '"', "~")), Some(attribute("b", r"\d", "!~"))))),
        ("name =~ `GET.*`", Some(intrinsic(Field.NAME, "GET.*", "=~"))),
        ("a:x", Some(attribute("a", "x", ":"))),
        ("a=(1,\"x y\", z)", Some(Attribute(Key("a"), Op.EQUAL, ("1", "x y", "z")))),
        ("a exists", Some(Exists(Key("a")))),
        ("-a exists", Not(Some(Exists(Key("a"))))),
        ("-a=1", Not(Some(A))),
        ("not a=1", Not(Some(A))),
        ("NOT {a=1 b=1}", Not(Some(And((A, B))))),
        ("{a=1 -b=1}", Some(And((A, Not(B))))),
        ("a=1 b=1", And((Some(A), Some(B)))),
        ("a=1 or b=1 c=1", Or((Some(A), And((Some(B), Some(C)))))),
        ("(a=1 or b=1) and c=1", And((Or((Some(A), Some(B))), Some(C)))),
        ("{(a=1 or b=1) and not c=1}", Some(And((Or((A, B)), Not(C))))),
        ('"free text" timeout', And((Some(Text("free text")), Some(Text("timeout"))))),
        ('{"say \\"hi\\"" a=1}', Some(And((Text('say "hi"'), A)))),
        ("http://shop/x?a=1 url:http://shop", And((Some(Text("http://shop/x?a=1")),
                                                    Some(attribute("url", "http://shop", ":"))))),
        ("trace.duration>1s", Trace(Fact.DURATION, Op.OVER, (1_000 * MS,))),
        ("-trace.spans<=10", Not(Trace(Fact.SPANS, Op.AT_MOST, (10,)))),
        ("duration>=1m30.5s", Some(intrinsic(Field.DURATION, 90_500 * MS, ">="))),
        ("duration<1µs self_time>1h", And((Some(intrinsic(Field.DURATION, 1_000, "<")),
                                           Some(intrinsic(Field.SELF_TIME, 3_600_000 * MS, ">"))))),
        ("kind=Server status!=ok", And((Some(intrinsic(Field.KIND, Kind.SERVER)),
                                        Some(intrinsic(Field.STATUS, Status.OK, "!="))))),
        ("status=paid", Some(attribute("status", "paid"))),
        ('"status"=error', Some(attribute("status", "error"))),
        ('"key with spaces"=1 span."a b"=2', And((Some(attribute("key with spaces", "1")),
                                                   Some(attribute("a b", "2", place="span"))))),
        ("resource.service.name=x event.exception.type=y link.z=1 scope.a=1",
         And((Some(attribute("service.name", "x", place="resource")),
              Some(attribute("exception.type", "y", place="event")),
              Some(attribute("z", "1", place="link")), Some(attribute("a", "1", place="scope"))))),
        ("url=http://x/?a=b&c=d http.route=/users/{id}", And((Some(attribute("url", "http://x/?a=b&c=d")),
                                                              Some(attribute("http.route", "/users/{id}"))))),
        ("{http.route=/users/{id}}", Some(attribute("http.route", "/users/{id}"))),
        ("a= b=1", And((Some(attribute("a", "")), Some(B)))),
        ("{a=}", Some(attribute("a", ""))),
        ("span:id=00f067aa0ba902b7", Some(intrinsic(Field.ID, bytes.fromhex("00f067aa0ba902b7")))),
    ],
)  # fmt: skip
def test_words_mean_conditions(text: str, meaning: Condition) -> None:
    assert parse(text) == meaning


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("{}", Some(EVERY)),
        ("{ .a = 1 }", Some(A)),
        ("{ .a }", Some(attribute("a", "true"))),
        ("{ !(.a = 1 || .b = 1) && .c = 1 }", Some(And((Not(Or((A, B))), C)))),
        ("{.a=1&&.b=1||span.c=1}", Some(Or((And((A, B)), attribute("c", "1", place="span"))))),
        ("{a=1}||{b=1}&&{c=1}", Or((Some(A), And((Some(B), Some(C)))))),
        ("{ .a = nil } && { resource.b != nil }", And((Some(Not(Exists(Key("a")))),
                                                       Some(Exists(Key("b", Place.RESOURCE)))))),
        ('{ span.user.id = "42" && status = error } >> { name = "Charge" } | count() > 3',
         Pipeline(Structure(Some(And((attribute("user.id", "42", place="span"), ERROR))),
                            Some(intrinsic(Field.NAME, "Charge")), Relation.DESCENDANT),
                  (Aggregate("count", None, Op.OVER, 3),))),
        ("{.a=1} > {.b=1} !<< {.c=1}",
         Structure(Structure(Some(A), Some(B), Relation.CHILD), Some(C), Relation.ANCESTOR, negated=True)),
        ("{.a=1} &~ ({.b=1} || {.c=1})",
         Structure(Some(A), Or((Some(B), Some(C))), Relation.SIBLING, both=True)),
        ("{ traceDuration > 1s && rootName = `x` }",
         Some(And((Trace(Fact.DURATION, Op.OVER, (1_000 * MS,)), Trace(Fact.ROOT_NAME, Op.EQUAL, ("x",)))))),
        ("{ trace:duration > 2s && span:duration > 1s && trace:rootService = \"y\" }",
         Some(And((Trace(Fact.DURATION, Op.OVER, (2_000 * MS,)), intrinsic(Field.DURATION, 1_000 * MS, ">"),
                   Trace(Fact.ROOT_SERVICE, Op.EQUAL, ("y",)))))),
        ('{ event:name = "exception" && instrumentation:version = "1" && instrumentation.a = 1 }',
         Some(And((intrinsic(Field.EVENT_NAME, "exception"), intrinsic(Field.SCOPE_VERSION, "1"),
                   attribute("a", "1", place="scope"))))),
        ("max(duration) > 3s | { status = error }",
         Pipeline(Some(EVERY), (Aggregate("max", Field.DURATION, Op.OVER, 3_000 * MS), Filter(ERROR)))),
        ("{} | by(resource.service.name) | avg(.a) != 1.5 | select(.a, name)",
         Pipeline(Some(EVERY), (By((Key("service.name", Place.RESOURCE),)),
                                Aggregate("avg", Key("a"), Op.NOT_EQUAL, 1.5), Select((Key("a"), Field.NAME))))),
        ("{ status = error } | rate() by (name)", Pipeline(Some(ERROR), (Metric("rate", None, by=(Field.NAME,)),))),
        ("{} | quantile_over_time(duration, .5, 0.99)",
         Pipeline(Some(EVERY), (Metric("quantile_over_time", Field.DURATION, (0.5, 0.99)),))),
        ("{} | histogram_over_time(.a) by(.b)",
         Pipeline(Some(EVERY), (Metric("histogram_over_time", Key("a"), by=(Key("b"),)),))),
    ],
)  # fmt: skip
def test_traceql_is_a_part_of_it(text: str, meaning: Condition) -> None:
    assert parse(text) == meaning


def refusal(text: str) -> str:
    with pytest.raises(BadQuery) as caught:
        parse(text)
    assert caught.value.field == "q"
    assert len(str(caught.value)) < 250
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("duration>abc", "duration>abc: expected a duration such as 500ms"),
        ("duration>500", "expected a duration"),
        ("duration~1s", "duration goes with = != > >= < <="),
        ("trace.spans>many", "expected a whole number"),
        ("a>b", "a>b: expected a number such as 500"),
        ("a>(1,2)", "> takes one value"),
        ("status!=bad", "expected one of unset, ok, error"),
        ("service>x", "service goes with = !="),
        ("span:id=xyz", "16 hexadecimal digits"),
        ("service exists", "there always is one"),
        ("a=~[", "in the regular expression, a [ has no ]"),
        (r'a~"\pL"', r"\p isn't supported"),
        ("trace.foo=1", "trace.foo isn't supported"),
        ("{ parent.a = 1 }", "parent.a isn't supported"),
        ("{ nestedSetLeft > 3 }", "nestedSetLeft isn't supported"),
        ("{ childCount > 3 }", "childCount isn't supported"),
        ("{ event:timeSinceStart > 1s }", "event:timeSinceStart isn't supported"),
        ("{ .a + 1 = 2 }", "arithmetic isn't supported"),
        ("{} | coalesce()", "coalesce() isn't supported"),
        ("{} | rate() with (sample=true)", "with() isn't supported"),
        ("{} | compare({status=error})", "compare() isn't supported"),
        ("{} | count()", "as in count() > 3"),
        ("{} | max(duration) > 3", "expected a duration"),
        ("{} | avg(name) > 3", "expected duration, self_time or an attribute"),
        ("{} | quantile_over_time(duration, 95)", "quantiles from 0 to 1"),
        ("{} | rate() | count() > 1", "rate() comes last"),
        ("{} | by()", "expected an attribute's name"),
        ("-{a=1} | count() > 1", "behind what finds spans"),
        ("trace.spans>1 > {b=1}", "stands between what finds spans"),
        ("{a=1", "ends too early"),
        ("(a=1", "ends too early"),
        ("a=1 and", "ends too early"),
        ("a=", None),
        ("a>", "expected a value"),
        ("a=1)", "this ) closes nothing"),
        ("a=1}", "this } closes nothing"),
        ('"abc', 'should end with "'),
        ('a="abc', 'should end with "'),
        ("a==1", "one = is enough"),
        ("=42", "at '=42'"),
        ("{ true }", "true: expected a condition"),
        ("{ status }", "status: expected something to compare it with"),
        ("span:duration", "span:duration: expected something to compare it with"),
        ("a=1 or or b=1", "or: expected a condition"),
        ("span.=1", "expected an attribute's name"),
        ('foo."x"=1', "expected one of span."),
    ],
)
def test_what_makes_no_sense_is_refused_with_what_would_be_right(text: str, says: str | None) -> None:
    if says is None:
        assert parse(text)
    else:
        assert says in refusal(text)


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a" * (MOST_CHARACTERS + 1), "longer than 100,000"),
        ("(" * (MOST_NESTED + 1), "brackets inside each other"),
        ("{" + "(" * MOST_NESTED, "brackets inside each other"),
        ("not " * 20_000, "brackets inside each other"),
        ("!" * 50_000 + "a", "brackets inside each other"),
        ("a=1 " * (MOST_CONDITIONS + 1), "keys and values"),
        ("{} > " * 19_000 + "{}", "relations between spans"),
        ("{x} >> " * MOST_TEXTS + "{x}", "more than 20 texts"),
        ('not ("x" or -x)' * (MOST_TEXTS // 2) + " {} | {x}", "more than 20 texts"),
        ("a:" + "x" * 1_001, "up to 1,000 characters"),
        ('"' + "x" * 1_001 + '"', "up to 1,000 characters"),
        ("a" * 99_999, "up to 1,000 characters"),
        ("[" * 99_999, "arithmetic isn't supported"),
        ("/" * 99_999 + "x", "up to 1,000 characters"),
        ("\x00" * 3_000, "arithmetic isn't supported"),
        ("x" * 99_000 + '."y"=1', "before the quotes"),
        ("{}" * 49_000, "keys and values"),
        ("{}" + " | by(a)" * 10_000, "keys and values"),
        ("a=(" + "x," * 40_000 + "x)", "keys and values"),
        ('"' + "\\" * 99_000, "should end"),
        ("a=" + "{" * 90_000, "at '{"),
        ("a=" + "{x" * 45_000, "at '{"),
        ("`" * 99_000, "at '`"),
        ("+" * 99_000, "at '++"),
        ("parent." + "a" * 90_000 + "=1", "isn't supported; an attribute of that name stands in quotes"),
        ("duration>" + "9" * 90_000, "duration>999"),
        (" " * 99_999, None),
        ("a=" + "{}" * 45_000, None),
        ("a" * 50_000 + "=" + "b" * 49_000, None),
        ("a=\x00 b='; drop table span; c=%s", None),
    ],
)
def test_hostile_text_is_answered_or_refused_at_once(text: str, says: str | None) -> None:
    start = time.perf_counter()
    if says is None:
        assert parse(text) is not None
    else:
        assert says in refusal(text)
    assert time.perf_counter() - start < 2


@pytest.mark.parametrize(
    "text",
    [
        "(" * MOST_NESTED + "a=1" + ")" * MOST_NESTED,
        "not " * MOST_NESTED + "a=1",
        "(" * (MOST_NESTED - 1) + "{a=1}" + " > {b=1})" * (MOST_NESTED - 1),
        "{} > " * MOST_RELATIONS + "{}",
        "not (a=1 " * (MOST_NESTED // 2) + ")" * (MOST_NESTED // 2),
        "{" + "not (a=1 or b=1 " * 31 + ")" * 31 + "}",
        " ".join(["a=1"] * (MOST_CONDITIONS // 2)),
    ],
)
def test_largest_queries_are_printed_said_and_decided(text: str) -> None:
    query = parse(text)
    assert parse(query_text(query)) == query
    assert query_words(query)
    assert evaluate(query, SpansAtHand([a_span("x", attributes={"a": 1})]))


_PIECES = ["a", "=", '"', "\\", "{", "}", "(", ")", " ", "-", "!", ">", "<", "~", "|", "&", "count", " and ", " or ",
           " exists", "not ", ".", ":", "1s", "`", ",", "by", "nil", "span.", "duration", "status=error",
           "trace.spans>1"]  # fmt: skip


@settings(max_examples=300)
@given(st.text(max_size=40) | st.lists(st.sampled_from(_PIECES), max_size=14).map("".join))
def test_any_text_is_read_or_refused_with_a_reason(text: str) -> None:
    try:
        query = parse(text)
    except BadQuery as error:
        refused = error
    else:
        assert parse(query_text(query)) == query
        assert query_words(query)
        return
    assert refused.field == "q"
    assert str(refused)


def test_usual_query_is_read_within_a_millisecond() -> None:
    text = 'user.id=42 status=error -region=eu-west-1 {service=payment duration>500ms} name~"^SELECT" trace.duration>1s'
    parse(text)
    lengths = []
    for _ in range(20):
        start = time.perf_counter()
        parse(text)
        lengths.append(time.perf_counter() - start)
    assert min(lengths) < 0.001


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "all traces"),
        ("{service=payment duration>500ms} -region=eu-west-1",
         "traces with a span where service is payment and duration is over 500 ms, and with no span where region is "
         "eu-west-1"),
        ("trace.duration>1s", "traces whose duration is over 1 s"),
        ("a=(1,2)", "traces with a span where a is 1 or 2"),
        ('"time out"', "traces with a span where “time out” is found"),
        ("{a=1} >> {b=2}", "traces with a span where b is 2, below a span where a is 1"),
        ("{a=1} | count() > 3", "traces with a span where a is 1, the number of these spans is over 3"),
        ("resource.a exists", "traces with a span where there is the resource's a"),
        ("a=1 or b=2", "traces either with a span where a is 1, or with a span where b is 2"),
        ("{status=error} | rate() by(name)",
         "traces with a span where status is error, as spans a second over time by name"),
    ],
)  # fmt: skip
def test_query_is_said_in_words(text: str, words: str) -> None:
    assert query_words(parse(text)) == words


@given(query=queries)
def test_opposite_can_be_said_and_turned_back(query: Condition) -> None:
    assume(query != EVERY)
    opposite = opposite_of(query)
    assert parse(query_text(opposite)) == opposite
    assert opposite_of(opposite) == query or isinstance(query, Not)
