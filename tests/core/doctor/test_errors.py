"""Timeouts, errors that don't say why, failed calls that don't say they failed."""

from __future__ import annotations

import pytest

from tests.core.doctor.examining import FAILED, changed, codes, found, names_of
from tests.core.drawing import spans_of
from traces.core.span import NO_ATTRIBUTES, Attributes, Event, Kind, Status

CHECKOUT = spans_of("""
    checkout      |==================|
      charge        |===========|
        bank          |=======|
""")
CALL = {"kind": Kind.CLIENT}


def test_innermost_timeout_is_named_first() -> None:
    late = {"status": Status.ERROR, "status_message": "deadline exceeded"}
    finding = found("timeout", changed(CHECKOUT, charge=late, bank=late))
    assert names_of(finding) == ["bank", "charge"]
    assert finding.message == "2 spans ran out of time: first bank bank, after 8 ms."


def test_refused_connection_is_no_timeout() -> None:
    assert codes(changed(CHECKOUT, bank={"status": Status.ERROR, "status_message": "connection refused"})) == []


def test_exception_that_says_timeout_is_one() -> None:
    exception = Event(0, "exception", {"exception.type": "java.net.SocketTimeoutException"})
    assert codes(changed(CHECKOUT, bank={"status": Status.ERROR, "events": (exception,)})) == ["timeout"]


def test_error_without_any_reason_is_silent() -> None:
    finding = found("silent_error", changed(CHECKOUT, bank={"status": Status.ERROR}))
    assert names_of(finding) == ["bank"]
    assert finding.message.startswith("1 error gives no reason")


@pytest.mark.parametrize(
    ("message", "attributes", "events"),
    [
        ("card declined", NO_ATTRIBUTES, ()),
        ("", {"error.type": "CardDeclined"}, ()),
        ("", {"http.response.status_code": 402}, ()),
        ("", {"rpc.response.status_code": "ABORTED"}, ()),
        ("", NO_ATTRIBUTES, (Event(0, "exception", {"exception.type": "CardDeclined"}),)),
    ],
)
def test_error_that_says_anything_is_not_silent(
    message: str, attributes: Attributes, events: tuple[Event, ...]
) -> None:
    error = {"status": Status.ERROR, "status_message": message, "attributes": attributes, "events": events}
    assert codes(changed(CHECKOUT, bank=error)) == []


@pytest.mark.parametrize(
    ("kind", "code", "fires"),
    [
        (Kind.SERVER, 500, True),
        (Kind.SERVER, 404, False),  # the caller's fault
        (Kind.CLIENT, 404, True),
        (Kind.CLIENT, 302, False),
        (Kind.INTERNAL, 500, False),
    ],
)
@pytest.mark.parametrize("key", ["http.response.status_code", "http.status_code"])
@pytest.mark.parametrize("as_text", [False, True])
def test_failed_http_call_says_so(kind: Kind, code: int, fires: bool, key: str, as_text: bool) -> None:
    spans = changed(CHECKOUT, bank={"kind": kind, "attributes": {key: str(code) if as_text else code}})
    assert codes(spans) == (["status_not_set"] if fires else [])


@pytest.mark.parametrize("status", [Status.OK, Status.ERROR])
def test_status_that_somebody_set_stands(status: Status) -> None:
    answered = {"status": status, "attributes": {"http.response.status_code": 404}}
    assert codes(changed(CHECKOUT, bank=CALL | answered)) == []


def test_failed_calls_are_counted() -> None:
    spans = changed(CHECKOUT, charge=FAILED, bank=CALL | {"attributes": {"http.response.status_code": 503}})
    assert (
        "1 HTTP call failed without saying so: bank bank was answered with 503"
        in found("status_not_set", spans).message
    )
