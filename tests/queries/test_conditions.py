from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings

from tests.queries.meaning import means
from tests.spans import a_span, texts
from traces import queries
from traces.core.meaning import Some
from traces.core.values import from_python, to_python
from traces.queries import attributes
from traces.queries.conditions import on_span
from traces.queries.sql import NEVER
from traces.search import Search, word
from traces.store import Writer


@pytest.mark.usefixtures("db")
def test_name_that_nothing_has_is_never_fulfilled() -> None:
    for said in (word("service", "a"), word("name", "a"), word("kind", "server")):
        assert isinstance(said, Some)
        assert on_span(said.condition).sql == NEVER


@pytest.mark.parametrize(
    "number", ["0", "-0", "0.0", "-0.0", "42", "1e3", "1E-3", "1e999", "-1e-999", "12345678901234567890"]
)
def test_every_meaning_of_a_number_equals_it(number: str) -> None:
    kept = [value for value in attributes.meanings(number) if not isinstance(value, str)]
    for value in kept:
        assert float(to_python(value)) == float(number)
    assert kept or number == "1e999"


@pytest.mark.parametrize(
    "text", ["", "1٢", "0x10", "1_000", "+1", "01", "1.", ".5", "1e", "nan", "True", "null", "1\n"]
)
def test_what_is_no_number_is_a_text_only(text: str) -> None:
    assert attributes.meanings(text) == [text]


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=texts, key=texts.filter(bool))
def test_any_text_can_be_asked_for(writer: Writer, text: str, key: str) -> None:
    assert queries.search_traces(Search(service=text, operation=key, condition=word(key, text))).traces == []
    json.dumps(attributes.meanings(text))


@pytest.mark.parametrize(
    "value", [0, 5, -5, 0.0, 1.5, 1e15, 10**15, 1e22, 10**22, (1 << 63) - 1, 1 << 64, True, "5", "x"]
)
def test_value_as_python_writes_it_finds_itself(writer: Writer, value: object) -> None:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    assert means(text, value)
    writer.write([a_span(attributes={"k": from_python(value)})])
    assert len(queries.search_traces(Search(condition=word("k", text))).traces) == 1
