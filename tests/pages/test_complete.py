from __future__ import annotations

from collections.abc import Iterable

import pytest
from django.test import Client

from tests.core.drawing import a_span
from tests.pages.conftest import Store
from traces.core.span import Resource
from traces.store import attribute_keys

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attribute_keys, "LATER_S", -1.0)
    monkeypatch.setattr(attribute_keys, "SOON_AFTER_S", -1.0)


def offered(client: Client, typed: str, **more: int) -> list[str]:
    asked: dict[str, str | bytes | int | Iterable[str | bytes | int]] = {"q": typed, **more}
    answer = client.get("/complete", asked)
    assert answer.status_code == 200
    return [one["shown"] for one in answer.json()["completions"]]


def test_keys_of_the_language_and_of_what_is_stored_are_offered(client: Client, store: Store) -> None:
    store([a_span("root", attributes={"server.port": 1}, resource=Resource({"service.version": "1"}))])
    assert offered(client, "serv") == ["service", "server.port", "service.version"]
    assert offered(client, "a=1 serv") == ["service", "server.port", "service.version"]
    assert "server.port" in offered(client, "")


def test_operators_follow_a_known_key_then_values(client: Client, store: Store) -> None:
    store([a_span("root", attributes={"user.id": "u 1", "status.code": 200})])
    answer = client.get("/complete", {"q": "user.id"}).json()["completions"][0]
    assert (answer["shown"], answer["text"], answer["goes_on"]) == ("user.id=", "user.id=", True)
    answer = client.get("/complete", {"q": "user.id=u"}).json()["completions"][0]
    assert (answer["shown"], answer["text"], answer["at"]) == ("u 1", 'user.id="u 1" ', 14)
    assert offered(client, "span.user.id=u") == ["u 1"]
    assert offered(client, "-user.id=u")
    assert offered(client, "user.idx=") == []


def test_operators_that_the_language_lacks_are_not_offered(client: Client, store: Store) -> None:
    store([a_span("root", attributes={"user.id": "1"})])
    for one in client.get("/complete", {"q": "user.id"}).json()["completions"]:
        assert client.get("/", {"q": one["text"] + "1"}).status_code in (200, 302)


def test_services_operations_statuses_and_kinds_are_known_from_their_tables(client: Client, store: Store) -> None:
    store([a_span("root", service="checkout", name="POST /checkout"), a_span("leaf", "root", service="card")])
    assert offered(client, "service=c") == ["card", "checkout"]
    assert offered(client, "service=out") == ["checkout"]
    assert offered(client, "name=po") == ["POST /checkout"]
    assert offered(client, "status=") == ["error", "ok", "unset"]
    assert offered(client, "kind=cl") == ["client"]


def test_caret_says_which_word_is_meant(client: Client, store: Store) -> None:
    store([a_span("root", attributes={"user.id": "1"})])
    answer = client.get("/complete?q=us+status%3Derror&at=2").json()["completions"][0]
    assert answer["text"] == "user.id status=error"
    assert client.get("/complete?q=us&at=9999999999999").status_code == 200


def test_htmx_gets_options_with_hostile_values_as_text(client: Client, store: Store) -> None:
    store([a_span("root", attributes={"x": '"><script>'})])
    html = client.get("/complete", {"q": "x="}, headers={"HX-Request": "true"}).content.decode()
    assert 'role="option"' in html
    assert "<script>" not in html


@pytest.mark.parametrize("typed", ['"', "\x00", "=", "a" * 5_000, "%", "\\", "a=%s", "{" * 100])
def test_whatever_is_typed_gets_an_answer(client: Client, typed: str) -> None:
    assert offered(client, typed) is not None
