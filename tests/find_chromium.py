"""The path of a Chromium, if there is one. As a script it tries to get one, and prints the path.

For tests (`--shell`) rather its headless shell: the same engine without windows, in which a new tab costs a fifth.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

SHELLS = ("chromium-headless-shell", "chrome-headless-shell")
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Sandboxes and GPUs are missing in containers; the rest keeps Chromium off the network.
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def find_chromium(*, shell: bool = False) -> str | None:
    """With `shell` that, if there is one; else the whole program."""
    if named := os.environ.get("CHROMIUM"):
        return shutil.which(named)
    names = (*SHELLS, *NAMES) if shell else NAMES
    return next((path for name in names if (path := shutil.which(name))), None) or _playwrights_own()


def _playwrights_own() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def fetch_chromium() -> str | None:
    _try([sys.executable, "-m", "playwright", "install", "chromium"])
    if not find_chromium() and os.geteuid() == 0 and shutil.which("apt-get"):
        _try(["apt-get", "update", "-qq"])
        _try(["apt-get", "install", "-qq", "-y", "--no-install-recommends", "chromium"])
    return find_chromium()


def _try(command: list[str]) -> None:
    print("$", *command, file=sys.stderr)
    # What it prints goes to stderr: stdout is for the path.
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        subprocess.run(command, stdin=subprocess.DEVNULL, stdout=sys.stderr, timeout=600, env=env, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        print(error, file=sys.stderr)


if __name__ == "__main__":
    print(find_chromium(shell="--shell" in sys.argv) or fetch_chromium() or "")
