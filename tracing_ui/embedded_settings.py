"""The machine's memory in, the text of the embedded PostgreSQL's settings file out; a line each says why."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path

# name, value, why. {shared_mb} and {cache_mb} come from the machine's memory.
SETTINGS = [
    ("listen_addresses", "''", "no network: the socket in a closed folder is the only door"),
    ("port", "5432", "only a part of the socket's name"),
    ("max_connections", "100", "two ingest workers, the pages and psql need a few dozen"),
    ("TimeZone", "'UTC'", "times are nanoseconds; what is printed for people is UTC"),
    # Memory
    (
        "shared_buffers",
        "{shared_mb}MB",
        "index pages of the newest partition; more is the page cache's business",
    ),
    ("effective_cache_size", "{cache_mb}MB", "about what the page cache holds; only a hint to the planner"),
    ("huge_pages", "try", "fewer page-table misses where the machine offers them"),
    ("work_mem", "32MB", "sorting a result list stays in memory"),
    ("maintenance_work_mem", "128MB", "building and flushing GIN indexes, vacuum"),
    # Writing
    ("synchronous_commit", "on", "acknowledged means on disk"),
    ("wal_buffers", "16MB", "a batch of spans is a megabyte of log; the default fills within a few"),
    ("max_wal_size", "4GB", "the load writes 1.4 kB of log a span: at 1 GB a checkpoint every 15 s"),
    ("min_wal_size", "256MB", "recycled files instead of new ones after a quiet night"),
    ("checkpoint_timeout", "15min", "each checkpoint makes every page be logged whole once more"),
    ("checkpoint_completion_target", "0.9", "written out evenly, so no request waits for a burst"),
    # Reading
    ("jit", "off", "compiling costs more than these short queries take"),
    ("random_page_cost", "1.1", "laptops have SSDs; 4 would talk the planner out of indexes"),
    # Housekeeping
    ("autovacuum_naptime", "15s", "trace rows change four or five times within seconds"),
    ("autovacuum_vacuum_cost_limit", "1000", "keeps up with 50,000 spans a second; 200 falls behind"),
    ("idle_in_transaction_session_timeout", "60s", "a hung writer must not hold back vacuum for ever"),
    ("client_connection_check_interval", "10s", "a killed worker's query ends instead of running on"),
    # Log: server.log, which the parent keeps short
    ("logging_collector", "off", "one file, trimmed by us: no process, no pile of files"),
    ("log_min_messages", "log", "a batch sent twice is an ordinary error here and not worth a line"),
    ("log_min_error_statement", "panic", "statements carry people's data"),
    ("log_error_verbosity", "terse", "details repeat values"),
    ("log_line_prefix", "'%m [%p] '", "when and who"),
]


def settings_text(overrides: Mapping[str, str]) -> str:
    memory_mb = memory_bytes() >> 20
    sizes = {"shared_mb": max(32, min(256, memory_mb // 8)), "cache_mb": max(128, memory_mb // 2)}
    lines = ["# Written anew at each start. Your own settings: ALTER SYSTEM SET …, which wins."]
    lines += [f"{name} = {value.format(**sizes)}  # {why}" for name, value, why in SETTINGS]
    return "\n".join([*lines, *(f"{name} = {value}" for name, value in overrides.items())]) + "\n"


def memory_bytes() -> int:
    """What we may use: the machine's memory, or the container's limit where that is less."""
    limits = [os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")]
    for file in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        with contextlib.suppress(OSError, ValueError):
            limits.append(int(Path(file).read_text()))
    return min(limits)
