"""Likely personal data and secrets in attributes. What is found is never repeated."""

from __future__ import annotations

from time import process_time

import pytest

from tests.core.doctor.examining import codes, found
from tests.core.drawing import a_span
from traces.core.doctor.privacy import kind_of

LIKELY = [
    ("user.email", "anna.b@example.org", "an e-mail address"),
    ("db.query.text", "SELECT 1 FROM users WHERE mail = 'anna@example.org'", "an e-mail address"),
    ("payment.card", "4111 1111 1111 1111", "a card number"),
    ("payment.card", "4111111111111111", "a card number"),
    ("form.input", "3782 822463 10005", "a card number"),
    ("customer.phone", "0151 2345678", "a phone number"),
    ("contact", "+49 151 23456789", "a phone number"),
    ("http.request.header.authorization", "Basic YTpi", "by its name a secret"),
    ("db.password", "hunter2", "by its name a secret"),
    ("config", "Bearer abcdef0123456789abcdef", "a token"),
    ("note", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", "a token"),
    ("aws.key", "AKIAIOSFODNN7EXAMPLE", "a token"),
    ("url.full", "https://anna:geheim@shop.example/", "a secret in an address"),
    ("url.full", "https://shop.example/reset?token=0a1b2c3d4e", "a secret in an address"),
    ("pem", "-----BEGIN RSA PRIVATE KEY-----", "a private key"),
]
HARMLESS = [
    ("git.url", "git@github.com:shop/cart.git"),
    ("db.connection_string", "postgresql://app@db.internal/shop"),
    ("url.full", "https://shop.example/reset?token=****"),
    ("url.full", "https://shop.example/?page=2&sort=name"),
    ("package", "lodash@4.17.21"),
    ("image", "logo@2x.png"),
    ("messaging.message.id", "<17.42@mail.example.org>"),
    ("order.id", "4111111111111111"),  # ids may pass the check of card numbers by chance
    ("number", "4111111111111112"),
    ("sent_ns", "1772442900000000000"),
    ("gen_ai.usage.input_tokens", "1234567"),
    ("auth.token", "[REDACTED]"),
    ("db.password", "********"),
    ("password", "true"),
    ("http.request.header.cookie", "<redacted>"),
    ("telephony.codec", "1234567"),
    ("version", "2.5.0"),
    ("client.address", "10.0.4.17"),
    ("k8s.pod.name", "cart-7d9f8b6c5-x2x4z"),
    ("trace", "4bf92f3577b34da6a3ce929d0e0e4736"),
    ("exception.stacktrace", "at Mail.send(anna@example.org)"),
    ("offset", "+02:00"),
]


@pytest.mark.parametrize(("key", "value", "kind"), LIKELY)
def test_likely_personal_data_has_a_kind(key: str, value: str, kind: str) -> None:
    assert kind_of(key, value) == kind


@pytest.mark.parametrize(("key", "value"), HARMLESS)
def test_what_looks_alike_is_left_alone(key: str, value: str) -> None:
    assert kind_of(key, value) == ""


@pytest.mark.parametrize(("key", "value", "kind"), LIKELY)
def test_finding_never_repeats_the_value(key: str, value: str, kind: str) -> None:
    finding = found("personal_data", [a_span("a", attributes={key: value})])
    assert f"{key} ({kind}, {len(value)} characters)" in finding.message
    assert value not in f"{finding}"


def test_lists_and_large_numbers_are_looked_at_too() -> None:
    assert codes([a_span("a", attributes={"http.request.header.authorization": ["Basic YTpi"]})]) == ["personal_data"]
    assert codes([a_span("a", attributes={"card": 4111111111111111})]) == ["personal_data"]


def test_nested_and_strange_values_do_no_harm() -> None:
    strange = {"a": {"$bytes": "aGk="}, "b": None, "c": [1, [2]], "d": 1.5, "password": {"x": 1}, "e": "x" * 40_000}
    assert codes([a_span("a", attributes=strange)]) == []


@pytest.mark.parametrize(
    "text", ["x" * 1_999 + "y", "-eyJ" * 500, "a@" * 1_000, "://a:" * 400, "?token" * 300, "1 " * 999]
)
def test_hostile_values_take_no_time(text: str) -> None:
    began = process_time()
    for key in ("password", "anything"):
        for _ in range(20):
            kind_of(key, text)
    assert process_time() - began < 0.5


def test_many_keys_are_counted() -> None:
    attributes = {f"user{n}.email": "anna@example.org" for n in range(7)}
    assert "and 2 other attributes" in found("personal_data", [a_span("a", attributes=attributes)]).message
