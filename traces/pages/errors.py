"""In: a request whose view failed. Out: a page that says so and what to do, made without the database."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from psycopg.errors import QueryCanceled

from traces.pages.reader import theme_of
from traces.sessions import READ_TIMEOUT_S
from traces.turns import Busy, turn

RETRY_AFTER_S = 5


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500: 503 where the database is away or too slow, for that passes, else 500."""
    error, theme = sys.exc_info()[1], {"theme": theme_of(request)}
    if error is not None and isinstance(error.__cause__, QueryCanceled):
        # Again at once it would take as long.
        return HttpResponse(render_to_string("503.html", theme | {"stopped_after_s": READ_TIMEOUT_S}), status=503)
    if isinstance(error, OperationalError | InterfaceError):
        page = render_to_string("503.html", theme)
        return HttpResponse(page, status=503, headers={"Retry-After": str(RETRY_AFTER_S)})
    return HttpResponse(render_to_string("500.html", theme), status=500)


def busy(request: HttpRequest) -> HttpResponse:
    """For who can't search now as too many others do."""
    page = render_to_string("503.html", {"theme": theme_of(request), "is_busy": True})
    return HttpResponse(page, status=503, headers={"Retry-After": str(RETRY_AFTER_S)})


def in_turn(view: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """The same, unless too many search already."""

    @wraps(view)
    def answer(request: HttpRequest) -> HttpResponse:
        try:
            with turn():
                return view(request)
        except Busy:
            return busy(request)

    return answer
