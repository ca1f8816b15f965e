"""The doors for spans, as one WSGI function: an HTTP request in, spans committed, an answer in the request's format.

    POST /v1/traces   OTLP/HTTP, protobuf or JSON     https://opentelemetry.io/docs/specs/otlp/#otlphttp
    POST /api/spans   the plain JSON span

It runs bare in the ingest processes and behind Django's routing in those that serve pages.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, NamedTuple

from django.conf import settings

from traces.api import bodies, otlp_answers
from traces.api.errors import Refused, refusal
from traces.api.gate import ASSUMED_BYTES
from traces.api.ingestion import gate, take
from traces.core.span import Span
from traces.wire import Decoded, otlp_json, otlp_protobuf, plain_json

PROTOBUF, JSON = "application/x-protobuf", "application/json"
_HOST = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?")
# A page's script sees no other header than the plainest unless it is named.
_EXPOSED = {"Access-Control-Expose-Headers": "Retry-After"}


class Answer(NamedTuple):
    status: int
    body: bytes
    content_type: str = JSON
    headers: dict[str, str] = {}


def receive(environ: dict[str, Any]) -> Answer:
    """Answers a request to one of the doors, OPTIONS and wrong methods too."""
    door = _DOORS[environ["PATH_INFO"]]
    origin = environ.get("HTTP_ORIGIN", "")
    content_type = environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
    try:
        _check_origin(origin)
        if environ["REQUEST_METHOD"] == "OPTIONS":
            answer = Answer(204, b"", headers=_preflight(environ))
        elif environ["REQUEST_METHOD"] != "POST":
            raise Refused(405, f"{environ['PATH_INFO']} takes spans by POST", headers={"Allow": "POST, OPTIONS"})
        else:
            answer = door(environ, content_type)
    except Exception as error:  # noqa: BLE001 - refusal() raises what it doesn't know
        answer = _refused(refusal(error), content_type)
        bodies.drain(environ, most=2 * settings.MAX_BODY_BYTES)
    return answer._replace(headers={**answer.headers, **_cors(origin)}) if origin else answer


def _otlp(environ: dict[str, Any], content_type: str) -> Answer:
    decode = {PROTOBUF: otlp_protobuf.decode, JSON: otlp_json.decode}.get(content_type)
    if decode is None:
        raise Refused(415, f"Content-Type {content_type[:60]!r} is not known here; use {PROTOBUF} or {JSON}")
    _, rejected = _take(environ, decode)
    respond = otlp_answers.export_response if content_type == PROTOBUF else otlp_answers.export_response_json
    return Answer(200, respond(rejected), content_type)


def _plain(environ: dict[str, Any], content_type: str) -> Answer:
    if content_type not in (JSON, "application/x-ndjson", "application/jsonl"):
        # Not text/plain either: a form on any website could send that.
        raise Refused(415, f"Content-Type {content_type[:60]!r} is not known here; use {JSON} or application/x-ndjson")
    spans, rejected = _take(environ, plain_json.decode)
    traces = [{"trace_id": id, "url": _page(environ, id)} for id in dict.fromkeys(s.trace_id.hex() for s in spans)]
    answer = {"accepted": len(spans), "rejected": rejected, "traces": traces}
    return Answer(200 if spans or not rejected else 400, json.dumps(answer).encode())


def _take(environ: dict[str, Any], decode: Callable[[bytes], Decoded]) -> tuple[list[Span], list[str]]:
    """Reads and stores a request: the spans that are on disk now, and why others are not."""
    encoding, most = environ.get("HTTP_CONTENT_ENCODING", ""), settings.MAX_BODY_BYTES
    with gate().hold(bodies.declared_length(environ, most=most) or ASSUMED_BYTES) as grow:
        body = bodies.read(environ, most=most, grow=grow)
        return take(lambda: decode(_inflated(body, encoding, grow)))


def _inflated(body: bytes, encoding: str, grow: Callable[[int], None]) -> bytes:
    body = bodies.inflate(body, encoding, most=settings.MAX_INFLATED_BYTES)
    grow(len(body))
    if not body:
        raise Refused(400, "the body is empty")
    return body


def _refused(refused: Refused, content_type: str) -> Answer:
    if content_type == PROTOBUF:
        return Answer(refused.status, otlp_answers.refusal_status(refused), PROTOBUF, refused.headers)
    return Answer(refused.status, otlp_answers.refusal_status_json(refused), JSON, refused.headers)


def _page(environ: dict[str, Any], trace_id: str) -> str:
    """The trace's address on the port that serves pages, under the name by which the sender knows this machine."""
    known = _HOST.fullmatch(environ.get("HTTP_HOST", ""))
    host, port = known.groups("") if known else (settings.HOST, f":{settings.OTLP_PORT}")
    # Any other port is that of a proxy or a container, which the sender knows better than we do.
    port = f":{settings.PORT}" if port == f":{settings.OTLP_PORT}" else port
    return f"{environ.get('wsgi.url_scheme', 'http')}://{host}{port}/traces/{trace_id}"


def _check_origin(origin: str) -> None:
    """Only a browser sends an Origin, and only those of the setting may let their pages write here."""
    if origin and not {"*", origin}.intersection(settings.CORS_ORIGINS):
        raise Refused(403, "spans from browsers need their page's origin in TRACING_UI_CORS_ORIGINS")


def _preflight(environ: dict[str, Any]) -> dict[str, str]:
    return {
        "Access-Control-Allow-Methods": "POST",
        "Access-Control-Allow-Headers": environ.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS", "content-type"),
        "Access-Control-Max-Age": "7200",
    }


def _cors(origin: str) -> dict[str, str]:
    allowed = {"*", origin}.intersection(settings.CORS_ORIGINS)
    return {"Vary": "Origin", **({"Access-Control-Allow-Origin": origin, **_EXPOSED} if allowed else {})}


_DOORS: dict[str, Callable[[dict[str, Any], str], Answer]] = {"/v1/traces": _otlp, "/api/spans": _plain}


def status_line(status: int) -> str:
    return f"{status} {HTTPStatus(status).phrase}"
