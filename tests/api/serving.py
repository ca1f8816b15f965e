"""The ingest application behind the real server, in a process of its own, on the tests' database."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from django.db import connection
from psycopg.conninfo import make_conninfo

ROOT = Path(__file__).parents[2]
_SERVE = """
from tracing_ui.roles import serve_http
serve_http("tracing_ui.wsgi:ingest", port={port}, workers=1, threads=16)
"""


@contextlib.contextmanager
def ingest_server(**env: str) -> Iterator[int]:
    """Yields its port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    names = {"HOST": "host", "PORT": "port", "NAME": "dbname", "USER": "user", "PASSWORD": "password"}
    database = {key: connection.settings_dict[name] for name, key in names.items() if connection.settings_dict[name]}
    given = {"DATABASE_URL": make_conninfo(**database), "TRACING_UI_HOST": "127.0.0.1", **env}
    process = subprocess.Popen([sys.executable, "-c", _SERVE.format(port=port)], cwd=ROOT, env={**os.environ, **given})
    try:
        _wait_until_healthy(process, port)
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(15)


def _wait_until_healthy(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError):
            probe = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            probe.request("GET", "/healthz")
            assert probe.getresponse().status == 200
            probe.close()
            return
        time.sleep(0.05)
    raise AssertionError("the ingest server did not start")
