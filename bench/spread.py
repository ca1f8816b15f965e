"""A load's file in, a server out that has its traffic in hourly rounds: a partition each, as after a day and more.

Every round is the next part of the file; where it is used up, it begins again, with other ids.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, NamedTuple

import psycopg

from bench import frames
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
    accepted, in_file = 0, frames.read_meta(file)["spans"]
    for number in range(ROUNDS):
        # A round begins with its hour and is over before the next one.
        ago_s = (ROUNDS - number) * HOUR_S + now_s % HOUR_S
        turn, skip = divmod(number * (spans // ROUNDS), in_file)
        bodies = frames.read(file, ago_ns=ago_s * partitions.NS, skip=skip, limit=spans // ROUNDS)
        for body in bodies:
            body.renew(times=turn)
        accepted += send(Feed(bodies), server.otlp_port, connections=4).accepted
    server.settle(120)
    with psycopg.connect(server.database_url, autocommit=True) as connection:
        connection.execute("vacuum analyze trace")
        return Spread(accepted, _filled(connection))


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
