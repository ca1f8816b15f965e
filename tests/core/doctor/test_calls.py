"""Calls whose server side is not in their trace."""

from __future__ import annotations

import pytest

from tests.core.doctor.examining import FAILED, changed, codes, found, names_of, told_of
from tests.core.drawing import a_span, span_id, spans_of
from traces.core.doctor.calls import Call, Candidate, answer_of, calls_of
from traces.core.doctor.facts import SAMPLES_EACH, Answer, samples_of, unanswered
from traces.core.doctor.finding import Elsewhere
from traces.core.span import Attributes, Kind, Span, Status
from traces.core.timescale import SECOND
from traces.core.tree import build_trace

OTHER = Elsewhere(b"t" * 16, b"s" * 8)
TRACE = spans_of("""
    page         |==================|
      call         |========|
        connect    |==|
""")
TO_SHIPPING = {"url.full": "http://shipping.shop.internal/parcels/7", "http.request.method": "GET"}


def calls(spans: list[Span]) -> list[Call]:
    trace = build_trace(spans)
    return calls_of(trace, told_of(trace, spans), unanswered(trace))


def calling(attributes: Attributes, **fields: object) -> list[Span]:
    spans = changed(TRACE, call={"kind": Kind.CLIENT, "attributes": attributes, **fields})
    return [span._replace(service="shop") for span in spans]


def test_call_names_the_service_by_its_host() -> None:
    (call,) = calls(calling(TO_SHIPPING))
    assert call.services == ("shipping.shop.internal", "shipping")
    assert (call.method, call.path) == ("GET", "/parcels/7")


@pytest.mark.parametrize(
    ("attributes", "services"),
    [
        ({"peer.service": "shipping"}, ("shipping",)),
        ({"server.address": "shipping"}, ("shipping",)),
        ({"http.host": "shipping:8080"}, ("shipping",)),
        ({"net.peer.name": "shipping.default.svc.cluster.local"},
         ("shipping.default.svc.cluster.local", "shipping")),
        ({"server.address": "api.northwind.example"}, ("api.northwind.example",)),  # not ours: `api` means nothing
    ],
)  # fmt: skip
def test_service_has_the_names_that_attributes_give(attributes: Attributes, services: tuple[str, ...]) -> None:
    assert calls(calling(attributes))[0].services == services


@pytest.mark.parametrize(
    "attributes",
    [
        {},
        {"server.address": "10.0.4.17"},
        {"server.address": "localhost"},
        {"server.address": "::1"},
        {"server.address": "." * 30_000},
        {"url.full": "http://[broken"},
        {"db.system.name": "postgresql", "server.address": "shipping"},
        {"messaging.system": "kafka", "server.address": "shipping"},
    ],
)
def test_nobody_is_expected_to_answer(attributes: Attributes) -> None:
    assert calls(calling(attributes)) == []


def test_call_with_a_server_below_is_answered() -> None:
    server = a_span("server", "call", 3, 2, kind=Kind.SERVER)
    assert calls([*calling(TO_SHIPPING), server]) == []


def test_service_may_call_itself() -> None:
    server = a_span("server", "call", 3, 2, kind=Kind.SERVER, service="shop")
    assert calls([*calling(TO_SHIPPING), server]) == []


def test_call_that_reached_nobody_needs_no_answer() -> None:
    assert calls(calling(TO_SHIPPING, **{**FAILED, "kind": Kind.CLIENT})) == []
    answered = TO_SHIPPING | {"http.response.status_code": "404"}
    assert len(calls(calling(answered, **FAILED))) == 1


def test_client_spans_inside_each_other_are_one_call() -> None:
    """A library's client over an HTTP client, each with a span."""
    spans = calling(TO_SHIPPING)
    http = spans[2]._replace(kind=Kind.CLIENT, attributes=TO_SHIPPING)
    assert [call.place for call in calls([*spans[:2], http])] == [1, 2]
    server = a_span("server", "connect", 5, 1, kind=Kind.SERVER, service="shipping")
    assert calls([*spans[:2], http, server]) == []


CALL = Call(1, ("shipping.internal", "shipping"), "GET", "/parcels/7", frozenset({("app.parcel.id", "pa_7")}))
SAME_ID = {"app.parcel.id": "pa_7"}
SAME_PATH = {"http.request.method": "GET", "url.path": "/parcels/7"}


def candidate(attributes: Attributes, number: int = 0, service: str = "shipping") -> Candidate:
    return Candidate(OTHER._replace(trace_id=bytes([number] * 16)), service, attributes)


