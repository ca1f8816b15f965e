"""In: `--a` and `--b` of a command. Out: the report of the comparison of these two searches.

For `manage.py compare`: `add_arguments` declares them, `lines_of` says it all.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandError, CommandParser

from traces import queries
from traces.search import BadQuery
from traces.search.sides import DEFAULT_SIZE, LEAST_SIZE, MOST_SIZE, searches_of, size_of


def add_arguments(parser: CommandParser) -> None:
    parser.add_argument("--a", dest="group_a", help="a search: user.id=42, or service=checkout&max_duration=500ms")
    parser.add_argument("--b", dest="group_b", help="the other search; one of the two may be left out: all traces")
    parser.add_argument("--last", help="the range of a side that names none: 15m, 24h, 7d, all (1h)")
    parser.add_argument("--n", default="", help=f"traces a side, {LEAST_SIZE} to {MOST_SIZE:,} ({DEFAULT_SIZE:,})")


def lines_of(options: Mapping[str, Any]) -> list[str]:
    """Raises CommandError that names the option."""
    said = {"a": options.get("group_a"), "b": options.get("group_b"), "last": options.get("last")}
    params = {name: text for name, text in said.items() if text}
    try:
        a, b = searches_of(params, time.time_ns())
        return queries.group_report(a, b, most=size_of(options.get("n") or ""))
    except BadQuery as error:
        raise CommandError(f"--{error.field}: {error}") from error
