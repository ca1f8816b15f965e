"""Conditions by chance, on spans that have what they speak of; and all spans of the store that satisfy one."""

from __future__ import annotations

import random

from hypothesis import strategies as st

from tests.spans import MILLISECOND, a_span, id_bytes
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
from traces.core.span import Event, Kind, Link, Resource, Scope, Span, Status
from traces.core.subjects import COUNTS, DURATIONS, MATCHING, ORDERING, Fact, Field, Key, Op, Place
from traces.core.values import from_python, key_text

KEYS = ("n", "http.status_code", "http.response.status_code", 'a"b', "$text:x")
VALUES: tuple[object, ...] = (
    0, 1, -1, 42, 42.0, 42.5, -0.0, 1e16, 10**16, 1 << 70, 9007199254740993, float("nan"), float("inf"), True, False,
    None, "42", "42.0", "042", "4e1", "1e999", "true", "True", "", "a b", "AbC", "%", "_", "'", '"', "\\", "\n",
    "é", "NaN",
    "a\x00b", "\ud800x", "$text:x", [1, "\x00x"], {"a\x00": 1}, {"$map": 1}, {"$int": {"7": ["deep"]}},
    {"$text": "shop", "x": 1}, {"$bytes": {"7": 1}},
    [], [1, "x"], [42, True, None], [[1]], {}, {"deep": {"er": "AbC"}}, {"$int": "5"}, b"\x00\x01", "{", "x,y",
)  # fmt: skip
TEXTS = ("42", "0", "1", "-1", "42.5", "42.0", "10000000000000000", "1e16", "true", "NaN", "Infinity", "", "a b",
    "abc", "AbC",
         "%", "'", '"', "\\", "\n", "É", "x", str(1 << 70), "9007199254740992", "[]", "null", "00")  # fmt: skip
NUMBERS = ("0", "1", "-1", "41.5", "42", "4.2e1", "1e15", "9007199254740993", "1e999999"[:4], "1180591620717411303424")
PATTERNS = ("^4", "2$", "a.b", "(?i)ABC", "[^a-z]", r"\d+\.\d", r"\bb", "", "é|x", "^(true|false)$", r"\n", "x{2,}")
SERVICES = ("shop", "payment", "mail'; --", "\ud800x")
NAMES = ("GET /", "POST /pay", "100%", "x\x00y")


def chance_trace(number: int, chance: random.Random) -> list[Span]:
    """One to eight spans; some hang under none that is here, or under one another, or share their id."""
    count = chance.randint(1, 8)
    spans = [_chance_span(number, n, chance) for n in range(1, count + 1)]
    return list({(span.span_id, span.start_ns): span for span in spans}.values())


def _chance_span(trace: int, n: int, chance: random.Random) -> Span:
    def attributes(most: int = 3) -> dict[str, object]:
        return {
            key_text(chance.choice(KEYS)): from_python(chance.choice(VALUES)) for _ in range(chance.randint(0, most))
        }

    events = tuple(
        Event(n, chance.choice(("thrown", "Retry", "x\x00")), attributes(2)) for n in range(chance.choice((0, 0, 1, 2)))
    )
    links = tuple(
        Link(id_bytes(chance.randint(1, 3), 16), id_bytes(chance.randint(1, 3), 8), attributes=attributes(2))
        for _ in range(chance.choice((0, 0, 1, 2)))
    )
    return a_span(
        trace,
        # Now and then the same id again, as the two sides of a call may have it.
        n if chance.random() < 0.9 else max(1, n - 1),
        parent=chance.choice((None, 1, 1, 2, 3, n, 9)) if n > 1 else chance.choice((None, None, None, 2, 9)),
        start=trace * 10 + chance.randint(0, 5),
        length=chance.choice((0, 1, 5, 50)),
        service=chance.choice(SERVICES),
        name=chance.choice(NAMES),
        kind=chance.choice((Kind.SERVER, Kind.CLIENT)),
        status=chance.choice((Status.UNSET, Status.OK, Status.ERROR)),
        status_message=chance.choice(("", "", "Card declined", "\x00x")),
        attributes=attributes(),
        resource=Resource(attributes(1)),
        scope=Scope(chance.choice(("", "lib", "x\x00")), "1.2", attributes(1)),
        events=events,
        links=links,
    )


_keys = st.builds(Key, st.sampled_from(KEYS), st.sampled_from(Place))
_texts = st.lists(st.sampled_from(TEXTS), min_size=1, max_size=2).map(tuple)
_patterns = st.lists(st.sampled_from(PATTERNS), min_size=1, max_size=2).map(tuple)
_attributes = st.one_of(
    st.builds(Attribute, _keys, st.sampled_from((Op.EQUAL, Op.NOT_EQUAL, Op.CONTAINS)), _texts),
    st.builds(Attribute, _keys, st.sampled_from(MATCHING), _patterns),
    st.builds(Attribute, _keys, st.sampled_from(ORDERING), st.sampled_from(NUMBERS).map(lambda number: (number,))),
)
_some_names = st.lists(st.sampled_from((*SERVICES, *NAMES, "", "lib", "1.2", "Card declined", "Retry", "nobody")),
                       min_size=1, max_size=2).map(tuple)  # fmt: skip
