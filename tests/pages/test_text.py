from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django import Settings

from tests.core.drawing import spans_of
from tests.pages.conftest import Store

pytestmark = pytest.mark.django_db
CHECKOUT = spans_of("""
    checkout      |==================|
      auth        |==|
""")


def test_trace_is_there_as_text(client: Client, store: Store) -> None:
    trace_id = store(CHECKOUT)
    answer = client.get(f"/traces/{trace_id}.txt?width=80")
    lines = answer.content.decode().split("\n")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert lines[0] == "checkout checkout"
    assert lines[2] == f"trace {trace_id}"
    assert lines[6] == "    auth auth                             3 ms  █████▌"
    assert client.get(f"/traces/{trace_id.upper()}.txt?width=nonsense").content.decode().count("\n") == 7


def test_text_of_no_trace_says_so(client: Client, store: Store) -> None:
    answer = client.get(f"/traces/{32 * 'a'}.txt")
    assert (answer.status_code, answer.content) == (404, b"No trace with this id is stored here.\n")
    assert "has 32 hex digits" in client.get("/traces/nonsense.txt").content.decode()


def shown(*arguments: str) -> str:
    out = StringIO()
    call_command("show", *arguments, stdout=out)
    return out.getvalue()


def test_command_shows_the_trace_of_an_id_in_any_spelling(store: Store, settings: Settings) -> None:
    settings.DATABASE_URL = "the connection of this test"
    trace_id = store(CHECKOUT)
    text = shown(trace_id, "--width=80")
    assert "auth auth                             3 ms  █████▌\n" in text
    assert shown(f"00-{trace_id.upper()}-{CHECKOUT[1].span_id.hex()}-01", "--width=80") == text
    assert shown(trace_id, "--rows=1").endswith("… 1 more row\n")
    with pytest.raises(CommandError, match="No trace with such an id"):
        shown(32 * "a")


def test_command_without_a_running_server_says_what_to_do(settings: Settings, db: None) -> None:
    settings.DATABASE_URL = ""
    with pytest.raises(CommandError, match="isn't running"):
        shown(32 * "a", "--data-dir=/nonexistent")