def answer(*candidates: Candidate, known: str = "shipping") -> Answer | None:
    return answer_of(CALL, {known, "other"}, candidates)


def test_shared_id_tells_the_continuation() -> None:
    found = answer(candidate(SAME_PATH, 1), candidate(SAME_ID, 2))
    assert found == Answer("shipping", (candidate({}, 2).elsewhere,), "app.parcel.id")


def test_same_path_tells_it_where_there_is_one() -> None:
    assert answer(candidate(SAME_PATH)) == Answer("shipping", (candidate({}).elsewhere,))
    assert answer(candidate(SAME_PATH, 1), candidate(SAME_PATH, 2)) == Answer("shipping")


@pytest.mark.parametrize(
    ("attributes", "service"),
    [
        (SAME_ID, "other"),
        ({"app.parcel.id": "pa_8"}, "shipping"),
        (SAME_PATH | {"http.request.method": "PUT"}, "shipping"),
        ({"url.path": "/parcels/8", "http.request.method": "GET"}, "shipping"),
    ],
)
def test_other_traces_of_that_time_are_no_continuation(attributes: Attributes, service: str) -> None:
    assert answer(candidate(attributes, service=service)) == Answer("shipping")


def test_of_an_unknown_service_nothing_is_expected() -> None:
    assert answer(candidate(SAME_ID), known="payment") is None


@pytest.mark.parametrize("key", ["user.id", "session.id", "enduser.id", "thread.id", "app.color"])
def test_what_many_requests_share_joins_no_two(key: str) -> None:
    assert calls(calling(TO_SHIPPING | {key: "u_1042"}))[0].ids == frozenset()


def test_finding_links_the_other_trace() -> None:
    finding = found(
        "broken_propagation", calling(TO_SHIPPING), answers={"call": Answer("shipping", (OTHER,), "app.id")}
    )
    assert names_of(finding) == ["call"]
    assert finding.elsewhere == (OTHER,)
    assert finding.message == (
        "1 call to shipping has no server side in this trace: shop call. "
        "Another trace looks like its continuation: it has the same app.id."
    )


def test_known_service_that_did_not_answer_is_found() -> None:
    finding = found("broken_propagation", calling(TO_SHIPPING), answers={"call": Answer("shipping")})
    assert finding.message.endswith("shipping does send spans here.")


def test_what_may_still_arrive_is_not_missed_yet() -> None:
    assert codes(calling(TO_SHIPPING), answers={"call": Answer("shipping")}, age_ns=SECOND) == []
    assert codes(calling(TO_SHIPPING), answers={"call": Answer("shipping", (OTHER,))}, age_ns=SECOND) != []


def test_server_that_arrived_without_its_parent_is_another_finding() -> None:
    orphan = a_span("server", "proxy", 4, 2, service="shipping", kind=Kind.SERVER)
    spans = [*calling(TO_SHIPPING), orphan]
    assert codes(spans, answers={"call": Answer("shipping")}) == ["missing_parent"]
    later = orphan._replace(start_ns=orphan.start_ns + SECOND)
    assert "broken_propagation" in codes([*spans[:-1], later], answers={"call": Answer("shipping")})


def test_what_follows_a_failure_is_a_sample() -> None:
    calls = [
        a_span(f"c{number}", "root", number, service="shop", name="call", kind=Kind.CLIENT) for number in range(20)
    ]
    calls[10] = calls[10]._replace(status=Status.ERROR)
    trace = build_trace([a_span("root", None, 0, 100), *calls])
    samples = samples_of(trace, [])
    assert [trace.place_of(span_id(f"c{number}")) in samples for number in (10, 11, 12)] == [False, True, False]


def test_samples_have_the_first_of_each_operation_and_the_calls_that_differ() -> None:
    root = a_span("root", None, 0, 100, service="shop")
    pairs = []
    for number in range(10):
        call = a_span(f"c{number}", "root", number, service="shop", name="call", kind=Kind.CLIENT)
        pairs += [call, a_span(f"d{number}", f"c{number}", number, service="shipping", name="do", kind=Kind.SERVER)]
    spans = [root, *pairs, a_span("lost", "root", 50, service="shop", name="call", kind=Kind.CLIENT)]
    trace = build_trace(spans)
    samples = samples_of(trace, unanswered(trace))
    assert len(samples) == len(set(samples)) == 1 + 2 * SAMPLES_EACH + 1
    assert trace.place_of(span_id("lost")) in samples
