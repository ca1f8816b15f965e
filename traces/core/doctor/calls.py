"""In: a trace and what was read of it. Out: calls whose server side isn't in it, and which other trace has that."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from traces.core.columns import STAND_IN
from traces.core.doctor.errors import http_status
from traces.core.doctor.facts import Answer, Told, is_error
from traces.core.doctor.finding import Elsewhere
from traces.core.span import Attributes
from traces.core.trace import Trace

MOST_CALLS = 20
MOST_SHOWN = 3
# Whom a database or a queue answers for is nobody that sends spans.
_NO_SERVICE = ("db.system.name", "db.system", "messaging.system", "faas.invoked_name")
_HOSTS = ("server.address", "net.peer.name", "http.host")
_URLS = ("url.full", "http.url")
_PATHS = ("url.path", "http.target")
_METHODS = ("http.request.method", "http.method")
# A name of this kind is one of our own network, and begins with that of the service.
_INTERNAL = re.compile(r"[^.]+(?:\.[^.]+)*\.(?:internal|local|svc|lan|consul|intern|corp|private)|[^.]+", re.IGNORECASE)
_NO_NAME = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}|localhost", re.IGNORECASE)
_LONGEST_NAME = 253
_ID = re.compile(r"(?:^|[._-])(?:id|uuid|number|key)$", re.IGNORECASE)
# Many requests share these.
_SHARED_BY_MANY = re.compile(
    r"(?:^|\.)(?:user|enduser|session|tenant|account|customer|client|device|thread|host|project|region|cluster|app)[._-]id$"
    r"|^process\.|^service\.|^cloud\.|^k8s\.",
    re.IGNORECASE,
)


class Call(NamedTuple):
    """A client span without a server side in its trace."""

    place: int
    services: tuple[str, ...]  # what the called service may be named
    method: str
    path: str  # of the URL, or the RPC's method
    ids: frozenset[tuple[str, str]]  # attributes that tell one request from another


class Candidate(NamedTuple):
    """The root of another trace that began during a call."""

    elsewhere: Elsewhere
    service: str
    attributes: Attributes


def calls_of(trace: Trace, told: Mapping[int, Told], places: Iterable[int]) -> list[Call]:
    """Those of the unanswered ones that name a service, MOST_CALLS at most."""
    found: list[Call] = []
    for place in places:
        known = told.get(place)
        # Where nobody was reached, nobody has a span of it.
        if known is None or not known.is_whole or (is_error(trace, place) and not http_status(known)):
            continue
        if call := _call(place, known.attributes):
            found.append(call)
        if len(found) == MOST_CALLS:
            break
    return found


def services_here(trace: Trace) -> set[str]:
    return {trace.columns.operations[place].service for place in set(trace.columns.operation_places) - {STAND_IN}}


def answer_of(call: Call, known_services: set[str], candidates: Iterable[Candidate]) -> Answer | None:
    """None where the called service isn't known here, so that there is nothing to expect."""
    service = next((name for name in call.services if name in known_services), None)
    if service is None:
        return None
    by_key: dict[str, list[Elsewhere]] = {}
    by_path: list[Elsewhere] = []
    for candidate in candidates:
        if candidate.service != service:
            continue
        attributes = candidate.attributes
        if shared := call.ids & _ids(attributes):
            by_key.setdefault(min(shared)[0], []).append(candidate.elsewhere)
        elif call.path and (call.method, call.path) == (_first(attributes, _METHODS), _path(attributes)):
            by_path.append(candidate.elsewhere)
    for key, elsewhere in by_key.items():
        if len(elsewhere) <= MOST_SHOWN:
            return Answer(service, tuple(elsewhere), key)
    # The same path at the same time may be another request: only where there is one of them.
    return Answer(service, tuple(by_path) if len(by_path) == 1 else ())


def _call(place: int, attributes: Attributes) -> Call | None:
    if any(key in attributes for key in _NO_SERVICE):
        return None
    url = _first(attributes, _URLS)
    host = _first(attributes, _HOSTS) or _host(url)
    services = dict.fromkeys([_first(attributes, ("peer.service", "service.peer.name")), *_names_of(host)])
    services.pop("", None)
    if not services:
        return None
    return Call(place, tuple(services), _first(attributes, _METHODS), _path(attributes), _ids(attributes))


def _names_of(host: str) -> list[str]:
    """Of IP addresses none; a port is no part of it."""
    if host.count(":") == 1:
        host = host.partition(":")[0]
    if not host or len(host) > _LONGEST_NAME or ":" in host or _NO_NAME.fullmatch(host):
        return []
    return [host, host.partition(".")[0]] if _INTERNAL.fullmatch(host) else [host]


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _path(attributes: Attributes) -> str:
    if path := _first(attributes, _PATHS):
        return path.partition("?")[0]
    if url := _first(attributes, _URLS):
        try:
            return urlsplit(url).path
        except ValueError:
            return ""
    parts = _first(attributes, ("rpc.service",)), _first(attributes, ("rpc.method",))
    return "/".join(part for part in parts if part)


def _first(attributes: Attributes, keys: Iterable[str]) -> str:
    return next((value for key in keys if isinstance(value := attributes.get(key), str) and value), "")


def _ids(attributes: Attributes) -> frozenset[tuple[str, str]]:
    return frozenset(
        (key, str(value))
        for key, value in attributes.items()
        if isinstance(value, str | int) and _ID.search(key) and not _SHARED_BY_MANY.search(key) and len(str(value)) > 3
    )
