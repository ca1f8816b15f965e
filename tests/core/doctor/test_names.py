"""Ids in span names, and the names that would be right."""

from __future__ import annotations

import pytest

from tests.core.doctor.examining import codes, found, names_of
from tests.core.drawing import a_span
from traces.core.doctor.names import MOST_NAMES, template_of
from traces.core.span import Span


@pytest.mark.parametrize(
    ("name", "template"),
    [
        ("GET /users/u_1042/orders/48213", "GET /users/{id}/orders/{id}"),
        ("GET /users/0b5e7d3a-5b8c-4c3e-9f0a-1d2e3f4a5b6c", "GET /users/{id}"),
        ("GET /files/9f86d081884c7d65", "GET /files/{id}"),
        ("mail to anna.b@example.org", "mail to {email}"),
        ("job 1772442900", "job {id}"),
        ("GET /users/1042?full=1", "GET /users/{id}?full=1"),
        ("SELECT * FROM orders WHERE id = 4821399", "SELECT * FROM orders WHERE id = {id}"),
        ("GET /parcels/pa_0f3c9e1b2", "GET /parcels/{id}"),
    ],
)
def test_id_has_a_template(name: str, template: str) -> None:
    assert template_of(name) == template


@pytest.mark.parametrize(
    "name",
    [
        "GET /users/{id}/orders/{id}",
        "GET /v2/rates",
        "POST /v1.1/charges",
        "GET /errors/404",
        "GET /archive/2024",
        "GET /rest/api/2/search",
        "search products-0",
        "S3.PutObject",
        "sha256",
        "SELECT products",
        "process orders.v2",
        "oauth2/token",
        "HTTP 200",
        "decade facade",
        "GET /eu-central-1/buckets",
        "GET /users/:id",
        "shop.Inventory/Reserve",
        "render 3 of 7",
    ],
)
def test_name_without_an_id_stays(name: str) -> None:
    assert template_of(name) == name
    assert codes([a_span("a", name=name, service="shop")]) == []


def named(*names: str) -> list[Span]:
    return [a_span(f"s{number}", "s0" if number else None, number, service="shop", name=name)
            for number, name in enumerate(names)]  # fmt: skip


def test_finding_has_the_template_and_never_the_name() -> None:
    finding = found("ids_in_names", named("GET /", "GET /users/u_1042", "GET /users/u_77777"))
    assert names_of(finding) == ["s1", "s2"]
    assert finding.message == "shop puts ids into the names of its spans: 2 names here should be “GET /users/{id}”."


def test_small_numbers_are_ids_where_they_vary() -> None:
    spans = named("GET /", "GET /users/7", "GET /users/8", "GET /users/19")
    assert "3 names here should be “GET /users/{id}”" in found("ids_in_names", spans).message
    assert codes(spans[:3]) == []


def test_each_service_has_its_own_finding() -> None:
    spans = [*named("GET /users/u_1042"), a_span("t", "s0", 1, service="account", name="GET /users/u_1042")]
    assert codes(spans) == ["ids_in_names", "ids_in_names"]


def test_of_very_many_names_the_first_are_enough() -> None:
    spans = named(*(f"GET /users/u_{10_000 + number}" for number in range(MOST_NAMES + 5)))
    assert f"at least {MOST_NAMES:,} names here" in found("ids_in_names", spans).message
