"""A process id in, what it and all its descendants used out: CPU and memory, from /proc."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

_TICKS = os.sysconf("SC_CLK_TCK")


class Memory(NamedTuple):
    """resident counts a page once for every process that shares it, proportional once altogether."""

    processes: int
    resident_bytes: int
    proportional_bytes: int


def tree(*roots: int) -> list[int]:
    """The processes and all their descendants."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (fields := _stat(int(entry.name))):
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    found = list(roots)
    for pid in found:
        found += [child for child in children.get(pid, []) if child not in found]
    return found


def cpu_seconds(*roots: int) -> float:
    """What the trees used so far; their ended members too, which are in their parent's count."""
    return sum(sum(map(int, fields[11:15])) for pid in tree(*roots) if (fields := _stat(pid))) / _TICKS


def memory(*roots: int, leave_out: int | None = None) -> Memory:
    """Of all processes of the trees but those of the tree `leave_out`."""
    pids = set(tree(*roots)) - set(tree(leave_out) if leave_out else [])
    found = [numbers for pid in pids if (numbers := _rollup(pid))]
    return Memory(len(found), sum(n.get("Rss", 0) for n in found), sum(n.get("Pss", 0) for n in found))


def parent(pid: int) -> int:
    return int(_stat(pid)[1])


def _stat(pid: int) -> list[str]:
    """The fields after the name, which may hold spaces: state, parent, …; none if the process is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    except OSError:
        return []


def _rollup(pid: int) -> dict[str, int]:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    except OSError:
        return {}
    return {line.split(":")[0]: int(line.split()[1]) * 1024 for line in lines}
