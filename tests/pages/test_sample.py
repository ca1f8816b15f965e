from __future__ import annotations

import pytest
from django.test import Client

from tests.spans import a_span
from traces import queries
from traces.core.sample import ID_PREFIX, KEY, NAME
from traces.core.span import Resource
from traces.pages import sample as page
from traces.store import Writer, sample

pytestmark = pytest.mark.django_db
SAMPLE_ID, USERS_ID = ID_PREFIX + bytes(10), b"u" * 16
OF_SAMPLE = a_span(SAMPLE_ID, resource=Resource({KEY: NAME}, 0, ""))


def text(client: Client, path: str = "/?last=all") -> str:
    return client.get(path).content.decode()


@pytest.fixture
def both(db: None) -> None:
    queries.forget()
    Writer().write([OF_SAMPLE, a_span(USERS_ID)])


@pytest.mark.usefixtures("both")
def test_traces_of_the_sample_are_labelled_and_others_not(client: Client) -> None:
    assert "There are sample traces here" in text(client)
    assert "A sample trace" in text(client, f"/traces/{SAMPLE_ID.hex()}")
    assert 'class="sample"' not in text(client, f"/traces/{USERS_ID.hex()}")
    assert 'class="sample"' not in text(client, "/traces/nonsense")


def test_nothing_is_said_where_there_are_none(client: Client) -> None:
    Writer().write([a_span(USERS_ID)])
    assert 'class="sample"' not in text(client)


@pytest.mark.usefixtures("both")
def test_button_removes_the_sample_and_leaves_the_rest(client: Client) -> None:
    answer = client.post("/sample/remove")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    assert 'class="sample"' not in text(client)
    assert text(client).count("data-trace-id") == 1
    assert client.post("/sample/remove").status_code == 302


@pytest.mark.usefixtures("both")
def test_what_did_not_go_in_time_goes_with_the_next_click(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "REMOVE_TIMEOUT_S", 0)
    answer = client.post("/sample/remove")
    assert "Remove the rest" in answer.content.decode()
    assert queries.has_sample()


@pytest.mark.usefixtures("both")
def test_sender_that_does_not_stop_is_said(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_: object, **__: object) -> None:
        raise sample.Busy("the sample's sender does not stop")

    monkeypatch.setattr(sample, "remove", busy)
    answer = client.post("/sample/remove")
    assert answer.status_code == 503
    assert "does not stop" in answer.content.decode()


@pytest.mark.parametrize("path", ["/sample/remove", "/sample/load"])
def test_only_the_pages_own_forms_do_anything(path: str) -> None:
    assert Client(enforce_csrf_checks=True).post(path).status_code == 403
    assert Client().get(path).status_code == 405


def test_empty_store_offers_the_sample(client: Client) -> None:
    assert "Load sample traces" in text(client)


@pytest.mark.usefixtures("both")
def test_store_with_something_in_it_is_not_filled(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "_started", lambda: pytest.fail("it was"))
    assert client.post("/sample/load").status_code == 302


def test_sender_that_fails_is_said(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page.sys, "executable", "/bin/false")  # type: ignore[attr-defined]
    answer = client.post("/sample/load")
    assert "could not be sent" in answer.content.decode()
