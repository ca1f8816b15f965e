"""A load's file in, a server out that has its traffic in hourly rounds: a partition each, as after a day and more.

Every round is the next part of the file; where it is used up, it begins again, with other ids.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import psycopg

from bench import frames
from bench.frames import Body
from bench.send import Feed, send
from bench.server import Server
from traces.store import partitions

ROUNDS = 32
HOUR_S = 3_600


class Spread(NamedTuple):
    spans: int
    partitions: int  # that have spans


def spread(server: Server, file: Path, spans: int) -> Spread:
    """Fills an empty server; each of the rounds sends as many spans."""
    now_s = int(time.time())
    _make_partitions(server.database_url, now_s)
    accepted = 0
    for number in range(ROUNDS):
        # A round begins with its hour and is over before the next one.
        ago_ns = ((ROUNDS - number) * HOUR_S + now_s % HOUR_S) * partitions.NS
        bodies = list(_part(file, number * (spans // ROUNDS), spans // ROUNDS, ago_ns))
        accepted += send(Feed(bodies), server.otlp_port, connections=4).accepted
    server.settle(120)
    with psycopg.connect(server.database_url, autocommit=True) as connection:
        connection.execute("vacuum analyze trace")
        return Spread(accepted, _filled(connection))


def _part(file: Path, first: int, spans: int, ago_ns: int) -> Iterator[Body]:
    """From the first of these spans on, of the file sent again and again."""
    in_file = frames.read_meta(file)["spans"]
    while spans > 0:
        turn, skip = divmod(first, in_file)
        for body in frames.read(file, ago_ns=ago_ns, skip=skip, limit=spans):
            body.renew(times=turn)
            first, spans = first + body.spans, spans - body.spans
            yield body


def _make_partitions(database_url: str, now_s: int) -> None:
    """Hourly ones, instead of a week and all that was before."""
    this_s = now_s // HOUR_S * HOUR_S
    with psycopg.connect(database_url) as connection, connection.cursor() as cursor:
        for old in (*(one.name for one in partitions.ranges(cursor)), "span_before"):
            cursor.execute(f"drop table {old}")
        for hour in range(-ROUNDS - 1, 2):
            partitions.ensure(cursor, now_s=this_s + hour * HOUR_S, retention_s=ROUNDS * HOUR_S)


def _filled(connection: psycopg.Connection[Any]) -> int:
    with connection.cursor() as cursor:
        names = [one.name for one in partitions.ranges(cursor)]
        return sum(bool(cursor.execute(f"select 1 from {name} limit 1").fetchone()) for name in names)
