"""Where else one may look, and what a team wrote down, as the pages show it."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.test import Client
from pytest_django import Settings

from tests.core.drawing import a_span
from tests.pages.conftest import Store
from tests.pages.test_list import text_of
from tests.pages.test_panel import panel, words
from tests.pages.test_trace import HTMX, shown
from traces.core.outbound import templates_from
from traces.core.service_notes import notes_from
from traces.core.span import Resource

pytestmark = pytest.mark.django_db
LINK = re.compile(r'<a href="([^"]*)" rel="noopener noreferrer">([^<]*)</a>')


@pytest.fixture
def links(settings: Settings) -> None:
    settings.LINKS = templates_from({
        "Logs": "https://logs.example/?q={trace_id}&a={start_ms}",
        "Pod": "https://k8s.example/{k8s.pod.name}",
    })  # fmt: skip


@pytest.fixture
def notes(settings: Settings) -> None:
    note = {"owner": "team <pay>", "runbook": "https://wiki.example/pay?a&b", "missing": "the bank sends no spans"}
    settings.SERVICES = notes_from({"payment": note})


def test_panel_leads_to_what_the_span_can_fill(client: Client, store: Store, links: None, zero_ns: int) -> None:
    span = a_span("x", resource=Resource({"k8s.pod.name": "a&b"}))
    trace_id = store([span])
    html = shown(client, f"/traces/{trace_id}?span={span.span_id.hex()}", **HTMX, **{"HX-Target": "panel"})
    assert [(title, unescape(url)) for url, title in LINK.findall(html)] == [
        ("Logs", f"https://logs.example/?q={trace_id}&a={zero_ns // 1_000_000}"),
        ("Pod", "https://k8s.example/a%26b"),
    ]
    assert "Find its Logs · Pod" in words(html)


def test_panel_leaves_out_what_the_span_cannot_fill(client: Client, store: Store, links: None) -> None:
    text = words(panel(client, store, a_span("x")))
    assert "Find its Logs" in text
    assert "Pod" not in text


def test_head_of_the_trace_has_what_needs_no_span(client: Client, store: Store, links: None, zero_ns: int) -> None:
    trace_id = store([a_span("x", start=3, resource=Resource({"k8s.pod.name": "a"})), a_span("y", start=9)])
    html = shown(client, f"/traces/{trace_id}")
    assert [(unescape(url), title) for url, title in LINK.findall(html)] == [
        (f"https://logs.example/?q={trace_id}&a={zero_ns // 1_000_000 + 3}", "Logs")
    ]


def test_panel_says_what_the_team_wrote_down(client: Client, store: Store, notes: None) -> None:
    html = panel(client, store, a_span("x", service="payment"))
    text = words(html)
    assert "Owner team <pay> Runbook https://wiki.example/pay?a&b" in text
    assert "Known to be missing from the traces of payment: the bank sends no spans" in text
    assert [unescape(url) for url, _ in LINK.findall(html)] == ["https://wiki.example/pay?a&b"]


def test_spans_of_other_services_say_nothing_of_it(client: Client, store: Store, notes: None) -> None:
    text = words(panel(client, store, a_span("x", service="pay")))
    assert not re.search("Owner|Runbook|Known to be missing", text)


def test_note_with_an_owner_alone_has_no_empty_places(client: Client, store: Store, settings: Settings) -> None:
    settings.SERVICES = notes_from({"payment": {"owner": "team-pay"}})
    text = words(panel(client, store, a_span("x", service="payment")))
    assert "Owner team-pay" in text
    assert not re.search("Runbook|Known to be missing", text)


def test_spans_own_page_has_links_and_notes(client: Client, store: Store, links: None, notes: None) -> None:
    span = a_span("x", service="payment")
    text = text_of(client, f"/traces/{store([span])}/spans/{span.span_id.hex()}")
    assert "Find its Logs" in text
    assert "Known to be missing" in text


def test_nothing_is_said_where_nothing_is_set(client: Client, store: Store) -> None:
    span = a_span("x")
    assert "Find its" not in text_of(client, f"/traces/{store([span])}?span={span.span_id.hex()}")
