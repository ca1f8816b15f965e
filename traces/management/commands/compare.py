"""`manage.py compare A B`: why B took longer than A; `--a SEARCH --b SEARCH`: what tells two groups apart.

As text in the terminal, while the server runs.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from traces import queries
from traces.core.analysis import analyse
from traces.core.diff import Tolerance, diff_of
from traces.core.diff.differences import differences_of
from traces.core.diff.text import DEFAULT_WIDTH, text_diff
from traces.core.tree import trace_of
from traces.management import groups
from traces.management.stored import connect, positive, stored_id


class Command(BaseCommand):
    help = "Prints what is different between two traces, or two groups of them, and what makes the difference."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        for name, role in (("a", "the trace that is as it should be"), ("b", "the one in question")):
            parser.add_argument(name, nargs="?", help=f"{role}: its id, or one of a span of it, in any spelling")
        parser.add_argument("--width", type=positive, help="in columns (the terminal's, or COLUMNS)")
        parser.add_argument("--percent", type=positive, default=Tolerance().percent, help="tolerance for durations")
        groups.add_arguments(parser)
        parser.add_argument("--data-dir", type=Path, help=f"of the embedded database ({settings.DATA_DIR})")

    def handle(self, *, a: str | None, b: str | None, data_dir: Path | None, **options: Any) -> None:
        of_groups = options["group_a"] or options["group_b"]
        if bool(of_groups) == bool(a and b) or bool(a) != bool(b):
            raise CommandError("name two traces, or searches with --a and --b")
        connect(data_dir)
        try:
            lines = groups.lines_of(options) if of_groups else self._diff(str(a), str(b), **options)
        except DatabaseError as error:
            raise CommandError(str(error).strip()) from error
        for line in lines:
            self.stdout.write(line)

    def _diff(self, a: str, b: str, *, width: int | None, percent: int, **options: Any) -> Iterable[str]:
        sides = [analyse(trace_of(queries.trace_columns(stored_id(one))[1])) for one in (a, b)]
        diff, tolerance = diff_of(*sides), Tolerance(percent)
        columns = width or shutil.get_terminal_size((DEFAULT_WIDTH, 24)).columns
        return text_diff(diff, differences_of(diff, tolerance), tolerance, width=columns)
