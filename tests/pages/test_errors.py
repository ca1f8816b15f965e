from __future__ import annotations

import pytest
from django.db import OperationalError
from django.test import Client, RequestFactory
from psycopg.errors import QueryCanceled

from traces import queries
from traces.pages.errors import server_error
from traces.queries.reading import fetch_within


def canceled() -> OperationalError:
    error = OperationalError("canceling statement due to statement timeout")
    error.__cause__ = QueryCanceled()
    return error


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (OperationalError("gone"), 503, "doesn't answer"),
        (ZeroDivisionError(), 500, "could not be made"),
    ],
)
def test_failure_has_a_page_that_says_what_to_do(error: Exception, status: int, words: str) -> None:
    try:
        raise error
    except type(error):
        answer = server_error(RequestFactory().get("/"))
    assert answer.status_code == status
    assert words in answer.content.decode()
    assert ("Retry-After" in answer.headers) == (status == 503)


def test_query_that_took_too_long_has_a_page_that_says_so() -> None:
    try:
        raise canceled()
    except OperationalError:
        answer = server_error(RequestFactory().get("/"))
    assert answer.status_code == 503
    page = answer.content.decode()
    assert "longer than 10 seconds and was stopped" in page
    assert "Ask for less" in page
    assert "doesn't answer" not in page
    # A browser that comes again by itself would only make it worse.
    assert "Retry-After" not in answer.headers


@pytest.mark.django_db
def test_page_whose_query_takes_too_long_is_that_page(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(*_: object) -> None:
        fetch_within("select pg_sleep(30)", (), settings={"statement_timeout": "50"})

    monkeypatch.setattr(queries, "trace_summary", read)
    client.raise_request_exception = False
    for path in (f"/traces/{'1' * 32}", f"/traces/{'1' * 32}.otlp.json", f"/api/traces/{'1' * 32}/analysis"):
        answer = client.get(path)
        assert answer.status_code == 503
        assert "was stopped" in answer.content.decode()
