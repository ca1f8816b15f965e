"""An error is a timeout where the span says so, in any of the places where instrumentations do."""

from __future__ import annotations

import pytest

from traces.core.outcome import is_timeout
from traces.core.span import Attributes, Event, Span, Status

PLAIN = Span(bytes(16), bytes(8), None, 0, 1, "checkout", "POST /charge", status=Status.ERROR)


@pytest.mark.parametrize("message", ["context deadline exceeded", "Read timed out.", "ETIMEDOUT", "Timeout after 3 s"])
def test_status_message_tells(message: str) -> None:
    assert is_timeout(PLAIN._replace(status_message=message))


@pytest.mark.parametrize(
    "attributes",
    [
        {"rpc.grpc.status_code": 4},
        {"rpc.response.status_code": "DEADLINE_EXCEEDED"},
        {"http.response.status_code": 504},
        {"http.status_code": "408"},
        {"error.type": "java.net.SocketTimeoutException"},
    ],
)
def test_attributes_tell(attributes: Attributes) -> None:
    assert is_timeout(PLAIN._replace(attributes=attributes))


def test_exception_tells() -> None:
    exception = Event(0, "exception", {"exception.type": "TimeoutError"})
    assert is_timeout(PLAIN._replace(events=(exception,)))


@pytest.mark.parametrize("attributes", [{}, {"http.response.status_code": 500}, {"rpc.grpc.status_code": [4]}])
def test_other_errors_are_no_timeouts(attributes: Attributes) -> None:
    assert not is_timeout(PLAIN._replace(status_message="card declined", attributes=attributes))


def test_only_an_error_is_a_timeout() -> None:
    assert not is_timeout(PLAIN._replace(status=Status.UNSET, status_message="timeout set to 3 s"))
