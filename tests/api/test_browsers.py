"""Browsers send traces too, from pages that a setting lists, and from no others."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import Settings

from tests.api.sending import OTLP, PLAIN, find, json_span, otlp_json, post, read, request

ORIGIN = "https://shop.example.com"


def preflight(path: str, origin: str = ORIGIN) -> tuple[int, dict[str, str]]:
    reply = request(
        "OPTIONS",
        path,
        HTTP_ORIGIN=origin,
        HTTP_ACCESS_CONTROL_REQUEST_METHOD="POST",
        HTTP_ACCESS_CONTROL_REQUEST_HEADERS="content-type,x-team",
    )
    return reply.status, reply.headers


@pytest.mark.parametrize("path", [OTLP, PLAIN])
def test_a_listed_origin_may_send(settings: Settings, path: str) -> None:
    settings.CORS_ORIGINS = ["https://other.example.com", ORIGIN]
    status, headers = preflight(path)
    assert status == 204
    assert headers["Access-Control-Allow-Origin"] == ORIGIN
    assert headers["Access-Control-Allow-Methods"] == "POST"
    assert headers["Access-Control-Allow-Headers"] == "content-type,x-team"
    assert headers["Vary"] == "Origin"


def test_its_spans_are_stored_and_its_script_may_read_the_answer(store: None, settings: Settings) -> None:
    settings.CORS_ORIGINS = [ORIGIN]
    span = json_span()
    reply = post(OTLP, otlp_json(span), HTTP_ORIGIN=ORIGIN)
    assert (reply.status, reply.headers["Access-Control-Allow-Origin"]) == (200, ORIGIN)
    assert len(read(span["traceId"])) == 1


def test_refusals_are_readable_too_and_say_when_to_come_back(settings: Settings) -> None:
    settings.CORS_ORIGINS = [ORIGIN]
    reply = post(OTLP, b"", HTTP_ORIGIN=ORIGIN)
    assert (reply.status, reply.headers["Access-Control-Allow-Origin"]) == (400, ORIGIN)
    assert reply.headers["Access-Control-Expose-Headers"] == "Retry-After"


@pytest.mark.parametrize("origin", [ORIGIN, "null", "http://localhost:4318", "https://shop.example.com.evil.com"])
@pytest.mark.parametrize("listed", [[], ["https://other.example.com"]])
def test_no_other_origin_may_send(store: None, settings: Settings, origin: str, listed: list[str]) -> None:
    settings.CORS_ORIGINS = listed
    status, headers = preflight(OTLP, origin)
    assert status == 403
    assert not [name for name in headers if name.startswith("Access-Control")]
    reply = post(OTLP, otlp_json(json_span()), HTTP_ORIGIN=origin)
    assert reply.status == 403
    assert reply.message() == "spans from browsers need their page's origin in TRACING_UI_CORS_ORIGINS"
    assert "Access-Control-Allow-Origin" not in reply.headers
    assert find() == []


def test_a_star_stands_for_all(settings: Settings) -> None:
    settings.CORS_ORIGINS = ["*"]
    assert preflight(OTLP)[1]["Access-Control-Allow-Origin"] == ORIGIN


def test_the_port_of_the_pages_does_the_same(client: Client, settings: Settings) -> None:
    settings.CORS_ORIGINS = [ORIGIN]
    allowed = client.options(OTLP, HTTP_ORIGIN=ORIGIN)
    assert (allowed.status_code, allowed["Access-Control-Allow-Origin"]) == (204, ORIGIN)
    assert client.options(OTLP, HTTP_ORIGIN="https://evil.com").status_code == 403


def test_what_is_read_is_for_no_other_page(client: Client, store: None, settings: Settings) -> None:
    settings.CORS_ORIGINS = [ORIGIN]
    assert "Access-Control-Allow-Origin" not in client.get("/api/traces", HTTP_ORIGIN=ORIGIN)
