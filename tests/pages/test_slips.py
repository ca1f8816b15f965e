"""What a search that finds nothing may have meant."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.test import Client

from tests.core.drawing import a_span
from tests.pages.conftest import Store
from tests.pages.test_list import found, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(store: Store) -> str:
    return store(
        [a_span("a", service="checkout", name="POST /pay", attributes={"user.id": "42", "http.method": "GET"})]
    )


@pytest.mark.parametrize(
    ("query", "said", "meant"),
    [
        ("?q=usr.id%3D42", "No span is known to have usr.id. Did you mean user.id=42 ?", "?q=user.id%3D42"),
        ("?q=USER.ID%3D42", "No span is known to have USER.ID. Did you mean user.id=42 ?", "?q=user.id%3D42"),
        ("?q=serivce%3Dcheckout", "No span is known to have serivce. Did you mean service=checkout ?",
         "?q=service%3Dcheckout"),
        ("?q=%7Bduraton%3E0+span.usr.id+exists%7D", "to have duraton.", None),
        ("?q=%7Bservice%3Dchekout+user.id%3D42%7D", "is called chekout. Did you mean service=checkout ?",
         "?q=%7Bservice%3Dcheckout+user.id%3D42%7D"),
        ("?service=chekout&last=6h", "No service here is called chekout. Did you mean checkout ?",
         "?service=checkout&last=6h"),
        ("?q=name%3DPOST+/pay", 'in quotes. Did you mean name="POST /pay" ?', "?q=name%3D%22POST+%2Fpay%22"),
        ("?q=-usr.id%3D43+zzz%3D1", "No span is known to have usr.id. Did you mean user.id=43 ?", None),
        ("?q=zzz%3D1", "No span is known to have zzz.", None),
    ],
)  # fmt: skip
def test_slip_is_said_with_what_was_perhaps_meant(
    client: Client, shop: str, query: str, said: str, meant: str | None
) -> None:
    assert said in text_of(client, f"/{query}")
    html = client.get(f"/{query}").content.decode()
    addresses = [unescape(url) for url in re.findall(r'Did you mean <a href="([^"]*)"', html)]
    if meant:
        assert addresses == [meant]
        assert found(client, meant) == [shop]


def test_what_is_known_and_only_not_found_is_no_slip(client: Client, shop: str) -> None:
    # The old name and the new one are one key.
    text = text_of(client, "/?q=user.id%3D7+http.request.method%3DGET+name%3Dnothing&service=checkout")
    assert "No trace found" in text
    assert "Did you mean" not in text
    assert "is known to have" not in text


def test_key_of_an_event_is_not_looked_up_among_those_of_spans(client: Client, shop: str) -> None:
    assert "known to have" not in text_of(client, "/?q=event.usr.id%3D42")


def test_hostile_slips_are_text(client: Client, shop: str) -> None:
    path = "/?q=%22%3Cb%3Euser.id%22%3D1&service=%3Cb%3Echeckout"
    html = client.get(path).content.decode()
    assert "No service here is called &lt;b&gt;checkout" in html
    assert "<b>checkout" not in html


def test_status_alone_is_found_as_one(client: Client, shop: str) -> None:
    assert "unset is the value of status = unset" in text_of(client, "/?q=unset")


def test_duration_of_something_else_says_what_a_duration_is(client: Client, shop: str) -> None:
    assert "latency>1s: expected a number such as 500; how long it took is duration" in text_of(
        client, "/?q=latency%3E1s", status=400
    )
