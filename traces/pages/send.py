"""In: the address under which the reader sees us. Out: how to send a first span to it."""

from __future__ import annotations

import json
import secrets
import time
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from traces.core.timescale import MILLISECOND, iso_text


@dataclass(frozen=True, slots=True)
class Snippets:
    """What to paste into a shell, and where its trace will be."""

    endpoint: str
    curl: str
    trace_id: str


def send_page(request: HttpRequest) -> HttpResponse:
    """How to send traces here, when there are some already."""
    return render(request, "traces/send.html", {"snippets": snippets(request), "nav": "send"})


def snippets(request: HttpRequest) -> Snippets:
    """A span of this moment with a new id each time: sent again, it is another trace among the newest."""
    endpoint = f"{request.scheme}://{request.get_host()}"
    trace_id, now_ns = secrets.token_hex(16), time.time_ns()
    span = {
        "trace_id": trace_id,
        "span_id": secrets.token_hex(8),
        "name": "POST /checkout",
        "service": "checkout",
        "start_time": iso_text(now_ns - 333 * MILLISECOND),
        "end_time": iso_text(now_ns),
        "attributes": {"user.id": "u_123"},
    }
    body = json.dumps(span, indent=2)
    curl = f"curl {endpoint}/api/spans -H 'Content-Type: application/json' -d '{body}'"
    return Snippets(endpoint, curl, trace_id)
