from __future__ import annotations

import pytest
from django.test import Client

from tests.core.drawing import a_span
from tests.pages.conftest import Store
from traces.core.span import Status
from traces.queries import picking

pytestmark = pytest.mark.django_db


def opened(client: Client, query: str) -> str:
    answer = client.get(f"/open?{query}")
    assert answer.status_code == 302
    assert answer.headers["Cache-Control"] == "no-store"
    return str(answer.headers["Location"])


def test_slowest_latest_and_first_error(client: Client, store: Store) -> None:
    first = store([a_span("a", start=-9_000, length=5, status=Status.ERROR)])
    slow = store([a_span("b", start=-5_000, length=900)])
    store([a_span("c", start=-3_000, length=9, status=Status.ERROR)])
    latest = store([a_span("d", length=7)])
    assert opened(client, "pick=slowest") == opened(client, "") == f"/traces/{slow}"
    assert opened(client, "pick=latest") == f"/traces/{latest}"
    assert opened(client, "pick=first_error") == f"/traces/{first}"


def test_p95_is_as_slow_as_one_in_twenty(client: Client, store: Store) -> None:
    ids = [store([a_span("x", length=10 * number)]) for number in range(1, 41)]
    assert opened(client, "pick=p95") == f"/traces/{ids[37]}"


def test_conditions_are_those_of_the_search_page(client: Client, store: Store) -> None:
    wanted = store([a_span("a", attributes={"user.id": "u_1"}, length=5)])
    store([a_span("b", attributes={"user.id": "u_2"}, length=50)])
    assert opened(client, "q=user.id%3Du_1&pick=slowest") == f"/traces/{wanted}"
    assert opened(client, f"q={wanted}") == f"/traces/{wanted}"


def test_nothing_found_and_what_makes_no_sense_lead_to_the_search(client: Client, store: Store) -> None:
    store([a_span("a")])
    assert opened(client, "q=user.id%3Dnobody&pick=first_error") == "/?q=user.id%3Dnobody&sort=errors"
    assert opened(client, "min_duration=x&pick=latest") == "/?min_duration=x"


def test_unknown_pick_is_named(client: Client) -> None:
    answer = client.get("/open?pick=fastest")
    assert answer.status_code == 400
    assert "slowest, p95, first_error, latest" in answer.content.decode()


def test_picking_that_takes_too_long_leads_to_the_search(
    client: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    store([a_span("a")])
    monkeypatch.setattr(picking, "TIMEOUT_MS", 1)
    monkeypatch.setitem(picking._ORDERS, "slowest", "(pg_sleep(0.2) is null)")
    assert opened(client, "pick=slowest") == "/?sort=duration"


def test_search_too_long_for_an_address_is_refused_in_words(client: Client, store: Store) -> None:
    store([a_span("x")])
    answer = client.get("/open", {"q": f'a="{"é" * 3_000}"'})
    assert (answer.status_code, b"too long for an address" in answer.content) == (400, True)
