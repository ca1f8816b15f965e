"""`manage.py show <id>`: a trace as text in the terminal, while the server runs."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from traces import queries
from traces.core.text_waterfall import DEFAULT_WIDTH, MOST_ROWS, text_waterfall
from traces.core.tree import trace_of
from traces.management.stored import connect, positive, stored_id


class Command(BaseCommand):
    help = "Prints a trace's waterfall as text."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("id", help="a trace's or a span's id in any spelling, or a text that holds one")
        parser.add_argument("--width", type=positive, help="in columns (the terminal's, or COLUMNS)")
        parser.add_argument("--rows", type=positive, default=MOST_ROWS, help=f"at most ({MOST_ROWS:,})")
        parser.add_argument("--data-dir", type=Path, help=f"of the embedded database ({settings.DATA_DIR})")

    def handle(self, *, id: str, width: int | None, rows: int, data_dir: Path | None, **options: Any) -> None:
        connect(data_dir)
        try:
            trace = trace_of(queries.trace_columns(stored_id(id))[1])
        except DatabaseError as error:
            raise CommandError(str(error).strip()) from error
        columns = width or shutil.get_terminal_size((DEFAULT_WIDTH, 24)).columns
        for line in text_waterfall(trace, width=columns, most_rows=rows):
            self.stdout.write(line)
