"""OTLP/gRPC without an SDK: a server on the tests' own database, calls, and what a sender is told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import grpc
import pytest
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status

from traces.api import otlp_grpc

EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
METRICS = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export"
LOGS = "/opentelemetry.proto.collector.logs.v1.LogsService/Export"
HEALTH = "/grpc.health.v1.Health/Check"


@contextmanager
def listening(host: str = "127.0.0.1") -> Iterator[int]:
    """The port of a server on the tests' own database."""
    server, port = otlp_grpc.listen(host, 0)
    try:
        yield port
    finally:
        server.stop(None).wait()


def call(port: int, body: bytes, method: str = EXPORT, *, host: str = "127.0.0.1", **options: Any) -> bytes:
    """Raises grpc.RpcError, which has a code and details, when it is refused."""
    with grpc.insecure_channel(f"{host}:{port}") as channel:
        export: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(method)
        return export(body, **{"timeout": 10, **options})


class Refusal(NamedTuple):
    """What a sender gets to know."""

    code: grpc.StatusCode
    details: str
    trailers: dict[str, bytes]

    @classmethod
    def of(cls, error: Any) -> Refusal:
        return cls(error.code(), error.details(), dict(error.trailing_metadata()))

    def status(self) -> Status:
        """What an exporter in Go or .NET reads."""
        return Status.FromString(self.trailers["grpc-status-details-bin"])


def refused(port: int, body: bytes, method: str = EXPORT, **options: Any) -> Refusal:
    with pytest.raises(grpc.RpcError) as caught:
        call(port, body, method, **options)
    return Refusal.of(caught.value)


def assert_come_back(told: Refusal) -> None:
    """By the letter of the specification, and where Python's exporter looks."""
    assert told.code is grpc.StatusCode.UNAVAILABLE
    status, retry = told.status(), RetryInfo()
    assert (status.code, status.message) == (14, told.details)
    assert status.details[0].Unpack(retry)
    assert retry.retry_delay.seconds == 1
    assert RetryInfo.FromString(told.trailers["google.rpc.retryinfo-bin"]) == retry


def assert_dont_come_back(told: Refusal) -> None:
    assert told.code is grpc.StatusCode.INVALID_ARGUMENT
    status = told.status()
    assert (status.code, status.message, list(status.details)) == (3, told.details, [])
    assert told.trailers.keys() == {"grpc-status-details-bin"}
