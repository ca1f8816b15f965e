"""Measurements in, a table out: for a terminal, or as the README shows it."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Iterable
from typing import NamedTuple

from tracing_ui.embedded_settings import memory_bytes


class Row(NamedTuple):
    """One line of the table. `passed` says whether the target was met; None where there is none."""

    what: str
    target: str
    measured: str
    passed: bool | None = None


HEADER = Row("what", "at least", "measured")
_MARKS = {True: "✓", False: "✗", None: ""}


def machine(postgres: str) -> str:
    return (
        f"{os.cpu_count()} cores, {memory_bytes() / (1 << 30):.0f} GB of memory, {platform.machine()}, "
        f"Python {platform.python_version()}, {postgres}; sender, server and database share them"
    )


def yardstick() -> str:
    """How fast the machine is at the moment, and how busy with other things: figures compare as this does."""
    times_ms = [_yardstick_ms() for _ in range(5)]
    cpu_ms, clock_ms = (sum(times) / len(times) for times in zip(*times_ms, strict=True))
    return f"yardstick: a fixed loop of Python takes {cpu_ms:.0f} ms of CPU, {clock_ms:.0f} ms on the clock"


def _yardstick_ms() -> tuple[float, float]:
    """Of CPU, on the clock."""
    cpu, clock, state = time.process_time(), time.perf_counter(), 1
    for _ in range(1_000_000):
        state = state * 1_103_515_245 + 12_345 & 0x7FFF_FFFF
    return (time.process_time() - cpu) * 1000, (time.perf_counter() - clock) * 1000


def as_markdown(rows: Iterable[Row]) -> str:
    lines = [_markdown_line(HEADER, ""), "|---|---|---|---|"]
    return "\n".join(lines + [_markdown_line(row, _MARKS[row.passed]) for row in rows])


def as_text(rows: Iterable[Row]) -> str:
    rows = [HEADER, *rows]
    widths = [max(len(row.what) for row in rows), max(len(row.target) for row in rows)]
    return "\n".join(_text_line(row, widths) for row in rows)


def _markdown_line(row: Row, mark: str) -> str:
    return f"| {row.what} | {row.target} | {row.measured} | {mark} |"


def as_line(row: Row) -> str:
    return _text_line(row, [0, 0])


def _text_line(row: Row, widths: list[int]) -> str:
    return f"{_MARKS[row.passed]:1} {row.what:{widths[0]}}  {row.target:{widths[1]}}  {row.measured}"
