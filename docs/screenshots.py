"""`make screenshots`: a fresh `serve --demo` in; docs/traces.png, trace.png, trace-dark.png and compare.png out."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from urllib.parse import urlencode

from playwright.sync_api import Browser, sync_playwright

from tests.find_chromium import CHROMIUM_ARGUMENTS, find_chromium

DOCS = Path(__file__).parent
WIDTH, HEIGHT = 1280, 860
FILLED = re.compile(r"Sample: .* traces with .* spans in ")
FILL_TIMEOUT_S = 120
# The slowest of these is worth a picture: the new version asks for payment three times. Not one with a long cart.
WORTH_A_PICTURE = {"service": "storefront", "operation": "POST /checkout", "sort": "duration", "status": "error"}
MOST_SPANS = 38
# Its old version with the new one.
GROUPS = {"a": '{name="POST /checkout"} service.version=2.4.1', "b": '{name="POST /checkout"} service.version=2.5.0'}


def main() -> int:
    port, otlp_port = _free_ports()
    # Not below pytest's or the user's folders: PostgreSQL's own account has to get there.
    with tempfile.TemporaryDirectory(prefix="tracing-ui-", dir="/tmp", ignore_cleanup_errors=True) as folder:
        os.chmod(folder, 0o755)
        flags = [f"--port={port}", f"--otlp-port={otlp_port}", "--otlp-grpc-port=0", f"--data-dir={folder}/data"]
        command = [sys.executable, "manage.py", "serve", "--demo", *flags]
        environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        with subprocess.Popen(command, cwd=DOCS.parent, env=environment, stdout=subprocess.PIPE, text=True) as server:
            try:
                _wait_until_filled(server)
                _take(f"http://127.0.0.1:{port}")
            finally:
                server.send_signal(signal.SIGTERM)
                server.communicate()
    return 0


def _wait_until_filled(server: subprocess.Popen[str]) -> None:
    assert server.stdout
    deadline = time.monotonic() + FILL_TIMEOUT_S
    for line in server.stdout:
        print(line, end="", flush=True)
        if FILLED.search(line):
            return
        if time.monotonic() > deadline:
            break
    raise SystemExit("error: the sample did not arrive; what the server said is above.")


def _take(base: str) -> None:
    query = urlencode({"last": "all", "limit": 50, **WORTH_A_PICTURE})
    with urllib.request.urlopen(f"{base}/api/traces?{query}") as answer:
        trace = next(trace for trace in json.load(answer)["traces"] if trace["span_count"] <= MOST_SPANS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=CHROMIUM_ARGUMENTS)
        _picture(browser, f"{base}/?last=1h", "traces", "light")
        _picture(browser, f"{base}/traces/{trace['trace_id']}", "trace", "light")
        _picture(browser, f"{base}/traces/{trace['trace_id']}", "trace-dark", "dark")
        _picture(browser, f"{base}/compare?{urlencode(GROUPS)}", "compare", "light")
        browser.close()


def _picture(browser: Browser, url: str, name: str, scheme: str) -> None:
    dark = scheme == "dark"
    with browser.new_context(
        viewport={"width": WIDTH, "height": HEIGHT},
        color_scheme="dark" if dark else "light",
        timezone_id="Europe/Berlin",
    ) as context:
        page = context.new_page()
        page.goto(url, wait_until="networkidle")
        if page.locator("#panel").count():
            # The first span with an error, for there is most to see.
            page.locator(".row.error .what").first.click()
            page.locator("#panel [data-open-span]").wait_for()
            page.wait_for_load_state("networkidle")
        file = DOCS / f"{name}.png"
        page.screenshot(path=file, animations="disabled")
        print(f"{file.relative_to(DOCS.parent)}: {file.stat().st_size / 1000:.0f} kB")


def _free_ports() -> tuple[int, int]:
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        return one.getsockname()[1], other.getsockname()[1]


if __name__ == "__main__":
    sys.exit(main())
