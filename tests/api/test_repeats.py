"""The same spans again: at once, later, in part, in another order. Stored once, counted once."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from tests.api.sending import OTLP, PROTOBUF, find, pb_span, post, protobuf, read

ERROR = Status(code=2)  # type: ignore[arg-type]
pytestmark = pytest.mark.usefixtures("store")


def a_trace(trace_id: bytes, size: int) -> list[Span]:
    """A root and its children; each fifth is an error."""
    return [
        pb_span(trace_id, n, None if n == 1 else 1, status=ERROR if n % 5 == 0 else None) for n in range(1, size + 1)
    ]


def send(spans: Iterable[Span], service: str = "shop") -> None:
    reply = post(OTLP, protobuf(*spans, service=service), PROTOBUF)
    assert (reply.status, reply.partial_success()) == (200, (0, ""))


def together(works: Iterable[Callable[[], object]]) -> None:
    errors: list[BaseException] = []

    def run(work: Callable[[], object]) -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - told by the test's own thread
            errors.append(error)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not [thread for thread in threads if thread.is_alive()]
    assert errors == []


def counted(trace_id: bytes) -> tuple[int, int, dict[str, int]]:
    (found,) = [trace for trace in find() if trace["trace_id"] == trace_id.hex()]
    assert found["has_root"]
    return found["span_count"], found["error_count"], found["services"]


ID, OTHER = bytes([1]) * 16, bytes([2]) * 16


def test_a_batch_that_comes_again_changes_nothing() -> None:
    spans = a_trace(ID, 20)
    for _ in range(3):
        send(spans)
    assert counted(ID) == (20, 4, {"shop": 20})
    assert len(read(ID)) == 20


def test_a_span_that_is_twice_in_a_batch_is_stored_once() -> None:
    spans = a_trace(ID, 5)
    send([*spans, *reversed(spans)])
    assert counted(ID) == (5, 1, {"shop": 5})


def test_parts_and_another_order_change_nothing() -> None:
    spans = a_trace(ID, 40)
    send(spans[10:30])
    send(reversed(spans[5:25]))
    send(random.Random(1).sample(spans, 40))
    send(spans[:3])
    assert counted(ID) == (40, 8, {"shop": 40})


def test_several_services_are_counted_apart() -> None:
    spans = a_trace(ID, 10)
    for _ in range(2):
        send(spans[:6], "shop")
        send(spans[6:], "payment")
    assert counted(ID) == (10, 2, {"shop": 6, "payment": 4})


def test_the_same_batch_from_many_at_once_is_stored_once() -> None:
    spans = a_trace(ID, 60) + a_trace(OTHER, 60)
    chance = random.Random(2)
    batches = [chance.sample(spans, len(spans)) for _ in range(12)]
    together([lambda batch=batch: send(batch) for batch in batches])  # type: ignore[misc]
    assert counted(ID) == counted(OTHER) == (60, 12, {"shop": 60})


def test_overlapping_parts_from_many_at_once_are_stored_once() -> None:
    spans = a_trace(ID, 80) + a_trace(OTHER, 80)
    chance = random.Random(3)
    parts = [chance.sample(spans, 60) for _ in range(20)]
    together([lambda part=part: send(part) for part in [*parts, spans]])  # type: ignore[misc]
    assert counted(ID) == counted(OTHER) == (80, 16, {"shop": 80})
    assert len(read(ID)) == 80


def test_several_processes_write_the_same_at_once_without_a_deadlock(with_settings: Callable[..., None]) -> None:
    from traces.api import ingestion

    spans = a_trace(ID, 100) + a_trace(OTHER, 100)
    chance = random.Random(4)
    judged = [_decoded(chance.sample(spans, 150)) for _ in range(9)]
    stores = [ingestion.store.__wrapped__() for _ in range(3)]
    together([lambda n=n, batch=batch: stores[n % 3].write(batch) for n, batch in enumerate(judged)])  # type: ignore[misc]
    send(spans)
    assert counted(ID) == counted(OTHER) == (100, 20, {"shop": 100})


def _decoded(spans: Iterable[Span]) -> list[Any]:
    from traces.wire import otlp_protobuf

    return otlp_protobuf.decode(protobuf(*spans)).spans


def test_children_that_come_first_make_a_trace_that_mends_itself() -> None:
    root, *children = a_trace(ID, 4)
    send([children[2]])
    (found,) = find()
    assert (found["has_root"], found["root_name"], found["span_count"]) == (False, "GET /", 1)
    send(children[:2])
    root.name = "POST /checkout"
    root.start_time_unix_nano -= 5_000_000
    root.end_time_unix_nano += 7_000_000
    send([root])
    (found,) = find()
    assert (found["has_root"], found["root_name"], found["span_count"]) == (True, "POST /checkout", 4)
    assert found["duration_ns"] == root.end_time_unix_nano - root.start_time_unix_nano
