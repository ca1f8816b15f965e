from __future__ import annotations

import re
from html import unescape

import pytest
from django.test import Client

from tests.core.drawing import a_span, spans_of
from tests.pages.conftest import Store
from traces.core.span import Status
from traces.wire import plain_json

pytestmark = pytest.mark.django_db
CHECKOUT = spans_of("""
    checkout      |==================|
      auth        |==|
      payment          |=============|
""")


def found(client: Client, query: str = "") -> list[str]:
    """The ids of the listed traces, in order."""
    answer = client.get(f"/{query}")
    assert answer.status_code == 200
    return re.findall(r'data-trace-id="([0-9a-f]{32})"', answer.content.decode())


def text_of(client: Client, path: str, status: int = 200) -> str:
    """What a reader sees, without the markup."""
    answer = client.get(path)
    assert answer.status_code == status
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", answer.content.decode())).split())


def test_empty_store_says_how_to_send_a_first_span(client: Client) -> None:
    text = text_of(client, "/")
    assert "No traces yet" in text
    assert "curl http://testserver/api/spans" in text
    assert "OTEL_EXPORTER_OTLP_ENDPOINT=http://testserver" in text


def test_snippet_that_an_empty_store_shows_is_a_span(client: Client) -> None:
    page = unescape(client.get("/").content.decode())
    body = page[page.index(" -d '") + 5 : page.index("}'") + 1]
    decoded = plain_json.decode(body.encode())
    assert (decoded.rejected, [span.name for span in decoded.spans]) == ([], ["POST /checkout"])


def test_trace_is_listed_with_its_root_duration_and_services(client: Client, store: Store) -> None:
    trace_id = store(CHECKOUT)
    assert found(client) == [trace_id]
    text = text_of(client, "/")
    assert "1 trace" in text
    assert "checkout checkout" in text
    assert "19 ms" in text


def test_trace_without_its_root_is_marked(client: Client, store: Store) -> None:
    store(CHECKOUT[1:])
    assert "root not here yet" in text_of(client, "/")


def test_many_services_are_counted_not_listed(client: Client, store: Store) -> None:
    store([a_span("root"), *(a_span(f"s{number}", "root") for number in range(6))])
    assert "+4 more" in text_of(client, "/")


def test_newest_trace_comes_first_and_other_orders_are_linked(client: Client, store: Store) -> None:
    slow, quick = store([a_span("slow", start=0, length=9)]), store([a_span("quick", start=5)])
    assert found(client) == [quick, slow]
    assert found(client, "?sort=duration") == [slow, quick]
    assert 'href="?sort=duration"' in client.get("/").content.decode()


def test_filters_of_the_address_are_in_force_and_can_be_taken_away(client: Client, store: Store) -> None:
    wanted = store([a_span("wanted", attributes={"user.id": "42"}, status=Status.ERROR)])
    store([a_span("other", attributes={"user.id": "7"})])
    assert found(client, "?status=error&q=user.id%3D42") == [wanted]
    text = text_of(client, "/?status=error&q=user.id%3D42")
    assert "status: error" in text
    assert "user.id=42" in text


def test_pages_follow_each_other_by_key(client: Client, store: Store) -> None:
    ids = [store([a_span(f"n{number}", start=number)]) for number in range(5)]
    page = client.get("/?limit=2").content.decode()
    seen = re.findall(r'data-trace-id="([0-9a-f]{32})"', page)
    while match := re.search(r'rel="next" href="([^"]+)"', page):
        page = client.get(f"/{unescape(match[1])}").content.decode()
        seen += re.findall(r'data-trace-id="([0-9a-f]{32})"', page)
        assert "first page" in page
        assert "5 traces" in page
    assert seen == ids[::-1]


def test_senseless_duration_is_said_beside_its_field_and_kept_as_typed(client: Client) -> None:
    page = client.get("/?min_duration=soon&service=checkout")
    assert page.status_code == 400
    html = page.content.decode()
    assert 'value="soon"' in html
    assert 'aria-describedby="min_duration-error"' in html
    assert 'value="checkout"' in html


def test_senseless_cursor_is_said_too(client: Client, store: Store) -> None:
    store(CHECKOUT)
    assert client.get("/?after=nonsense").status_code == 400


def test_nothing_found_says_what_each_condition_finds_alone(client: Client, store: Store) -> None:
    store(CHECKOUT)
    text = text_of(client, "/?service=checkout&q=user.id%3Dnobody")
    assert "No trace found" in text
    assert "checkout 1 trace user.id=nobody 0 traces" in text
    assert "last 24 h" in text
    assert "all time" in text


def test_older_trace_is_found_where_the_time_range_is_widened(client: Client, store: Store) -> None:
    trace_id = store([a_span("old", start=-90_000_000)])
    assert found(client) == []
    assert found(client, "?last=all") == [trace_id]


def test_form_is_redirected_to_a_short_address(client: Client) -> None:
    answer = client.get("/?q=&service=checkout&last=1h&was=last")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/?service=checkout")


def test_pasted_trace_id_leads_to_its_page(client: Client) -> None:
    answer = client.get("/?q=7C0E4D1F-9A3B-4C5D-8E6F-00112233AABB")
    assert (answer.status_code, answer.headers["Location"]) == (
        302,
        "/traces/7c0e4d1f9a3b4c5d8e6f00112233aabb",
    )


def test_hostile_names_are_text(client: Client, store: Store) -> None:
    store([a_span("x", name="<script>alert(1)</script>", service="\x00\ud800<b>")])
    html = client.get("/").content.decode()
    assert "<script>alert" not in html
    assert "&lt;script&gt;" in html
    assert "\\u0000\\ud800&lt;b&gt;" in html


def test_pages_load_nothing_from_elsewhere(client: Client) -> None:
    assert "default-src 'self'" in client.get("/").headers["Content-Security-Policy"]
