from __future__ import annotations

from urllib.parse import urlencode

import pytest
from django.test import Client

from tests.core.drawing import a_span, span_id, spans_of
from tests.pages.conftest import Store
from tests.pages.test_list import found, text_of

pytestmark = pytest.mark.django_db
CHECKOUT = spans_of("""
    checkout      |==================|
      payment          |=============|
""")


def box(text: str) -> str:
    return f"/?{urlencode({'q': text})}"


@pytest.mark.parametrize(
    "text",
    ["{upper}", "{uuid}", "00-{id}-{span}-01", "INFO failed trace_id={id} span_id={span}", '{{"traceId": "{id}"}}',
     "trace_id={id}", "https://jaeger.example/trace/{id}?uiFind={span}", "order 8f14e45fceea167a5a36dedd4bea2543 {id}",
     "{span}"],
)  # fmt: skip
def test_pasted_id_leads_straight_to_its_trace_and_span(client: Client, store: Store, text: str) -> None:
    trace_id, span = store(CHECKOUT), span_id("payment").hex()
    uuid = "-".join((trace_id[:8], trace_id[8:12], trace_id[12:16], trace_id[16:20], trace_id[20:]))
    answer = client.get(box(text.format(id=trace_id, upper=trace_id.upper(), uuid=uuid, span=span)))
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"/traces/{trace_id}" + (f"?span={span}" if "{span}" in text else "")


def test_htmx_is_sent_to_the_trace_as_a_whole_page(client: Client, store: Store) -> None:
    trace_id = store(CHECKOUT)
    answer = client.get(box(trace_id), headers={"HX-Request": "true", "HX-Target": "search"})
    assert answer.headers["HX-Redirect"] == f"/traces/{trace_id}"


def test_several_stored_ids_are_shown_to_choose_from(client: Client, store: Store) -> None:
    one, other = store(CHECKOUT), store([a_span("other")])
    assert found(client, box(f"from {one} to {other}").removeprefix("/")) == [one, other]
    assert "Several traces" in text_of(client, box(f"from {one} to {other}"))


def test_id_that_is_not_stored_is_said_plainly(client: Client, store: Store) -> None:
    store(CHECKOUT)
    text = text_of(client, box("7C0E4D1F-9A3B-4C5D-8E6F-00112233AABB"))
    assert "Read as a trace id: 7c0e4d1f9a3b4c5d8e6f00112233aabb . No such trace is stored here" in text
    assert "attributes of spans" in text


def test_uuid_that_is_no_trace_is_found_as_the_value_of_an_attribute(client: Client, store: Store) -> None:
    uuid = "7c0e4d1f-9a3b-4c5d-8e6f-00112233aabb"
    trace_id = store([a_span("a", attributes={"request.id": uuid})])
    assert f"request.id = {uuid} 1 trace" in text_of(client, box(uuid))
    assert found(client, box(uuid).removeprefix("/")) == [trace_id]


@pytest.mark.parametrize("value", ["order-1234", "42", "alice@example.com", "two words"])
def test_any_value_is_looked_for_under_all_keys(client: Client, store: Store, value: str) -> None:
    store([a_span("a", attributes={"user.id": int(value) if value.isdecimal() else value})])
    store([a_span("b", attributes={"user.id": value, "parcel": value})])
    text = text_of(client, box(value))
    assert f"user.id = {value} 2 traces" in text
    assert f"parcel = {value} 1 trace" in text


def test_place_of_a_value_links_to_the_search_for_it(client: Client, store: Store) -> None:
    old = store([a_span("a", start=-90_000_000, attributes={"user.id": "two words"})])
    html = client.get(box("two words")).content.decode()
    assert 'href="?last=all&amp;q=user.id%3D%22two+words%22"' in html
    assert found(client, "?last=all&q=user.id%3D%22two+words%22") == [old]


def test_name_of_a_service_or_an_operation_is_found_too(client: Client, store: Store) -> None:
    store([a_span("a", service="billing", name="Charge")])
    assert "service = billing 1 trace" in text_of(client, box("billing"))
    assert "operation = Charge 1 trace" in text_of(client, box("Charge"))


def test_value_that_nothing_has_says_what_was_tried(client: Client, store: Store) -> None:
    store([a_span("a", attributes={"parcel": "p"})])
    text = text_of(client, box("order-1234"))
    assert "Nothing found for order-1234" in text
    assert "parcel" in text
    assert "key=value" in text


def test_words_are_searched_for_and_a_mistake_in_them_is_said_beside_the_field(client: Client, store: Store) -> None:
    trace_id = store([a_span("a", attributes={"order.ref": "7c0e4d1f9a3b4c5d8e6f00112233aabb"})])
    assert found(client, box("order.ref=7c0e4d1f9a3b4c5d8e6f00112233aabb").removeprefix("/")) == [trace_id]
    page = client.get(box('user.id="42'))
    assert page.status_code == 400
    assert 'aria-describedby="q-error"' in page.content.decode()


def test_attribute_named_like_a_trace_id_is_still_searched_for(client: Client, store: Store) -> None:
    other = "7c0e4d1f9a3b4c5d8e6f00112233aabb"
    trace_id = store([a_span("a", attributes={"upstream.trace_id": other})])
    assert found(client, box(f"upstream.trace_id={other}").removeprefix("/")) == [trace_id]
    assert f"No trace with the id {other} is stored here" in text_of(client, box(f"upstream.trace_id={other}"))


def test_value_of_very_many_attributes_is_counted_for_a_few_and_named_for_all(client: Client, store: Store) -> None:
    store([a_span("a", attributes={f"k{n}": "same" for n in range(12)})])
    text = text_of(client, box("same"))
    assert text.count("= same 1 trace") == 8
    assert "Also of k" in text


def test_long_text_without_an_id_is_not_taken_for_a_value(client: Client, store: Store) -> None:
    store(CHECKOUT)
    assert "No trace id is in this text" in text_of(client, box("what happened here? " * 50))


@pytest.mark.parametrize("text", ["\x00", "<script>alert(1)</script>", "'; drop table span; --", "%s", "\u202e", "{}"])
def test_hostile_text_is_text(client: Client, store: Store, text: str) -> None:
    store([a_span("a", attributes={"k": "v"})])
    answer = client.get(box(text))
    assert answer.status_code == 200
    assert "<script>alert" not in answer.content.decode()
