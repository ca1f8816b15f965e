"""A load in, how long searches of it take out: two hundred different ones of each kind, over thirty partitions."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from random import Random
from typing import Any, NamedTuple
from urllib.parse import urlencode

from bench import database
from bench.connection import Connection
from bench.report import Row
from bench.send import quantile
from bench.server import Server
from bench.spread import spread

EACH = 200
PAGE = 50
# The slowest may take so many times what the median may.
SPREAD = 5
MILLION = 1_000_000
_DATABASE_TIME = re.compile(r"\bdb;dur=([\d.]+)")

Params = dict[str, str]
Found = list[dict[str, Any]]  # the traces of an answer
Users = Mapping[str, set[str]]  # and the ids of their traces


class Question(NamedTuple):
    """One kind of search: its parameters, and whether what was found can be right."""

    what: str
    params: list[Params]
    plausible: Callable[[Params, Found], bool]
    list_ms: int  # what the list may take in the server, its total not counted; beyond a million spans twice that


class Timing(NamedTuple):
    server_ms: float
    database_ms: float  # NaN where the server doesn't say


def rows_of_search(server: Server, file: Path, spans: int) -> Iterator[Row]:
    """Fills an empty server, then asks it by the JSON API."""
    filled = spread(server, file, spans)
    yield Row("lists over", "", f"{filled.spans:,} spans in {filled.partitions} hourly partitions")
    users, period_ns = database.users(server.database_url, EACH), database.period_ns(server.database_url)
    connection = Connection(server.port)
    for question in _questions(users, period_ns):
        yield _row(connection, question, spans)


def _questions(users: Users, period_ns: tuple[int, int]) -> list[Question]:
    ranges = list(_ranges(period_ns))
    slow = [{"min_duration": f"{500 + more}ms", "last": "all"} for more in range(EACH)]
    rare = [{"q": f"user.id={user}", "last": "all"} for user in users]
    below = [{"q": f"{{user.id={user}}} >> {{db.system.name=postgresql}}", "last": "all"} for user in users]

    def ranged(**said: str) -> list[Params]:
        return [{**said, **times} for times in ranges]

    return [
        Question("newest 50", ranges, _full, 5),
        Question("errors", ranged(status="error"), _errors, 5),
        Question("a rare user.id", rare, _all_of(users), 5),
        Question("an attribute of most spans", ranged(q="network.protocol.version=1.1"), _full, 10),
        Question("an error in a service", ranged(status="error", service="payment-service"), _if_any(_errors), 10),
        Question("slowest 50 of all", ranged(sort="duration"), _slowest, 10),
        Question("slowest 50 of a service", ranged(sort="duration", service="payment-service"), _slowest, 10),
        Question("slowest 50 of an operation", ranged(sort="duration", operation="GET /search"), _slowest, 10),
        Question("over 500 ms", slow, _slow, 5),
        Question("two spans", ranged(q="service=payment-service db.system.name=redis"), _full, 30),
        Question("below a rare user.id", below, _some_of(users), 100),
    ]


def _ranges(period_ns: tuple[int, int]) -> Iterator[Params]:
    """From some moment in the period's first third until some moment in its last."""
    (first, last), rng = period_ns, Random(1)
    third = (last - first) / 3
    for _ in range(EACH):
        yield {"start": _text(first + third * rng.random()), "end": _text(last - third * rng.random())}


def _text(moment_ns: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment_ns / 1e9))


def _full(_: Params, found: Found) -> bool:
    starts = [trace["start_ns"] for trace in found]
    return len(found) == PAGE and starts == sorted(starts, reverse=True)


def _errors(_: Params, found: Found) -> bool:
    return bool(found) and all(trace["error_count"] for trace in found)


def _if_any(plausible: Callable[[Params, Found], bool]) -> Callable[[Params, Found], bool]:
    return lambda params, found: not found or plausible(params, found)


def _slowest(_: Params, found: Found) -> bool:
    durations = [trace["duration_ns"] for trace in found]
    return len(found) == PAGE and durations == sorted(durations, reverse=True)


def _slow(params: Params, found: Found) -> bool:
    least_ns = int(params["min_duration"].removesuffix("ms")) * 1_000_000
    return bool(found) and all(trace["duration_ns"] >= least_ns for trace in found)


def _all_of(users: Users) -> Callable[[Params, Found], bool]:
    def plausible(params: Params, found: Found) -> bool:
        expected, ids = users[params["q"].removeprefix("user.id=")], {trace["trace_id"] for trace in found}
        return ids == expected if len(expected) <= PAGE else len(ids) == PAGE and ids < expected

    return plausible


def _some_of(users: Users) -> Callable[[Params, Found], bool]:
    def plausible(params: Params, found: Found) -> bool:
        possible = users[params["q"].partition("=")[2].partition("}")[0]]
        return {trace["trace_id"] for trace in found} <= possible

    return plausible


def _row(connection: Connection, question: Question, spans: int) -> Row:
    timings, wrong = [], 0
    for params in question.params:
        timing, found = _ask(connection, {**params, "limit": str(PAGE)})
        timings.append(timing)
        wrong += not question.plausible(params, found)
    limit_ms = question.list_ms * (1 if spans <= MILLION else 2)
    return _judged(question, limit_ms, timings, wrong)


def _ask(connection: Connection, params: Params) -> tuple[Timing, Found]:
    target = f"/api/traces?{urlencode(params)}"
    begun = time.perf_counter()
    answer = connection.get(target)
    took_ms = (time.perf_counter() - begun) * 1000
    if answer.status != 200:
        raise SystemExit(f"GET {target} answered {answer.status}: {answer.body[:500]!r}")
    said = _DATABASE_TIME.search(answer.headers.get("server-timing", ""))
    return Timing(took_ms, float(said[1]) if said else float("nan")), json.loads(answer.body)["traces"]


def _judged(question: Question, limit_ms: int, timings: list[Timing], wrong: int) -> Row:
    in_server = quantile([timing.server_ms for timing in timings], 0.5)
    lists = [timing.database_ms for timing in timings]
    median, most = quantile(lists, 0.5), max(lists)
    measured = f"median {median:.1f} ms, slowest {most:.1f} ms (with its total {in_server:.1f} ms)"
    return Row(
        f"list, {len(timings)} times: {question.what}",
        f"{limit_ms} ms, {SPREAD * limit_ms} ms",
        f"{measured}; {wrong} WRONG ANSWERS" if wrong else measured,
        not wrong and median <= limit_ms and most <= SPREAD * limit_ms,
    )
