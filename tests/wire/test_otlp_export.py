from __future__ import annotations

import json
from collections.abc import Sequence

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.spans import a_span, like_python, wild_spans
from traces.core.span import UNKNOWN_SERVICE, Resource, Span
from traces.core.values import double_value
from traces.wire import otlp_export, otlp_json


def read_back(spans: Sequence[Span]) -> list[Span]:
    decoded = otlp_json.decode("".join(otlp_export.encode(spans)).encode())
    assert decoded.rejected == []
    return [like_python(span) for span in decoded.spans]


def sendable(span: Span) -> Span:
    """What a sender could have sent by OTLP: the service stands in the resource, times fit, notes are ours."""
    attributes = dict(span.resource.attributes) | {"service.name": "shop"}
    resource = span.resource._replace(attributes=attributes)
    duration_ns = min(span.duration_ns, (1 << 62) - 1)
    return like_python(span._replace(service="shop", resource=resource, duration_ns=duration_ns, notes=()))


def no_zero_ids(span: Span) -> bool:
    return any(span.trace_id) and any(span.span_id)


@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(wild_spans.filter(no_zero_ids).map(sendable), max_size=2))
def test_what_is_written_is_read_back_the_same(spans: Sequence[Span]) -> None:
    assert read_back(spans) == list(spans)


def test_spans_of_one_resource_share_it_some_hundreds_at_a_time() -> None:
    resources = {name: Resource({"service.name": name}) for name in ("one", "two")}
    names = ["one", "two"] * 300
    spans = [a_span(span=n, service=name, resource=resources[name]) for n, name in enumerate(names, 1)]
    text = "".join(otlp_export.encode(spans))
    assert [len(group["scopeSpans"][0]["spans"]) for group in json.loads(text)["resourceSpans"]] == [250, 250, 50, 50]
    assert sorted(read_back(spans), key=lambda span: span.span_id) == spans


def test_no_spans_are_a_request_without_any() -> None:
    assert json.loads("".join(otlp_export.encode([]))) == {"resourceSpans": []}


def test_numbers_that_json_has_not_keep_their_type() -> None:
    numbers = [float("inf"), float("-inf"), -0.0, 1e300, 2.0]
    kept = {str(number): double_value(number) for number in numbers}
    (span,) = read_back([a_span(attributes=kept, service=UNKNOWN_SERVICE)])
    assert span.attributes == kept
