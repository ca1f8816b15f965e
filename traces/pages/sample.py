"""In: a page, or a button of its note about the sample traces. Out: what the note says; what the button does."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from traces import queries
from traces.pages.ids import TRACE_ID_DIGITS, canonical_id
from traces.sessions import for_writing
from traces.store import sample

# Longer than that nobody waits for a page; the rest is removed by the same button.
REMOVE_TIMEOUT_S = 20
LOAD_TIMEOUT_S = 15


def context(request: HttpRequest) -> dict[str, Callable[[], str]]:
    """For every template; asks the database only where `traces/sample.html` is shown."""
    return {"sample": lambda: _sample(request)}


def _sample(request: HttpRequest) -> str:
    """`trace`: it is one of the sample; `traces`: there are some; `offer`: nothing is stored; else empty."""
    match = request.resolver_match
    if match and (asked := match.kwargs.get("trace_id")):
        trace_id = canonical_id(asked, TRACE_ID_DIGITS)
        return "trace" if trace_id and queries.is_of_sample(bytes.fromhex(trace_id)) else ""
    if queries.has_sample():
        return "traces"
    return "offer" if queries.store_is_empty() else ""


@require_POST
def remove_sample(request: HttpRequest) -> HttpResponse:
    """Back to the list once all is gone."""
    try:
        with for_writing().cursor() as cursor:
            removed = sample.remove(cursor, timeout_s=REMOVE_TIMEOUT_S)
    except sample.Busy as error:
        return render(request, "traces/sample_left.html", {"why": str(error)}, status=503)
    if removed.all:
        return redirect("traces:list")
    return render(request, "traces/sample_left.html", {"spans": f"{removed.spans:,}"})


@require_POST
def load_sample(request: HttpRequest) -> HttpResponse:
    """Starts to fill an empty store, and shows the list as soon as there is something in it."""
    if queries.store_is_empty() and not _started():
        return render(request, "traces/sample_left.html", {"why": "They could not be sent; the server's log says why."})
    return redirect("traces:list")


def _started() -> bool:
    """Whether the sender, which goes on by itself, has brought something in time."""
    command = [sys.executable, "-m", "tracing_ui.roles", "sample", str(os.getpid())]
    sender = subprocess.Popen(command, cwd=settings.BASE_DIR, stdin=subprocess.DEVNULL, start_new_session=True)
    # Whatever becomes of it, somebody takes note of its end.
    threading.Thread(target=sender.wait, name="sample", daemon=True).start()
    deadline = time.monotonic() + LOAD_TIMEOUT_S
    while time.monotonic() < deadline and sender.returncode is None:
        if not queries.store_is_empty():
            return True
        time.sleep(0.1)
    return not queries.store_is_empty()
