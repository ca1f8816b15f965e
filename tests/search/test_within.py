from __future__ import annotations

import pytest

from traces.core.meaning import Condition, Intrinsic, Not, Some, Structure, Text, all_of
from traces.core.span import Status
from traces.core.subjects import Field, Op
from traces.search import attribute_is, parse
from traces.search.within import LONGEST, parse_find

ERROR = Intrinsic(Field.STATUS, Op.EQUAL, (Status.ERROR,))
USER = attribute_is("user.id", "42")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("payment", Some(Text("payment"))),
        ("lock wait", Some(Text("lock wait"))),
        ('"GET /a=b"', Some(Text("GET /a=b"))),
        ('a "quoted" text', Some(Text('a "quoted" text'))),
        ("user.id=42", USER),
        ("status=error lock", Some(all_of(ERROR, Text("lock")))),
        ("-status=error", Some(Not(ERROR))),
        ("=", Some(Text("="))),
        ('k="no end', Some(Text('k="no end'))),
        ("", None),
    ],
)
def test_words_are_conditions_on_one_span_and_the_rest_is_text(typed: str, meant: Condition | None) -> None:
    assert parse_find(typed) == meant


def test_relations_are_asked_of_several_spans() -> None:
    assert parse_find("{user.id=42} >> {status=error}") == parse("{user.id=42} >> {status=error}")
    assert isinstance(parse_find("{user.id=42} >> {status=error}"), Structure)


def test_what_is_longer_than_an_address_holds_is_cut() -> None:
    assert parse_find("x" * 1_000) == Some(Text("x" * LONGEST))
