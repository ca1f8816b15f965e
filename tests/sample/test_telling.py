"""What the shop tells, before anybody has stored it."""

from __future__ import annotations

import socket
import time
from random import Random

import pytest
from opentelemetry.sdk.trace import ReadableSpan

from traces import sample
from traces.core.sample import KEY, NAME, is_sample_id
from traces.core.timescale import MINUTE
from traces.sample import sending
from traces.sample.browsing import home
from traces.sample.buying import checkout
from traces.sample.importing import import_catalogue
from traces.sample.schedule import Buying, hour, stories
from traces.sample.work import Staff, Story

NOW_NS = 1_772_442_900_000_000_000


def told(seed: int, *, every: int = 1) -> list[ReadableSpan]:
    """Every so many-th thing of the hour, without the import of ten thousand spans."""
    staff = Staff(Random(seed))
    for event in hour(seed, NOW_NS)[::every]:
        if event.tell is not import_catalogue:
            event.tell(Story(staff, Random(event.seed), at_ns=event.at_ns, now_ns=NOW_NS))
    return staff.ended.spans


def content(spans: list[ReadableSpan]) -> list[object]:
    return [(s.name, s.context, s.parent, s.start_time, s.end_time, dict(s.attributes or {})) for s in spans]


def test_same_seed_tells_the_same_and_another_something_else() -> None:
    once = content(told(1, every=40))
    assert once == content(told(1, every=40))
    assert once != content(told(2, every=40))


@pytest.mark.parametrize("seed", [1, 2])
def test_whatever_is_told_is_over_and_of_the_last_hour(seed: int) -> None:
    for span in told(seed, every=10):
        assert span.start_time is not None
        assert span.end_time is not None
        assert NOW_NS - 60 * MINUTE < span.start_time <= span.end_time < NOW_NS
        assert span.resource.attributes[KEY] == NAME
        assert span.context
        assert is_sample_id(span.context.trace_id.to_bytes(16))


def test_live_can_tell_all_that_the_hour_has() -> None:
    """In less time than lies between what happens and its being sent."""
    rng = Random(1)
    staff, buying = Staff(rng), Buying()
    for tell in stories(buying):
        for _ in range(40):
            tell(Story(staff, rng, at_ns=NOW_NS - sending.LIVE_DELAY_S * 10**9, now_ns=NOW_NS))
    ends = [span.end_time for span in staff.ended.spans if span.end_time]
    assert [end for end in ends if end > NOW_NS] == []


def test_small_story_is_a_tree_with_the_callers_around_the_called() -> None:
    rng = Random(3)
    staff = Staff(rng)
    home(Story(staff, rng, at_ns=NOW_NS, now_ns=NOW_NS))
    spans = {span.context.span_id: span for span in staff.ended.spans if span.context}
    roots = [span for span in spans.values() if span.parent is None]
    assert [root.name for root in roots] == ["GET /"]
    for span in spans.values():
        if span.parent:
            assert span.parent.span_id in spans


def test_old_checkout_asks_once() -> None:
    rng = Random(5)
    staff = Staff(rng)
    checkout(Story(staff, rng, at_ns=NOW_NS - 50 * MINUTE, now_ns=NOW_NS))
    assert sum(span.name == "POST /v1/charges" for span in staff.ended.spans) <= 1


def test_server_that_takes_nothing_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "TIMEOUT_S", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as free:
        endpoint = f"http://127.0.0.1:{free.getsockname()[1]}/v1/traces"
    began = time.monotonic()
    with pytest.raises(sample.Failed):
        sample.fill(endpoint, now_ns=NOW_NS, pause=lambda _: False, report=print)
    assert time.monotonic() - began < 10


def test_live_goes_on_after_a_failure_and_keeps_nothing_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "TIMEOUT_S", 0.05)
    complaints: list[str] = []
    turns = iter([False, False, False, True])
    with socket.create_server(("127.0.0.1", 0)) as free:
        endpoint = f"http://127.0.0.1:{free.getsockname()[1]}/v1/traces"
    sent = sample.keep_coming(endpoint, pause=lambda _: next(turns), complain=complaints.append)
    assert sent == (0, 0)
    assert len(complaints) == 3
