"""A load in, where ingest spends its time out: decode, judge and store in this one process."""

from __future__ import annotations

import cProfile
import os
import pstats
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from bench import frames, processes
from bench.frames import Body
from bench.server import folder_in, postmaster
from tracing_ui import embedded

SPANS = 100_000
T = TypeVar("T")


def profile_ingest(file: Path, *, scratch: Path) -> None:
    """Twice over the same bodies, with new ids: on the clock, then under the profiler, which distorts."""
    bodies = frames.read(file, limit=SPANS)
    with _database(scratch) as url:
        stages = _Stages()
        for body in bodies[:20]:  # fills what is remembered of the database
            stages.run(body)
        _print_stages(stages, bodies[20:], postmaster(url))
        _print_profile(stages, bodies)


class _Stages:
    """Bytes to rows as an ingest worker does it, each stage on the clock."""

    def __init__(self) -> None:
        from traces.intake import Limits, judge
        from traces.store import Writer
        from traces.wire import otlp_protobuf

        self.seconds: dict[str, float] = defaultdict(float)
        self._decode, self._judge, self._write = otlp_protobuf.decode, judge, Writer().write
        self._limits = Limits()

    def run(self, body: Body) -> None:
        data = bytes(body.data)
        decoded = self._timed("decode", lambda: self._decode(data))
        judged = self._timed("judge", lambda: self._judge(decoded.spans, self._limits, now_ns=time.time_ns()))
        self._timed("store", lambda: self._write(judged.spans))
        body.renew()

    def _timed(self, stage: str, work: Callable[[], T]) -> T:
        wall, cpu = time.perf_counter(), time.thread_time()
        result = work()
        self.seconds[f"{stage}, CPU"] += time.thread_time() - cpu
        self.seconds[f"{stage}, waiting"] += time.perf_counter() - wall - (time.thread_time() - cpu)
        return result


def _print_stages(stages: _Stages, bodies: list[Body], postmaster_pid: int) -> None:
    stages.seconds.clear()
    before = processes.cpu_seconds(postmaster_pid)
    for body in bodies:
        stages.run(body)
    stages.seconds["PostgreSQL, CPU"] = processes.cpu_seconds(postmaster_pid) - before
    spans = sum(body.spans for body in bodies)
    print(f"µs a span, over {spans:,} spans in {len(bodies):,} bodies:")
    for stage, seconds in stages.seconds.items():
        print(f"  {stage:20} {seconds / spans * 1e6:6.2f}")


def _print_profile(stages: _Stages, bodies: list[Body]) -> None:
    profile = cProfile.Profile()
    profile.enable()
    for body in bodies:
        stages.run(body)
    profile.disable()
    pstats.Stats(profile).sort_stats("tottime").print_stats(30)


@contextmanager
def _database(scratch: Path) -> Iterator[str]:
    """A database of our own with today's tables, and Django set up to use it."""
    with folder_in(scratch) as folder:
        try:
            url = embedded.start(folder / "data")
            _set_up_django(url)
            yield url
        finally:
            embedded.stop(folder / "data")


def _set_up_django(url: str) -> None:
    os.environ |= {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "tracing_ui.settings"}
    from django.core.management import call_command

    import tracing_ui.wsgi  # noqa: F401 - sets Django and the garbage collector up as a worker has them

    call_command("migrate", verbosity=0)
