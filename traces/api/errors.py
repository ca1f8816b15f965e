"""What went wrong -> a status and words a person can act on. The only place where status codes are chosen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.db import InterfaceError, OperationalError
from django.http import Http404
from psycopg.errors import QueryCanceled

from traces.store import Unavailable, Unstorable
from traces.wire import DecodeError

if TYPE_CHECKING:
    from rest_framework.response import Response

RETRY_AFTER_S = 1
# gRPC's codes for HTTP's. What is too large is no RESOURCE_EXHAUSTED: some exporters send that again and again.
_INVALID_ARGUMENT, _PERMISSION_DENIED, _UNKNOWN, _UNIMPLEMENTED, _UNAVAILABLE = 3, 7, 2, 12, 14
_RPC_CODES = {
    400: _INVALID_ARGUMENT,
    403: _PERMISSION_DENIED,
    405: _UNIMPLEMENTED,
    413: _INVALID_ARGUMENT,
    415: _INVALID_ARGUMENT,
    503: _UNAVAILABLE,
}


class Refused(Exception):
    """A request that gets `status` (HTTP's) and `message`, and nothing of it is stored."""

    def __init__(self, status: int, message: str, *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.message = status, message
        self.rpc_code = _RPC_CODES.get(status, _UNKNOWN)
        self.retry_after_s = RETRY_AFTER_S if status == 503 else 0
        retry = {"Retry-After": str(self.retry_after_s)} if self.retry_after_s else {}
        self.headers = {**retry, **(headers or {})}


class TooLarge(Exception):
    """What is asked for takes longer than one request should; the message says from where on."""


def refusal(error: Exception) -> Refused:
    """OTLP's codes: 400, 413 and 415 are never retried by an exporter, 503 is. https://opentelemetry.io/docs/specs/otlp/#failures-1"""
    if isinstance(error, Refused):
        return error
    if isinstance(error, DecodeError):
        return Refused(400, str(error))
    if isinstance(error, Unstorable):
        return Refused(400, f"the spans can't be stored: {error}")
    if isinstance(error, Unavailable):
        return Refused(503, f"not stored, send again: {error}")
    raise error


def respond(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: each error of the JSON API is `{"error": "…"}`, with the parameter it is about."""
    # Here, because the ingest processes have no use for DRF, nor for what reads.
    from rest_framework.response import Response
    from rest_framework.views import exception_handler

    from traces.search import BadQuery
    from traces.sessions import READ_TIMEOUT_S
    from traces.turns import Busy

    if isinstance(error, BadQuery):
        return Response({"error": str(error), "parameter": error.field}, status=400)
    if isinstance(error, Busy):
        message = "too many are searching at once; try again"
        return Response({"error": message}, status=503, headers={"Retry-After": str(RETRY_AFTER_S)})
    if isinstance(error, Http404):
        return Response({"error": str(error)}, status=404)
    if isinstance(error, TooLarge):
        return Response({"error": str(error)}, status=422)
    if isinstance(error, OperationalError) and isinstance(error.__cause__, QueryCanceled):
        # No Retry-After: again at once it would take as long.
        message = f"the database worked on this for longer than {READ_TIMEOUT_S} s and was stopped; ask for less"
        return Response({"error": message}, status=503)
    if isinstance(error, OperationalError | InterfaceError):
        message = "the database is not reachable or too busy; try again"
        return Response({"error": message}, status=503, headers={"Retry-After": str(RETRY_AFTER_S)})
    response = exception_handler(error, context)
    if response is not None:
        response.data = {"error": response.data.get("detail", response.data)}
    return response
