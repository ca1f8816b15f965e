"""What OTLP's doors say, as bytes: how many spans were rejected and why, or a google.rpc.Status that refuses all."""

from __future__ import annotations

import json

from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from traces.api.errors import Refused


def export_response(rejected: list[str]) -> bytes:
    response = ExportTraceServiceResponse()
    if rejected:
        response.partial_success.rejected_spans = len(rejected)
        response.partial_success.error_message = printable(_reasons(rejected))
    return response.SerializeToString()


def export_response_json(rejected: list[str]) -> bytes:
    partial = {"partialSuccess": {"rejectedSpans": str(len(rejected)), "errorMessage": _reasons(rejected)}}
    return json.dumps(partial if rejected else {}).encode()


def refusal_status(refused: Refused) -> bytes:
    """With RetryInfo where sending again makes sense: https://opentelemetry.io/docs/specs/otlp/#failures"""
    status = Status(code=refused.rpc_code, message=printable(refused.message))
    if refused.retry_after_s:
        status.details.add().Pack(retry_info(refused.retry_after_s))
    return bytes(status.SerializeToString())


def refusal_status_json(refused: Refused) -> bytes:
    return json.dumps({"code": refused.rpc_code, "message": refused.message}).encode()


def retry_info(delay_s: int) -> RetryInfo:
    info = RetryInfo()
    info.retry_delay.seconds = delay_s
    return info


def printable(text: str) -> str:
    """Without lone surrogates, which protobuf and gRPC refuse."""
    return text.encode("utf-8", "replace").decode()


def _reasons(rejected: list[str]) -> str:
    return "; ".join(rejected[:5]) + (f"; and {len(rejected) - 5} more" if len(rejected) > 5 else "")
