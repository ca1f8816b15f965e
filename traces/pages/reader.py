"""What the reader prefers, kept in cookies: UTC, light or dark. Read for every template, written by one form."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from traces.pages.zone import UTC_COOKIE, own_zone_of, zone_of

YEAR_S = 365 * 86_400
THEME_COOKIE, THEMES = "theme", ("system", "light", "dark")
# What may be remembered, and which values make sense.
CHOICES = {UTC_COOKIE: ("0", "1"), THEME_COOKIE: THEMES}


@dataclass(frozen=True, slots=True)
class Reader:
    """For templates."""

    zone: str
    own_zone: str
    theme: str
    themes: tuple[str, ...] = THEMES


def reader(request: HttpRequest) -> dict[str, Reader]:
    """A context processor."""
    return {"reader": Reader(str(zone_of(request)), str(own_zone_of(request)), theme_of(request))}


def theme_of(request: HttpRequest) -> str:
    """The system's own unless one was chosen."""
    chosen = request.COOKIES.get(THEME_COOKIE, "")
    return chosen if chosen in THEMES else THEMES[0]


def vary_by_cookie(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: no cache may hand a page in one zone to a reader in another."""

    def respond(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if response.headers.get("Content-Type", "").startswith("text/html"):
            patch_vary_headers(response, ("Cookie",))
        return response

    return respond


@csrf_exempt  # Worst case, another site turns our pages dark.
@require_POST
def settings_page(request: HttpRequest) -> HttpResponse:
    """Remembers what was chosen and goes back to where it was."""
    back = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}):
        back = reverse("traces:list")
    response = redirect(back)
    for name, values in CHOICES.items():
        if (value := request.POST.get(name)) in values:
            response.set_cookie(name, value, max_age=YEAR_S, samesite="Lax")
    return response
