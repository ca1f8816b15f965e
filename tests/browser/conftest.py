"""What browser tests ask for: traces in a server, and a reader's tab, with JavaScript and without."""

from __future__ import annotations

import time
from collections.abc import Iterator
from secrets import token_bytes
from typing import TYPE_CHECKING

import pytest
from pytest_django.live_server_helper import LiveServer

from tests.core.drawing import spans_of
from tests.stored import empty_store
from traces.core.span import Span
from traces.core.timescale import SECOND
from traces.store import Writer

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page

CHECKOUT = spans_of("""
    checkout      |==================|
      auth        |==|
      payment          |=============|
""")


def store(spans: list[Span]) -> str:
    """The id of the new trace; times count from half a minute ago, those of events too."""
    trace_id, zero_ns = token_bytes(16), time.time_ns() - 30 * SECOND
    Writer().write([later(span, zero_ns)._replace(trace_id=trace_id) for span in spans])
    return trace_id.hex()


def later(span: Span, by_ns: int) -> Span:
    events = tuple(event._replace(time_ns=event.time_ns + by_ns) for event in span.events)
    return span._replace(start_ns=span.start_ns + by_ns, events=events)


@pytest.fixture
def address(live_server: LiveServer) -> Iterator[str]:
    """Of a server whose store is empty, and is so again afterwards: Django empties its models' tables, and there are
    none."""
    yield live_server.url
    empty_store()


def complaints_of(page: Page) -> list[str]:
    """What fails in its scripts, or what its own policy forbids. Requests given up for newer ones are no failure."""
    complaints: list[str] = []

    def hear(said: ConsoleMessage) -> None:
        if said.type == "error" and not said.text.startswith(("htmx:afterRequest", "htmx:sendAbort")):
            complaints.append(said.text)

    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", hear)
    return complaints


def settle(page: Page) -> None:
    """Until htmx has seen what it put in: before that, Enter follows a link as it stands."""
    page.wait_for_function(
        "() => !document.querySelector('.htmx-request, .htmx-swapping, .htmx-settling, .htmx-added')"
    )


@pytest.fixture(params=["with JavaScript", "without JavaScript"])
def reader(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    """A tab that fails the test where a script fails or the page's own policy forbids something."""
    with browser.new_context(java_script_enabled=request.param == "with JavaScript") as context:
        page = context.new_page()
        complaints = complaints_of(page)
        yield page
        assert complaints == []
