"""OTLP/gRPC: an ExportTraceServiceRequest in, spans committed, gRPC's status with RetryInfo out.

It runs in each ingest process beside HTTP, behind the same gate; the processes share the port.
https://opentelemetry.io/docs/specs/otlp/#otlpgrpc
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import NoReturn

import grpc
from django.conf import settings

from traces.api import health, otlp_answers
from traces.api.errors import Refused, refusal
from traces.api.gate import ASSUMED_BYTES
from traces.api.ingestion import MOST_REQUESTS, gate, take
from traces.wire import otlp_protobuf

# As many as the gate lets in, and some to say no to the others.
THREADS = MOST_REQUESTS + 16
# What is in work may take so long after it was told to stop.
GRACE_S = 4
_CODES = {code.value[0]: code for code in grpc.StatusCode}
_SERVING, _NOT_SERVING = b"\x08\x01", b"\x08\x02"


def open_door() -> Callable[[], object]:
    """Listens where the settings say; returns how to stop."""
    server, _ = listen(settings.HOST, settings.OTLP_GRPC_PORT)
    return lambda: server.stop(GRACE_S).wait()


def listen(host: str, port: int) -> tuple[grpc.Server, int]:
    """A server that runs, and its port; 0 takes a free one. Raises RuntimeError where it can't listen."""
    server = grpc.server(ThreadPoolExecutor(THREADS, "grpc"), [_Methods()], options=_options())
    port = server.add_insecure_port(f"[{host}]:{port}" if ":" in host else f"{host}:{port}")
    server.start()
    return server, port


def _options() -> list[tuple[str, int]]:
    return [
        ("grpc.so_reuseport", 1),
        # Before and after decompression, which stops there.
        ("grpc.max_receive_message_length", settings.MAX_BODY_BYTES),
        # Who vanished without a word is noticed; who asks often whether we live is not sent away for it.
        ("grpc.keepalive_time_ms", 60_000),
        ("grpc.http2.max_ping_strikes", 0),
    ]


class _Methods(grpc.GenericRpcHandler):
    def service(self, handler_call_details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler[bytes, bytes]:
        return _METHODS.get(handler_call_details.method, _ELSEWHERE)


def _export(messages: Iterator[bytes], context: grpc.ServicerContext) -> bytes:
    try:
        with gate().hold(ASSUMED_BYTES) as grow:
            # No bytes at all are a message too: one without spans.
            body = next(messages, b"")
            grow(len(body))
            _, rejected = take(lambda: otlp_protobuf.decode(body))
    except Exception as error:  # noqa: BLE001 - refusal() raises what it doesn't know
        _refuse(refusal(error), context)
    return otlp_answers.export_response(rejected)


def _refuse(refused: Refused, context: grpc.ServicerContext) -> NoReturn:
    trailers = [("grpc-status-details-bin", otlp_answers.refusal_status(refused))]
    if refused.retry_after_s:
        # Where Python's exporter looks for it.
        delay = otlp_answers.retry_info(refused.retry_after_s).SerializeToString()
        trailers.append(("google.rpc.retryinfo-bin", delay))
    context.set_trailing_metadata(tuple(trailers))
    context.abort(_CODES[refused.rpc_code], otlp_answers.printable(refused.message))


def _check(request: bytes, context: grpc.ServicerContext) -> bytes:
    """https://github.com/grpc/grpc/blob/master/doc/health-checking.md"""
    return _SERVING if health.ready().status == 200 else _NOT_SERVING


def _refuse_method(messages: Iterator[bytes], context: grpc.ServicerContext) -> NoReturn:
    context.abort(
        grpc.StatusCode.UNIMPLEMENTED,
        "only traces are taken here; OTEL_METRICS_EXPORTER=none and OTEL_LOGS_EXPORTER=none keep a program from "
        "sending the rest",
    )


# As a stream of messages, so that the gate is asked before the one that comes is read. On the wire it is the same.
_METHODS: dict[str, grpc.RpcMethodHandler[bytes, bytes]] = {
    "/opentelemetry.proto.collector.trace.v1.TraceService/Export": grpc.stream_unary_rpc_method_handler(_export),
    "/grpc.health.v1.Health/Check": grpc.unary_unary_rpc_method_handler(_check),
}
_ELSEWHERE: grpc.RpcMethodHandler[bytes, bytes] = grpc.stream_unary_rpc_method_handler(_refuse_method)
