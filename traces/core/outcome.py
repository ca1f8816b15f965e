"""In: a span with its attributes and events. Out: whether its error is a timeout."""

from __future__ import annotations

import re

from traces.core.span import Attributes, Span, Status
from traces.core.values import Value

_SAYS_TIMEOUT = re.compile(r"time[ds]?[ _-]?out|deadline[ _-]?exceeded", re.IGNORECASE)
# gRPC's DEADLINE_EXCEEDED; HTTP's Request Timeout, and Gateway Timeout.
_CODES: dict[str, frozenset[Value]] = {
    "rpc.grpc.status_code": frozenset({4, "4"}),
    "rpc.response.status_code": frozenset({"DEADLINE_EXCEEDED"}),
    "http.response.status_code": frozenset({408, 504, "408", "504"}),
    "http.status_code": frozenset({408, 504, "408", "504"}),
}
_WORDS = ("error.type", "exception.type", "exception.message")
# The attributes, of a span or of its events, that can tell.
TELLING = (*_CODES, *_WORDS)


def is_timeout(span: Span) -> bool:
    """An error whose status message, error type, exception or gRPC or HTTP code says that time ran out."""
    if span.status != Status.ERROR:
        return False
    return (
        bool(_SAYS_TIMEOUT.search(span.status_message))
        or _tells(span.attributes)
        or any(_tells(event.attributes) for event in span.events)
    )


def _tells(attributes: Attributes) -> bool:
    for key in _WORDS:
        if isinstance(text := attributes.get(key), str) and _SAYS_TIMEOUT.search(text):
            return True
    return any(_is_one_of(attributes.get(key), codes) for key, codes in _CODES.items())


def _is_one_of(value: Value, codes: frozenset[Value]) -> bool:
    return isinstance(value, int | str) and value in codes
