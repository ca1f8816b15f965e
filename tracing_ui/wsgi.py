"""Two WSGI applications: `application` serves everything, `ingest` takes spans and nothing else."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterable
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracing_ui.settings")

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()

from traces.api import health, receive  # noqa: E402 - needs the settings that the line above loads

# What is loaded stays: leave it out of every later collection. A batch of spans makes thousands of objects and no
# cycles, so looking for some after each 700 of them is in vain.
gc.freeze()
gc.set_threshold(50_000, 20, 100)

_HEALTH = {"/healthz": health.alive, "/readyz": health.ready}


def ingest(environ: dict[str, Any], start_response: Callable[[str, list[tuple[str, str]]], Any]) -> Iterable[bytes]:
    path = environ["PATH_INFO"]
    if path in ("/v1/traces", "/api/spans"):
        answer = receive.receive(environ)
    elif path in _HEALTH:
        answer = _HEALTH[path]()
    else:
        answer = receive.Answer(404, b'{"error": "only POST /v1/traces and POST /api/spans are here"}')
    headers = [("Content-Type", answer.content_type), ("Content-Length", str(len(answer.body)))]
    start_response(receive.status_line(answer.status), [*headers, *answer.headers.items()])
    return [answer.body]
