from __future__ import annotations

import json
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from traces.core.meaning import Attribute, Some
from traces.core.printable import printable
from traces.core.subjects import Key
from traces.core.values import from_python
from traces.pages.values import Line, lines_of
from traces.search import parse


@pytest.mark.parametrize(
    ("value", "text", "kind"),
    [
        ("42", "42", "string"),
        (42, "42", "int"),
        (True, "true", "bool"),
        (41.5, "41.5", "double"),
        (float("nan"), "NaN", "double"),
        (2**70, str(2**70), "int"),
        (b"hello", "aGVsbG8=", "bytes"),
        (None, "null", "empty"),
        (["a", 1], '["a", 1]', "array"),
        ({"k": b"hi"}, '{"k": "aGk="}', "map"),
        ("nul\x00 and \ud800", "nul\\u0000 and \\ud800", "string"),
    ],
)
def test_value_is_shown_with_its_type(value: object, text: str, kind: str) -> None:
    assert lines_of({"k": from_python(value)}) == [Line("k", text, kind, "", "")]


@pytest.mark.parametrize(
    ("value", "shape"),
    [("short", ""), ("x" * 101, "long"), ("a\nb", "long lined"), (["x" * 50], "long lined")],
)
def test_value_that_needs_room_gets_it(value: object, shape: str) -> None:
    assert lines_of({"k": from_python(value)})[0].shape == shape


def test_lines_are_sorted_by_key() -> None:
    assert [line.key for line in lines_of({"b": 1, "a": 2})] == ["a", "b"]


@pytest.mark.parametrize("url", ["https://shop.example/a?b=c", "http://127.0.0.1:8000/"])
def test_web_address_becomes_a_link(url: str) -> None:
    assert lines_of({"url": url})[0].url == url


@pytest.mark.parametrize(
    "text",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        " https://a.example",
        "https://a b",
        'https://a"b',
        "//a.example",
    ],
)
def test_nothing_else_becomes_a_link(text: str) -> None:
    assert lines_of({"url": text})[0].url == ""


def test_json_that_came_as_a_string_is_laid_out_and_copied_as_it_came() -> None:
    sent = '{"order":{"id":1234,"items":["A-1","B-7"],"ключ":"значение"}}'
    (line,) = lines_of({"body": sent})
    assert line.text == json.dumps(json.loads(sent), indent=2, ensure_ascii=False)
    assert (line.original, line.shape, line.type) == (sent, "long lined", "string")


@pytest.mark.parametrize(
    "text", ["{" * 5_000 + "}" * 5_000, "[" * 40_000 + "]" * 40_000, "{no json, but " + "x" * 40 + "}"]
)
def test_what_only_looks_like_json_stays_as_it_is(text: str) -> None:
    (line,) = lines_of({"body": text})
    assert (line.text, line.original) == (text, "")


@pytest.mark.parametrize(
    ("text", "more"),
    [
        ("x" * 800, ""),
        ("x" * 801, "all 801 characters"),
        ("x\n" * 13, ""),
        ("x\n" * 59 + "x", "all 60 lines"),
    ],
)
def test_long_value_says_how_much_there_is(text: str, more: str) -> None:
    assert lines_of({"k": text})[0].more == more


def test_stack_trace_is_in_parts_that_are_its_text() -> None:
    stack = "Error: x\n    at charge (/app/pay.js:1:1)\n    at y (/app/node_modules/z.js:1:1)"
    (line,) = lines_of({"exception.stacktrace": stack})
    assert [run.whose.value for run in line.runs] == ["own", "library"]
    assert "".join(run.text for run in line.runs) == line.text == stack
    assert lines_of({"other": stack})[0].runs == ()


@pytest.mark.parametrize(
    ("key", "value", "query"),
    [
        ("user.id", "42", "user.id=42"),
        ("user.id", 42, "user.id=42"),
        ("ratio", 0.25, "ratio=0.25"),
        ("ok", True, 'ok="true"'),
        ("route", "/a b", 'route="/a b"'),
        ("said", 'she said "no"', 'said="she said \\"no\\""'),
        ("path", "C:\\dir", "path=C:\\dir"),
        ("empty", "", 'empty=""'),
        ("a key", "v", '"a key"=v'),
        ('a"key', "v", '"a\\"key"=v'),
        ("status", "paid", '"status"=paid'),
    ],
)
def test_value_is_searched_for_in_the_query_languages_words(key: str, value: object, query: str) -> None:
    address = urlsplit(lines_of({key: from_python(value)}, searchable=True)[0].search)
    assert (address.path, parse_qs(address.query)) == ("/", {"last": ["all"], "q": [query]})
    condition = parse(query)
    assert isinstance(condition, Some)
    assert isinstance(condition.condition, Attribute)
    assert condition.condition.key == Key(key)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("list", ["a"]),
        ("map", {"a": 1}),
        ("bytes", b"hi"),
        ("nothing", None),
        ("nul", "a\x00b"),
        ("long", "x" * 600),
    ],
)
def test_what_no_address_can_say_has_no_search(key: str, value: object) -> None:
    assert lines_of({key: from_python(value)}, searchable=True)[0].search == ""


def test_what_searching_does_not_look_at_has_no_search() -> None:
    assert lines_of({"user.id": "42"})[0].search == ""


@given(st.text(st.characters(codec=None)))
def test_printable_text_can_be_encoded(text: str) -> None:
    printable(text).encode()
