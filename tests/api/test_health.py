"""Alive is the process; ready is all that it takes to store a span."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import OperationalError
from django.test import Client
from pytest_django import DjangoDbBlocker

from tests.api.conftest import database_away
from tests.api.sending import request
from traces.api import health


@pytest.fixture
def own_connection(transactional_db: None) -> None:
    """Outside of any transaction: being asked closes the connection."""


def test_alive_needs_no_database(client: Client, django_db_blocker: DjangoDbBlocker) -> None:
    with django_db_blocker.block():
        assert (request("GET", "/healthz").status, client.get("/healthz").status_code) == (200, 200)


def test_ready_when_the_database_is_there_and_migrated(own_connection: None, client: Client) -> None:
    reply = request("GET", "/readyz")
    assert (reply.status, reply.json()) == (200, {"status": "ready"})
    assert client.get("/readyz").status_code == 200


def test_not_ready_while_the_database_is_away(own_connection: None) -> None:
    with database_away():
        reply = request("GET", "/readyz")
    assert (reply.status, reply.headers["Retry-After"]) == (503, "1")
    assert reply.json()["status"] == "not ready"
    assert reply.json()["why"].startswith("the database does not answer: connection")


def test_an_error_without_words_is_no_error_in_itself(own_connection: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> int:
        raise OperationalError("")

    monkeypatch.setattr(health, "_unapplied_migrations", fail)
    assert request("GET", "/readyz").json()["why"] == "the database does not answer: "


def test_not_ready_before_it_is_migrated(own_connection: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_unapplied_migrations", lambda: 2)
    reply = request("GET", "/readyz")
    assert reply.status == 503
    assert reply.json()["why"] == "the database lacks 2 migrations; run manage.py migrate"


def test_not_ready_while_the_disk_is_nearly_full(
    own_connection: None, with_settings: Callable[..., None], client: Client, full_disk: Callable[[], None]
) -> None:
    full_disk()
    reply = request("GET", "/readyz")
    assert reply.status == 503
    assert reply.json()["why"].startswith("the database's disk has less than ")
    assert client.get("/readyz").status_code == 503
    assert request("GET", "/healthz").status == 200