_name_fields = (
    Field.SERVICE,
    Field.NAME,
    Field.STATUS_MESSAGE,
    Field.EVENT_NAME,
    Field.SCOPE_NAME,
    Field.SCOPE_VERSION,
)
_exact = st.sampled_from((Op.EQUAL, Op.NOT_EQUAL))
_lengths = st.sampled_from((0, 1, 5, 50)).map(lambda length: (length * MILLISECOND,))
_orders = st.sampled_from((Op.EQUAL, Op.NOT_EQUAL, *ORDERING))


def _ids(size: int) -> st.SearchStrategy[tuple[bytes, ...]]:
    return st.lists(st.integers(1, 4).map(lambda number: id_bytes(number, size)), min_size=1, max_size=2).map(tuple)


intrinsics = st.one_of(
    st.builds(
        Intrinsic, st.sampled_from(_name_fields), st.sampled_from((Op.EQUAL, Op.NOT_EQUAL, Op.CONTAINS)), _some_names
    ),
    st.builds(Intrinsic, st.sampled_from(_name_fields), st.sampled_from(MATCHING), _patterns),
    st.builds(Intrinsic, st.just(Field.KIND), _exact, st.sampled_from(Kind).map(lambda kind: (kind,))),
    st.builds(Intrinsic, st.just(Field.STATUS), _exact, st.sampled_from(Status).map(lambda status: (status,))),
    st.builds(Intrinsic, st.just(Field.DURATION), _orders, _lengths),
    st.builds(Intrinsic, st.sampled_from((Field.ID, Field.PARENT_ID, Field.LINK_SPAN_ID)), _exact, _ids(8)),
    st.builds(Intrinsic, st.just(Field.LINK_TRACE_ID), _exact, _ids(16)),
)
self_times = st.builds(Intrinsic, st.just(Field.SELF_TIME), _orders, _lengths)
_existing = st.builds(Exists, _keys | st.sampled_from((Field.PARENT_ID, Field.EVENT_NAME, Field.LINK_SPAN_ID)))
WORDS = ("declined", "RETRY", "abc", "42", "%", '"', "\\", "deep", "ER", "é", "shop", "pay", "x,y", "x", "d", "double",
         "text:", "==", "7")  # fmt: skip
words = st.builds(Text, st.sampled_from(WORDS))
facts = st.one_of(
    st.builds(Trace, st.sampled_from([fact for fact in Fact if fact in DURATIONS]), _orders, _lengths),
    st.builds(Trace, st.sampled_from(COUNTS), _orders, st.integers(0, 5).map(lambda number: (number,))),
    st.builds(Trace, st.sampled_from((Fact.ROOT_SERVICE, Fact.ROOT_NAME)), _exact, _some_names),
    st.builds(Trace, st.sampled_from((Fact.ROOT_SERVICE, Fact.ROOT_NAME)), st.sampled_from(MATCHING), _patterns),
    st.builds(Trace, st.just(Fact.ID), _exact, _ids(16)),
)


def nested(leaves: st.SearchStrategy[Condition], most: int = 4) -> st.SearchStrategy[Condition]:
    def grown(inner: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
        items = st.lists(inner, min_size=1, max_size=3).map(tuple)
        return st.builds(And, items) | st.builds(Or, items) | st.builds(Not, inner)

    return st.recursive(leaves, grown, max_leaves=most)


on_span: st.SearchStrategy[Condition] = nested(_attributes | _attributes | intrinsics | _existing | words | facts)
_some = st.builds(Some, nested(_attributes | intrinsics | self_times | facts) | st.just(EVERY))
_limits = st.integers(0, 4)
_stages = st.one_of(
    st.builds(Aggregate, st.just("count"), st.none(), _orders, _limits),
    st.builds(Aggregate, st.sampled_from(("avg", "min", "max", "sum")), st.sampled_from((Field.DURATION,
        Field.SELF_TIME)),
              _orders, st.sampled_from((0, MILLISECOND, 5 * MILLISECOND))),
    st.builds(Aggregate, st.sampled_from(("avg", "min", "max", "sum")), st.builds(Key, st.sampled_from(KEYS)),
        _orders, _limits),
    st.builds(By, st.sampled_from((Field.NAME, Field.SERVICE, Field.STATUS, Key("n"))).map(lambda subject: (subject,))),
    st.builds(Filter, nested(intrinsics | self_times)),
    st.just(Select((Field.NAME,))),
)  # fmt: skip


def _related(inner: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    signs = st.sampled_from(((False, False), (True, False), (False, True)))
    items = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.one_of(
        st.builds(lambda a, b, relation, sign: Structure(a, b, relation, *sign), inner, inner,
            st.sampled_from(Relation), signs),
        st.builds(Pipeline, inner, st.lists(_stages, min_size=1, max_size=2).map(tuple)),
        st.builds(And, items),
        st.builds(Or, items),
    )  # fmt: skip


on_traces: st.SearchStrategy[Condition] = nested(st.recursive(_some, _related, max_leaves=4) | facts, most=3)
