"""Requests for the doors: spans in each format, and the bare WSGI call that brings them."""

from __future__ import annotations

import io
import json
import time
from secrets import token_bytes
from typing import Any, NamedTuple

from django.test import Client
from google.rpc.status_pb2 import Status as RpcStatus
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span

from tracing_ui.wsgi import ingest

PROTOBUF, JSON = "application/x-protobuf", "application/json"
OTLP, PLAIN = "/v1/traces", "/api/spans"


class Reply(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    def partial_success(self) -> tuple[int, str]:
        """Rejected spans and the reason, of either of OTLP's formats."""
        if self.headers["Content-Type"] == JSON:
            partial = self.json().get("partialSuccess", {})
            return int(partial.get("rejectedSpans", 0)), partial.get("errorMessage", "")
        response = ExportTraceServiceResponse.FromString(self.body).partial_success
        return response.rejected_spans, response.error_message

    def message(self) -> str:
        """Why the request was refused."""
        if self.headers["Content-Type"] == JSON:
            return str(self.json()["message"])
        return str(RpcStatus.FromString(self.body).message)


def request(method: str, path: str, body: bytes = b"", **environ: Any) -> Reply:
    """The ingest processes' application, called as a server would."""
    said: list[Any] = []
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        "wsgi.input_terminated": True,
        "wsgi.url_scheme": "http",
        "HTTP_HOST": "localhost:4318",
        **environ,
    }
    parts = ingest(environ, lambda status, headers: said.extend((status, headers)))
    return Reply(int(said[0].split()[0]), dict(said[1]), b"".join(parts))


def post(path: str, body: bytes, content_type: str = JSON, *, encoding: str = "", **environ: Any) -> Reply:
    if encoding:
        environ["HTTP_CONTENT_ENCODING"] = encoding
    return request("POST", path, body, CONTENT_TYPE=content_type, **environ)


def protobuf(*spans: Span, service: str = "shop") -> bytes:
    resource = Resource(attributes=[KeyValue(key="service.name", value=AnyValue(string_value=service))])
    group = ResourceSpans(resource=resource, scope_spans=[ScopeSpans(spans=spans)])
    return ExportTraceServiceRequest(resource_spans=[group]).SerializeToString()


def otlp_json(*spans: dict[str, Any], service: str = "shop") -> bytes:
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": service}}]}
    return dumps({"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": spans}]}]})


def dumps(value: object) -> bytes:
    return json.dumps(value).encode()


def pb_span(trace_id: bytes | None = None, number: int = 1, parent: int | None = None, **fields: Any) -> Span:
    """A millisecond that has just passed."""
    start_ns = fields.pop("start_ns", time.time_ns() - 10_000_000)
    ids = {
        "trace_id": token_bytes(16) if trace_id is None else trace_id,
        "span_id": number.to_bytes(8),
        "parent_span_id": b"" if parent is None else parent.to_bytes(8),
    }
    times = {"start_time_unix_nano": start_ns, "end_time_unix_nano": start_ns + 1_000_000}
    return Span(**{"name": "GET /", **ids, **times, **fields})


def json_span(trace_id: str | None = None, number: int = 1, **fields: Any) -> dict[str, Any]:
    """The same in OTLP/JSON."""
    start_ns = time.time_ns() - 10_000_000
    ids = {"traceId": trace_id or token_bytes(16).hex(), "spanId": f"{number:016x}", "name": "GET /"}
    return {**ids, "startTimeUnixNano": str(start_ns), "endTimeUnixNano": str(start_ns + 1_000_000), **fields}


def plain_span(trace_id: str | None = None, number: int = 1, **fields: Any) -> dict[str, Any]:
    """The same as plain JSON."""
    ids = {"trace_id": trace_id or token_bytes(16).hex(), "span_id": f"{number:016x}", "name": "GET /"}
    return {**ids, "service": "shop", "start_time": time.time_ns() - 10_000_000, "duration_ms": 1, **fields}


def text(key: str, value: str) -> KeyValue:
    return KeyValue(key=key, value=AnyValue(string_value=value))


def read(trace_id: str | bytes) -> list[dict[str, Any]]:
    """A trace's spans by the JSON API; none if it isn't there."""
    id = trace_id.hex() if isinstance(trace_id, bytes) else trace_id
    response = Client().get(f"/api/traces/{id}")
    if response.status_code == 404:
        return []
    spans: list[dict[str, Any]] = json.loads(b"".join(response.streaming_content))["spans"]  # type: ignore[attr-defined]
    return spans


def find(**params: str) -> list[dict[str, Any]]:
    """The list of traces by the JSON API, of all times."""
    response = Client().get("/api/traces", {"last": "all", **params})
    assert response.status_code == 200, response.content
    traces: list[dict[str, Any]] = response.json()["traces"]
    return traces
