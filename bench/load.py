"""Settings in, a file of request bodies and its sidecar out: the load, the same bytes for the same settings.

The file is frames of [uint32 length][uint32 spans][body], big-endian, a body an ExportTraceServiceRequest.
Times count from T0; whoever sends moves them to now. `FILE.meta.json` holds what must be found afterwards.
"""

from __future__ import annotations

import gc
import json
import multiprocessing
import os
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from bench.bodies import FRAME_HEAD, Frame, pack_by_count, pack_by_instance
from bench.spans import Encoded, Trace, encode, new_trace
from bench.summary import Summary
from bench.trees import fail, grow, schedule, trace_size

T0_NS = 1_767_225_600 * 10**9
WINDOW_NS = 25 * 60 * 10**9
CHUNK_SPANS = 100_000  # what one process makes at a time; part of the settings, so that the bytes don't depend on cores
BODY_SPANS = 512


class Load(NamedTuple):
    """What a load is like. `sdk`: bodies of one service instance each, a share `again` of them sent twice."""

    spans: int
    sdk: bool = False
    again: float = 0.0
    seed: int = 42

    @property
    def window_ns(self) -> int:
        """When the traces start. A smaller load takes less time: as many traces at once, bodies as full."""
        usual = 600_000 if self.sdk else 1_000_000
        return WINDOW_NS * min(self.spans, usual) // usual

    @property
    def file_name(self) -> str:
        shape = f"sdk-again{self.again:g}" if self.sdk else f"bodies{BODY_SPANS}"
        return f"{shape}-{self.spans}-seed{self.seed}.otlp"


def ensure(load: Load, folder: Path) -> Path:
    """The load's file; made if it is not there."""
    path = folder / load.file_name
    if not path.with_name(path.name + ".meta.json").exists():
        folder.mkdir(parents=True, exist_ok=True)
        write(load, path)
    return path


def write(load: Load, path: Path) -> None:
    partial = path.with_name(path.name + ".partial")
    summary = Summary()
    with (
        partial.open("wb") as out,
        multiprocessing.Pool(min(2, os.cpu_count() or 1), initializer=gc.disable) as pool,
    ):
        for frames, part in pool.imap(_chunk, [(load, index) for index in range(_chunks(load))]):
            for body, spans in frames:
                out.write(FRAME_HEAD.pack(len(body), spans))
                out.write(body)
            summary.add(part)
    partial.replace(path)
    meta: dict[str, Any] = {"t0": T0_NS // 10**9, **load._asdict(), **summary.as_dict()}
    path.with_name(path.name + ".meta.json").write_text(json.dumps(meta, indent=1))


def _chunks(load: Load) -> int:
    return -(-load.spans // CHUNK_SPANS)


def _chunk(job: tuple[Load, int]) -> tuple[list[Frame], Summary]:
    """The bodies of one slice of the window."""
    load, index = job
    rng = Random(load.seed * 1_000_003 + index)
    summary = Summary()
    arrivals = _arrivals(rng, load, index, summary)
    frames = list(
        pack_by_instance(arrivals, BODY_SPANS, rng, load.again) if load.sdk else pack_by_count(arrivals, BODY_SPANS)
    )
    summary.count_bodies(frames)
    return frames, summary


def _arrivals(rng: Random, load: Load, index: int, summary: Summary) -> Iterator[tuple[int, list[Encoded]]]:
    """Each trace's start and spans, in the order of the starts."""
    sizes = _sizes(rng, min(CHUNK_SPANS, load.spans - index * CHUNK_SPANS))
    begin = T0_NS + load.window_ns * index * CHUNK_SPANS // load.spans
    step = load.window_ns * sum(sizes) // load.spans // len(sizes)
    previous: Trace | None = None
    for place, size in enumerate(sizes):
        start_ns = begin + place * step + int(rng.random() * step)
        trace = _a_trace(rng, size, start_ns)
        summary.count(trace)
        yield start_ns, encode(rng, trace, previous)
        previous = trace


def _sizes(rng: Random, spans: int) -> list[int]:
    sizes = []
    while spans:
        sizes.append(min(trace_size(rng), spans))
        spans -= sizes[-1]
    return sizes


def _a_trace(rng: Random, size: int, start_ns: int) -> Trace:
    nodes = grow(rng, size)
    schedule(rng, nodes, start_ns)
    failed = rng.random() < 0.02
    if failed:
        fail(rng, nodes)
    return new_trace(rng, nodes, error=failed)
