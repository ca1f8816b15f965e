"""A link leads where its template says, whatever a sender puts into its values."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.core.drawing import TRACE_ID, a_span, span_id
from traces.core.outbound import MAX_LENGTH, is_address, links_of_span, links_of_trace, templates_from
from traces.core.span import UNKNOWN_SERVICE, Resource, Span
from traces.core.values import from_python

# Of every script, lone surrogates too; and what has a meaning in addresses.
texts = st.text(st.characters(codec=None, exclude_categories=()), max_size=20)
hostile = texts | st.text(st.sampled_from("./\\%2eE:@?#&=+;{}\"'<> \n\x00a"), max_size=12)


def url(template: str, span: Span) -> str | None:
    """The address that the span makes of it; None where it isn't shown."""
    links = links_of_span(templates_from({"There": template}), span)
    return links[0].url if links else None


def of(**attributes: object) -> Span:
    return a_span("x", attributes={key: from_python(value) for key, value in attributes.items()})


def test_placeholders_of_a_span_are_filled() -> None:
    span = a_span("shop", start=1_500, length=2, start_ns=1_500_000_001)
    template = "https://x/{trace_id}/{span_id}?s={service}&a={start}&b={end}&c={start_ms}&d={end_ms}#{trace_id}"
    trace_id = TRACE_ID.hex()
    assert url(template, span) == (
        f"https://x/{trace_id}/{span_id('shop').hex()}?s=shop"
        "&a=1970-01-01T00%3A00%3A01.500000001Z&b=1970-01-01T00%3A00%3A01.502000001Z&c=1500&d=1503"
        f"#{trace_id}"
    )


def test_attributes_of_span_and_resource_are_filled_the_spans_own_first() -> None:
    resource = Resource({"k8s.pod.name": "pay-7", "region": "eu"})
    span = a_span("x", attributes={"region": "us"}, resource=resource)
    assert url("https://k8s.example/{k8s.pod.name}?r={region}", span) == "https://k8s.example/pay-7?r=us"


def test_attribute_doesnt_stand_in_for_what_the_span_is() -> None:
    assert url("https://x/{trace_id}", of(trace_id="other")) == f"https://x/{TRACE_ID.hex()}"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a b", "a%20b"),
        (42, "42"),
        (0, "0"),
        (True, "true"),
        (1.5, "1.5"),
        (2**70, str(2**70)),
        ("ü/&", "%C3%BC%2F%26"),
    ],
)
def test_plain_value_is_filled(value: object, text: str) -> None:
    assert url("https://x/?q={v}", of(v=value)) == f"https://x/?q={text}"


@pytest.mark.parametrize("value", ["", None, b"bytes", ["a"], {"a": 1}, "\ud800", "x" * MAX_LENGTH])
def test_link_with_a_value_that_no_address_can_say_is_not_shown(value: object) -> None:
    assert url("https://x/?q={v}", of(v=value)) is None


def test_link_is_not_shown_where_one_placeholder_lacks_its_value() -> None:
    assert url("https://x/{a}/{b}", of(a=1)) is None


def test_link_by_service_is_not_shown_where_the_sender_named_none() -> None:
    assert url("https://x/{service}", a_span("x", service=UNKNOWN_SERVICE)) is None


@pytest.mark.parametrize("value", [".", "..", "../admin", "a/../../admin", "..\\admin", "a/."])
def test_value_that_would_climb_in_the_path_makes_no_link(value: str) -> None:
    assert url("https://x/pods/{v}/logs", of(v=value)) is None
    assert url("https://x/?q={v}", of(v=value)) is not None


def test_dots_that_climb_only_together_make_no_link() -> None:
    assert url("https://x/a/{v}{w}/b", of(v=".", w=".")) is None
    assert url("https://x/a/{v}.", of(v=".")) is None


