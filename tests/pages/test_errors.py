from __future__ import annotations

import pytest
from django.db import OperationalError
from django.test import RequestFactory

from traces.pages.errors import server_error


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
