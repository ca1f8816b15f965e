"""A server with an hour of traces in, how long what comes after a list takes out: its total, pictures and facets."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import urlencode

from bench import database
from bench.connection import Connection
from bench.report import Row
from bench.send import quantile
from bench.server import Server

TIMES = 15
MAX_MS = 300
KINDS = {
    "all traces": {},
    "a service": {"service": "payment-service"},
    "an operation": {"operation": "GET /search"},
    "errors": {"status": "error"},
    "a rare user.id": {"q": "user.id={user}"},
    "an attribute of most spans": {"q": "network.protocol.version=1.1"},
}


class Part(NamedTuple):
    """Of the search page; `htmx` is what asks for it."""

    what: str
    htmx: dict[str, str]


PARTS = (
    Part("total, bars, heat map, percentiles", {"HX-Request": "true", "HX-Target": "overview"}),
    Part("facets", {"HX-Request": "true", "HX-Target": "facets"}),
)


def rows_of_totals(server: Server) -> Iterator[Row]:
    """Over all that is stored, which is of the last hour."""
    connection, users = Connection(server.port), list(database.users(server.database_url, TIMES))
    for kind, params in KINDS.items():
        total = json.loads(connection.get(f"/api/traces?{urlencode(_filled(params, users[0]))}").body)
        says = f"{total['total']:,}{'' if total['total_is_exact'] else '+'} traces"
        for part in PARTS:
            times_ms = [_ask(connection, part, _filled(params, user)) for user in users]
            median, most = quantile(times_ms, 0.5), max(times_ms)
            measured = f"median {median:.0f} ms, slowest {most:.0f} ms, {says}"
            yield Row(f"after the list of {kind}: {part.what}", f"{MAX_MS} ms", measured, median <= MAX_MS)


def _filled(params: dict[str, str], user: str) -> dict[str, str]:
    return {"last": "1h", **{name: text.format(user=user) for name, text in params.items()}}


def _ask(connection: Connection, part: Part, params: dict[str, str]) -> float:
    begun = time.perf_counter()
    answer = connection.get(f"/?{urlencode(params)}", headers=part.htmx)
    took_ms = (time.perf_counter() - begun) * 1000
    if answer.status != 200:
        raise SystemExit(f"{part.what} answered {answer.status}: {answer.body[:500]!r}")
    return took_ms
