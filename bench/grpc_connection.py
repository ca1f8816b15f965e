"""The same as `connection`, by gRPC: bodies in, answers out in HTTP's words."""

from __future__ import annotations

import grpc

from bench.connection import HOST, Answer

_EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
_STATUS = {grpc.StatusCode.UNAVAILABLE: 503, grpc.StatusCode.INVALID_ARGUMENT: 400}


class GrpcConnection:
    def __init__(self, port: int, *, timeout: float = 120) -> None:
        # A connection of its own: channels to the same address would share one.
        self._channel = grpc.insecure_channel(f"{HOST}:{port}", [("grpc.use_local_subchannel_pool", 1)])
        self._export: grpc.UnaryUnaryMultiCallable[bytes, bytes] = self._channel.unary_unary(_EXPORT)
        self._timeout = timeout

    def post(self, body: bytes | bytearray) -> Answer:
        call = self._export.future(bytes(body), timeout=self._timeout)
        if call.exception() is None:
            return Answer(200, {}, call.result())
        retry = {"retry-after": "1"} if "grpc-status-details-bin" in dict(call.trailing_metadata()) else {}
        return Answer(_STATUS.get(call.code(), 500), retry, b"")

    def close(self) -> None:
        self._channel.close()