@given(path=hostile, query=hostile, fragment=hostile)
def test_values_stay_where_the_template_puts_them(path: str, query: str, fragment: str) -> None:
    found = url("https://logs.example:8443/a/{p}/b?q={q}&r=1#/{f}", of(p=path, q=query, f=fragment))
    assume(found is not None)
    assert found is not None
    assert re.fullmatch(r"[!-~]+", found)
    parts = urlsplit(found)
    assert (parts.scheme, parts.netloc) == ("https", "logs.example:8443")
    segments = parts.path.split("/")
    assert [unquote(segment) for segment in segments] == ["", "a", path, "b"]
    assert not {".", ".."} & {segment.lower().replace("%2e", ".") for segment in segments}
    assert parse_qsl(parts.query, keep_blank_values=True) == [("q", query), ("r", "1")]
    assert unquote(parts.fragment) == f"/{fragment}"


@given(hostile.filter(lambda text: text and not re.search("[\ud800-\udfff]", text)))
def test_any_text_can_be_looked_for(text: str) -> None:
    found = url("https://x/?q={v}", of(v=text))
    assert found is not None
    assert parse_qsl(urlsplit(found).query) == [("q", text)]


def test_trace_has_the_links_that_need_nothing_of_a_span() -> None:
    templates = templates_from({
        "Logs": "https://logs.example/?q={trace_id}&from={start}&to={end_ms}",
        "Span": "https://logs.example/{span_id}",
        "Pod": "https://k8s.example/{k8s.pod.name}",
        "Status": "https://status.example",
    })  # fmt: skip
    assert [(link.title, link.url) for link in links_of_trace(templates, TRACE_ID, 0, 1)] == [
        ("Logs", f"https://logs.example/?q={TRACE_ID.hex()}&from=1970-01-01T00%3A00%3A00.000000000Z&to=1"),
        ("Status", "https://status.example"),
    ]


@pytest.mark.parametrize(
    "address",
    [
        "https://x",
        "http://localhost:3000/a?b#c",
        "HTTPS://x?q={trace_id}",
        "https://[::1]:80/",
        "https://x/%7B%22a%22%7D",
    ],
)
def test_absolute_web_address_is_taken(address: str) -> None:
    assert templates_from({"There": address})


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)", "//x/", "/logs", "ftp://x/", "data:text/html,x", "https://", "https:///x", "https:x",
        "https://{service}/", "https://{service}.x/", "https://x{service}/", "https://x:{port}/", "{url}",
        "https://me:secret@x/", "https://x\\{service}", "https://x/a b", "https://x/\n", 'https://x/"', "https://x/\ud800",
        "", 7, None, ["https://x"],
    ],
)  # fmt: skip
def test_other_address_is_refused_by_its_title(address: object) -> None:
    assert not is_address(address)
    with pytest.raises(ValueError, match="Logs: needs an address that begins with http:// or https:// and a host"):
        templates_from({"Logs": address})


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("https://x/{}", "Logs: a brace that is no placeholder, write %7B for { and %7D for }"),
        ("https://x/{trace_id", "Logs: a brace that is no placeholder"),
        ("https://x/trace_id}", "Logs: a brace that is no placeholder"),
        ("https://x/{{trace_id}}", "Logs: a brace that is no placeholder"),
        ("https://x/{a\u3000b}", "Logs: a placeholder is a key such as {trace_id} or {k8s.pod.name}, without spaces"),
        ("https://x/a/../{trace_id}", 'Logs: needs a path without "." and ".."'),
        ("https://x/%2E/{trace_id}", 'Logs: needs a path without "." and ".."'),
    ],
)
def test_template_that_makes_no_sense_is_refused_with_the_mend(address: str, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        templates_from({"Logs": address})


@pytest.mark.parametrize("found", [[], ["https://x"], "https://x", None, 1])
def test_anything_but_titles_with_addresses_is_refused(found: object) -> None:
    with pytest.raises(ValueError, match="needs titles with addresses"):
        templates_from(found)


def test_link_needs_a_title() -> None:
    with pytest.raises(ValueError, match="a link has no title"):
        templates_from({" ": "https://x"})
