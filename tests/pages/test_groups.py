"""The comparison of two groups: first the durations, then what explains them; its form, its presets, its report."""

from __future__ import annotations

import html
import re
from random import Random
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from tests.core.drawing import a_span
from tests.pages.conftest import Store
from traces.core.span import Resource, Status
from traces.core.values import from_python

FRAGMENT = {"HX-Request": "true"}
OF_VERSIONS = "/compare?a=service.version%3D1&b=service.version%3D2"


@pytest.fixture
def shop(store: Store) -> None:
    """Version 2 asks the database for 30 ms longer, and fails now and then."""
    rng = Random(3)
    for number in range(60):
        new = number % 2
        resource = Resource({"service.name": "shop", "service.version": str(new + 1)})
        failed = Status.ERROR if new and number % 3 == 0 else Status.UNSET
        length = 20 + 30 * new + rng.randrange(5)
        spans = [a_span("GET /", length=length + 10, service="shop", resource=resource,
                        attributes={"user.id": f"u{number % 4}", "evil": "<script>"})]  # fmt: skip
        store([*spans, a_span("SELECT", "GET /", 2, length, service="db", status=failed)])


def text_of(page: str) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub("<[^>]+>", "", page)))


def test_the_form_alone(client: Client, db: None) -> None:
    page = client.get("/compare").content.decode()
    assert 'name="a"' in page
    assert 'name="b"' in page
    assert "Two groups of traces" in page


@pytest.mark.usefixtures("shop")
def test_durations_come_first_and_the_rest_after(client: Client) -> None:
    page = client.get(OF_VERSIONS).content.decode()
    assert "30" in text_of(page)
    assert "Looking into 60 traces" in page
    assert "What takes longer" not in page
    url = html.unescape(re.search(r'hx-get="([^"]+)" hx-trigger="load"', page)[1])  # type: ignore[index]
    rest = client.get(url, headers=FRAGMENT).content.decode()
    assert rest.startswith('<div id="compared">')
    said = text_of(rest)
    assert "B is 30" in said
    assert "in db SELECT" in said
    assert "100 % of B and none of A have service.version=2" in said


@pytest.mark.usefixtures("shop")
def test_without_a_script_all_is_in_one_page(client: Client) -> None:
    page = client.get(OF_VERSIONS).content.decode()
    url = html.unescape(re.search(r'<noscript><meta http-equiv="refresh" content="0; url=([^"]+)"', page)[1])  # type: ignore[index]
    whole = client.get(url).content.decode()
    assert "<html" in whole
    assert "What is different about them" in whole
    assert "noscript" not in whole


@pytest.mark.usefixtures("shop")
def test_attribute_can_be_added_to_either_side(client: Client) -> None:
    page = client.get(f"{OF_VERSIONS}&whole=1").content.decode()
    added = {
        parse_qs(urlsplit(html.unescape(url)).query)["a"][0] for url in re.findall(r'adds"><a href="([^"]+)"', page)
    }
    assert "service.version=1 user.id=u0" in added
    assert "<script>" not in page.replace('<script src="', "")


@pytest.mark.usefixtures("shop")
def test_sides_that_make_no_sense(client: Client) -> None:
    answer = client.get("/compare?a=duration>abc&b=user.id%3D1")
    assert answer.status_code == 400
    assert "expected a duration" in text_of(answer.content.decode())
    assert client.get("/compare?a=&b=x%3D1&n=7").status_code == 400


@pytest.mark.usefixtures("shop")
def test_too_few_traces_are_said_to_be(client: Client) -> None:
    page = text_of(client.get("/compare?a=user.id%3Du9&b=service.version%3D2&whole=1").content.decode())
    assert "Too few traces to tell anything: 0 in A and 30 in B" in page


@pytest.mark.usefixtures("shop")
def test_report_as_text(client: Client) -> None:
    answer = client.get(OF_VERSIONS.replace("/compare", "/compare.txt"))
    assert answer.headers["Content-Type"].startswith("text/plain")
    lines = answer.content.decode().splitlines()
    assert lines[0].startswith("B is 30")
    assert "A: service.version=1" in lines
    assert any(line.startswith("*") and line.endswith("db SELECT") for line in lines)
    assert client.get("/compare.txt").status_code == 400


@pytest.mark.usefixtures("shop")
def test_list_offers_comparisons(client: Client) -> None:
    page = html.unescape(client.get("/?service=shop").content.decode())
    assert 'href="/compare?preset=slow&service=shop"' in page


def preset(client: Client, query: str) -> tuple[str, str]:
    answer = client.get(f"/compare?{query}")
    assert answer.status_code == 302
    params = parse_qs(urlsplit(answer.headers["Location"]).query)
    return params["a"][0], params["b"][0]


@pytest.mark.usefixtures("shop")
def test_presets(client: Client) -> None:
    a, b = preset(client, "preset=slow&service=shop")
    assert re.fullmatch(r"service=shop&max_duration=6\dms", a)
    assert b == a.replace("max", "min")
    assert preset(client, "preset=versions&service=shop") == (
        "service=shop&q=service.version=1", "service=shop&q=service.version=2")  # fmt: skip
    assert preset(client, "preset=errors&service=shop&status=error") == (
        "service=shop&q=-status=error", "service=shop&q=status=error")  # fmt: skip
    a, b = preset(client, "preset=before&service=shop")
    assert parse_qs(a)["end"] == parse_qs(b)["start"]
    assert preset(client, "preset=user&q=user.id%3Du1") == ("-user.id=u1", "user.id=u1")
    assert preset(client, "preset=other&q=user.id%3Du1") == ("user.id=u1", "user.id=u1")


@pytest.mark.parametrize("path", ["/compare", "/compare.txt", "/api/compare"])
def test_one_trace_against_many_has_no_interval(client: Client, store: Store, path: str) -> None:
    for number in range(30):
        store([a_span("GET /", length=10 + number, attributes={"n": number})])
    answer = client.get(path, {"a": "n=3", "b": "n>3", "whole": "1"}, headers=FRAGMENT if path == "/compare" else {})
    assert answer.status_code == 200
    assert b"inf" not in answer.content.replace(b"information", b"")


@pytest.mark.parametrize("name", ["\ud800", "\x00", "x" * 32_768, "\ud800" * 32_768])
def test_names_that_no_address_can_carry_are_shown_and_not_linked(client: Client, store: Store, name: str) -> None:
    for number in range(60):
        odd = number % 2
        spans = [a_span("GET /", length=100 + number, attributes={"odd": odd})]
        service = {"service": name[:1_000], "name": name, "attributes": {"k": from_python(name)}}
        store([*spans, a_span("x", "GET /", 2, 50, **service)] if odd else spans)
    for path in ("/compare", "/compare.txt", "/api/compare"):
        answer = client.get(path, {"a": "odd=0", "b": "odd=1"}, headers=FRAGMENT if path == "/compare" else {})
        assert answer.status_code == 200
    assert b"service%3D" not in client.get("/compare?a=odd=0&b=odd=1", headers=FRAGMENT).content
