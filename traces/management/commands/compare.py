"""`manage.py compare A B`: why B took longer than A, as text in the terminal, while the server runs."""

from __future__ import annotations

import shutil
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
from traces.management.stored import connect, positive, stored_id


class Command(BaseCommand):
    help = "Prints what is different between two traces, and what the difference of their durations is made of."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        for name, role in (("a", "the trace that is as it should be"), ("b", "the one in question")):
            parser.add_argument(name, help=f"{role}: its id, or one of a span of it, in any spelling")
        parser.add_argument("--width", type=positive, help="in columns (the terminal's, or COLUMNS)")
        parser.add_argument("--percent", type=positive, default=Tolerance().percent, help="tolerance for durations")
        parser.add_argument("--data-dir", type=Path, help=f"of the embedded database ({settings.DATA_DIR})")

    def handle(self, *, a: str, b: str, width: int | None, percent: int, data_dir: Path | None, **options: Any) -> None:
        connect(data_dir)
        try:
            sides = [analyse(trace_of(queries.trace_columns(stored_id(one))[1])) for one in (a, b)]
        except DatabaseError as error:
            raise CommandError(str(error).strip()) from error
        diff, tolerance = diff_of(*sides), Tolerance(percent)
        columns = width or shutil.get_terminal_size((DEFAULT_WIDTH, 24)).columns
        for line in text_diff(diff, differences_of(diff, tolerance), tolerance, width=columns):
            self.stdout.write(line)
