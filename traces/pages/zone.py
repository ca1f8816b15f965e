"""In: a request's cookies. Out: the zone whose clocks its reader reads; UTC where it isn't known or was asked for."""

from __future__ import annotations

import re
from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo

from django.http import HttpRequest

# The browser's zone, which page.js finds out, and whether its reader prefers UTC nevertheless.
ZONE_COOKIE, UTC_COOKIE = "zone", "utc"
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_+-]{0,31}(/[A-Za-z0-9_+-]{1,31}){0,2}", re.ASCII)


def zone_of(request: HttpRequest) -> tzinfo:
    """The zone in which this request's times are shown and its typed ones are meant."""
    return UTC if request.COOKIES.get(UTC_COOKIE) == "1" else own_zone_of(request)


def own_zone_of(request: HttpRequest) -> tzinfo:
    """The reader's own zone, whatever was asked for."""
    name = request.COOKIES.get(ZONE_COOKIE, "")
    if name == "UTC" or not _NAME.fullmatch(name):
        return UTC
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # No such zone, or this machine has no list of zones.
        return UTC
