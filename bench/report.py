"""Measurements in, a table out: for a terminal, or as the README shows it."""

from __future__ import annotations

import os
import platform
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
