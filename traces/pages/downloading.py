"""In: a click on a download, then its token. Out: the download in a frame that nobody sees, and how far it has come."""

from __future__ import annotations

import logging
import re
import time
from pathlib import Path
from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from traces import progress
from traces.core.timescale import SECOND, duration_text
from traces.pages.span import varied, wants_fragment
from traces.progress import Progress, State

logger = logging.getLogger(__name__)

# A browser that has not asked for it by then isn't going to.
BEGINS_WITHIN_S = 60
UNKNOWN = "nothing is known of this download any more"
# A number of traces as the page has it: exact, or at least so many.
_OF = re.compile(r"(\d{1,9})(\+?)", re.ASCII)


@never_cache
def start_download(request: HttpRequest, kind: str) -> HttpResponse:
    """The frame that asks for the file, with a token; everyone but htmx, and where there is no room for one, gets the
    file itself."""
    params = request.GET.dict()
    of = params.pop("of", "")
    if kind not in ("csv", "jsonl"):
        raise Http404("csv and jsonl are what there is")
    plain = f"{reverse('api:download', args=[kind])}?{urlencode(params)}"
    if not wants_fragment(request):
        return redirect(plain)
    try:
        token = progress.begin(_data_dir())
    except OSError as error:
        logger.warning("How far a download comes can't be kept: %s", error)
        return HttpResponse(headers={"HX-Redirect": plain})
    found = {"kind": kind, "token": token, "source": f"{plain}&{urlencode({'progress': token})}"}
    return varied(render(request, "traces/downloading.html", found | said_of(Progress(), token, of, now_s=time.time())))


@never_cache
def download_progress(request: HttpRequest, token: str) -> HttpResponse:
    """How far it has come by now, asked for again and again until it is over."""
    if not progress.is_token(token):
        raise Http404("a download's token has 32 hex digits")
    found = progress.progress_of(_data_dir(), token)
    return render(request, "traces/how_far.html", said_of(found, token, request.GET.get("of", ""), now_s=time.time()))


@require_POST
def stop_download(request: HttpRequest, token: str) -> HttpResponse:
    if not progress.is_token(token):
        raise Http404("a download's token has 32 hex digits")
    progress.stop(_data_dir(), token)
    return HttpResponse(status=204)


def said_of(found: Progress | None, token: str, of: str, *, now_s: float) -> dict[str, object]:
    """In words; `asks` is where to ask again, and empty where it is over."""
    known = _OF.fullmatch(of)
    if found is None or _is_late(found, now_s):
        return {"said": UNKNOWN if found is None else "the browser has not begun it"}
    if found.is_over:
        return {"said": _ended(found, now_s)}
    asks = reverse("traces:download-progress", args=[token]) + (f"?{urlencode({'of': of})}" if known else "")
    if found.state is State.WAITING or found.is_stopped:
        return {"asks": asks, "said": "stopping…" if found.is_stopped else "beginning…"}
    most = int(known[1]) if known else 0
    if not known or found.traces > most:
        return {"asks": asks, "said": f"{_traces(found.traces)}{_measured(found, now_s)}"}
    at_least = "at least " if known[2] else ""
    share = {} if known[2] else {"traces": found.traces, "most": most}
    return {"asks": asks, "said": f"{found.traces:,} of {at_least}{_traces(most)}{_measured(found, now_s)}", **share}


def _ended(found: Progress, now_s: float) -> str:
    if found.state is State.DONE:
        return f"done: {_traces(found.traces)}{_measured(found, now_s)}"
    if found.is_stopped:
        return f"stopped after {_traces(found.traces)}"
    if not found.traces:
        return f"broke off before the first trace: {found.why}"
    return f"broke off after {_traces(found.traces)}: {found.why}"


def _is_late(found: Progress, now_s: float) -> bool:
    return found.state is State.WAITING and 0 < found.began_s < now_s - BEGINS_WITHIN_S


def _measured(found: Progress, now_s: float) -> str:
    took_s = max(1, round((found.ended_s or now_s) - found.began_s))
    return f" · {size_text(found.size_bytes)} · {duration_text(took_s * SECOND)}"


def _traces(number: int) -> str:
    return f"{number:,} {'trace' if number == 1 else 'traces'}"


def size_text(size: int) -> str:
    """`812 bytes`, `13 kB`, `3.1 MB`."""
    if size < 1_000:
        return f"{size} {'byte' if size == 1 else 'bytes'}"
    return f"{size / 1e3:,.0f} kB" if size < 999_500 else f"{size / 1e6:,.1f} MB"


def _data_dir() -> Path:
    return Path(settings.DATA_DIR)
