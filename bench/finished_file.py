"""A page's address in, the same page as a finished file behind an address of its own out: a yardstick.

Its styles stand in it, it runs no script and asks for nothing more, and nobody computes it: so fast can this browser
show these rows on this machine at all.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import urljoin
from urllib.request import urlopen

from bench.connection import HOST

_STYLESHEET = re.compile(r'<link rel="stylesheet" href="([^"]+)">')
_SCRIPT = re.compile(r"<script[^>]*></script>")


@contextlib.contextmanager
def served_copy(url: str) -> Iterator[str]:
    """The address of the copy, as long as the context lasts."""
    body = _finished(url).encode()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer((HOST, 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://{HOST}:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()


def _finished(url: str) -> str:
    def with_style(link: re.Match[str]) -> str:
        return f"<style>{_text(urljoin(url, link[1]))}</style>"

    return _STYLESHEET.sub(with_style, _SCRIPT.sub("", _text(url)))


def _text(url: str) -> str:
    with urlopen(url) as answer:
        return str(answer.read().decode())
