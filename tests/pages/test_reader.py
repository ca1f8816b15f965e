from __future__ import annotations

import re
import zoneinfo

import pytest
from django.http import HttpRequest
from django.test import Client

from tests.core.drawing import a_span
from tests.pages.conftest import Store
from traces.core.timescale import time_text
from traces.pages.zone import zone_of

PHOENIX = zoneinfo.ZoneInfo("America/Phoenix")


def asked_with(**cookies: str) -> HttpRequest:
    request = HttpRequest()
    request.COOKIES = cookies
    return request


@pytest.mark.parametrize(
    ("cookies", "zone"),
    [
        ({"zone": "America/Phoenix"}, "America/Phoenix"),
        ({"zone": "Etc/GMT+1"}, "Etc/GMT+1"),
        ({"zone": "America/Argentina/Buenos_Aires"}, "America/Argentina/Buenos_Aires"),
        ({"zone": "America/Phoenix", "utc": "1"}, "UTC"),
        ({"zone": "America/Phoenix", "utc": "0"}, "America/Phoenix"),
        ({}, "UTC"),
    ],
)
def test_zone_is_the_browsers_unless_utc_was_chosen(cookies: dict[str, str], zone: str) -> None:
    assert str(zone_of(asked_with(**cookies))) == zone


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Mars/Olympus",
        "Europe",
        "zone.tab",
        "/etc/passwd",
        "../../etc/passwd",
        "a\0b",
        "é",
        "x" * 5_000,
        "tzdata.zi",
    ],
)
def test_nonsense_is_utc(name: str) -> None:
    assert str(zone_of(asked_with(zone=name))) == "UTC"


def test_machine_without_a_list_of_zones_shows_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing_known(name: str) -> None:
        raise zoneinfo.ZoneInfoNotFoundError(name)

    monkeypatch.setattr("traces.pages.zone.ZoneInfo", nothing_known)
    assert str(zone_of(asked_with(zone="America/Phoenix"))) == "UTC"


@pytest.mark.django_db
def test_times_of_list_trace_and_span_are_on_the_readers_clocks(client: Client, store: Store, zero_ns: int) -> None:
    trace_id, span = store([a_span("a")]), a_span("a").span_id.hex()
    client.cookies["zone"] = "America/Phoenix"
    for path in ("/", f"/traces/{trace_id}", f"/traces/{trace_id}/spans/{span}"):
        answer = client.get(path)
        html = answer.content.decode()
        assert re.findall("<time [^>]*>([^<]*)<", html) == [time_text(zero_ns, PHOENIX)]
        assert f"{time_text(zero_ns, PHOENIX)}000000 America/Phoenix (-07:00)" in html
        assert re.search(r'<button class="zone"[^>]* value="1"[^>]*>America/Phoenix<', html)
        assert "Cookie" in answer.headers["Vary"]


@pytest.mark.django_db
def test_time_typed_into_the_form_is_on_the_readers_clocks(client: Client, store: Store, zero_ns: int) -> None:
    store([a_span("a")])
    client.cookies["zone"] = "America/Phoenix"
    answer = client.get("/", {"start": time_text(zero_ns, PHOENIX)}, follow=True)
    assert answer.redirect_chain[0][0].endswith("-07%3A00")
    assert "data-trace-id" in answer.content.decode()


def test_choice_is_remembered_and_leads_back(client: Client) -> None:
    answer = client.post("/settings", {"utc": "1"}, headers={"Referer": "http://testserver/traces/x?from=200"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "http://testserver/traces/x?from=200")
    assert (answer.cookies["utc"].value, answer.cookies["utc"]["samesite"]) == ("1", "Lax")


def test_senseless_choice_is_not_remembered_and_nobody_is_led_astray(client: Client) -> None:
    answer = client.post("/settings", {"utc": "maybe", "zone": "x"}, headers={"Referer": "https://evil.example/"})
    assert answer.headers["Location"] == "/"
    assert not answer.cookies
    assert client.get("/settings").status_code == 405


@pytest.mark.parametrize(
    ("cookie", "theme", "scheme"),
    [
        ("dark", "dark", "dark"),
        ("light", "light", "light"),
        ("", "system", "light dark"),
        ('"><', "system", "light dark"),
    ],
)
def test_chosen_theme_is_in_the_page_before_any_script_runs(
    client: Client, cookie: str, theme: str, scheme: str
) -> None:
    client.cookies["theme"] = cookie
    html = client.get("/send").content.decode()
    assert f'data-theme="{theme}"' in html
    assert f'<meta name="color-scheme" content="{scheme}">' in html
    assert html.count('aria-pressed="true"') == 1
    assert f'value="{theme}" aria-pressed="true"' in html


def test_theme_is_remembered(client: Client) -> None:
    assert client.post("/settings", {"theme": "dark"}).cookies["theme"].value == "dark"
    assert not client.post("/settings", {"theme": "pink"}).cookies
