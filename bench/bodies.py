"""Spans by their traces' starts in, request bodies out: all services in one, or as SDKs send them."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from functools import cache
from operator import attrgetter
from random import Random
from typing import NamedTuple

from bench.protobuf import attributes, field, text_field
from bench.shop import SERVICES, resource
from bench.spans import Encoded

FRAME_HEAD = struct.Struct(">II")  # a body's length, its spans
EXPORT_EVERY_NS = 5 * 10**9
_LATEST_END = 1 << 63
Arrivals = Iterable[tuple[int, list[Encoded]]]


class Frame(NamedTuple):
    body: bytes
    spans: int


def in_order_of_end(arrivals: Arrivals, at_once: int = 200) -> Iterator[Encoded]:
    """A span is exported when it ends: none comes out while a later trace can still have an earlier one."""
    waiting: list[Encoded] = []
    for number, (start_ns, spans) in enumerate(arrivals):
        if number % at_once == 0:
            ended = _ended(waiting, start_ns)
            yield from waiting[:ended]
            del waiting[:ended]
        waiting += spans
    _ended(waiting, _LATEST_END)
    yield from waiting


def _ended(waiting: list[Encoded], until_ns: int) -> int:
    """Sorts, and says how many ended before `until_ns`."""
    waiting.sort(key=attrgetter("end"))
    return next((place for place, span in enumerate(waiting) if span.end > until_ns), len(waiting))


def pack_by_count(arrivals: Arrivals, size: int) -> Iterator[Frame]:
    """`size` spans a body, whoever made them, as a collector sends them."""
    batch: list[Encoded] = []
    for span in in_order_of_end(arrivals):
        batch.append(span)
        if len(batch) == size:
            yield _frame(batch)
            batch = []
    if batch:
        yield _frame(batch)


def pack_by_instance(arrivals: Arrivals, size: int, rng: Random, again: float) -> Iterator[Frame]:
    """One service instance a body, sent when full or after 5 s; a share `again` twice, as by retries."""
    queues: dict[tuple[int, int], list[Encoded]] = {}
    for span in in_order_of_end(arrivals):
        queue = queues.setdefault((span.service, span.instance), [])
        if queue and (len(queue) >= size or span.end - queue[0].end > EXPORT_EVERY_NS):
            yield from _deliver(queue, rng, again)
            queue.clear()
        queue.append(span)
    for key in sorted(queues):
        yield from _deliver(queues[key], rng, again)


def _deliver(queue: list[Encoded], rng: Random, again: float) -> Iterator[Frame]:
    frame = _frame(queue)
    yield frame
    if rng.random() < again:
        yield frame


def _frame(spans: list[Encoded]) -> Frame:
    groups: dict[tuple[int, int], list[bytes]] = {}
    for span in spans:
        groups.setdefault((span.service, span.instance), []).append(span.data)
    return Frame(b"".join(_resource_spans(*key, groups[key]) for key in sorted(groups)), len(spans))


def _resource_spans(service: int, instance: int, spans: list[bytes]) -> bytes:
    scope_spans = field(2, _scope(service) + b"".join(spans))
    return field(1, _resource(service, instance) + scope_spans)


@cache
def _resource(service: int, instance: int) -> bytes:
    return field(1, attributes(1, resource(service, instance)))


@cache
def _scope(service: int) -> bytes:
    name = f"io.opentelemetry.{SERVICES[service].language}.shop"
    return field(1, text_field(1, name) + text_field(2, "2.20.1"))
