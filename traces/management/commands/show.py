"""`manage.py show <id>`: a trace as text in the terminal, while the server runs."""

from __future__ import annotations

import shutil
from argparse import ArgumentTypeError
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, connection

from traces import queries
from traces.core.text_waterfall import DEFAULT_WIDTH, MOST_ROWS, text_waterfall
from traces.core.tree import trace_of
from traces.search.pasted import read_pasted
from tracing_ui import embedded, environment


def _positive(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise ArgumentTypeError("should be a whole number above 0")
    return int(text)


class Command(BaseCommand):
    help = "Prints a trace's waterfall as text."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("id", help="a trace's or a span's id in any spelling, or a text that holds one")
        parser.add_argument("--width", type=_positive, help="in columns (the terminal's, or COLUMNS)")
        parser.add_argument("--rows", type=_positive, default=MOST_ROWS, help=f"at most ({MOST_ROWS:,})")
        parser.add_argument("--data-dir", type=Path, help=f"of the embedded database ({settings.DATA_DIR})")

    def handle(self, *, id: str, width: int | None, rows: int, data_dir: Path | None, **options: Any) -> None:
        self._connect((data_dir or settings.DATA_DIR).expanduser().absolute())
        try:
            trace = trace_of(queries.trace_columns(_stored_id(id))[1])
        except DatabaseError as error:
            raise CommandError(str(error).strip()) from error
        columns = width or shutil.get_terminal_size((DEFAULT_WIDTH, 24)).columns
        for line in text_waterfall(trace, width=columns, most_rows=rows):
            self.stdout.write(line)

    def _connect(self, folder: Path) -> None:
        """Django's connection leads to the embedded server, unless there is a DATABASE_URL."""
        if settings.DATABASE_URL:
            return
        url = embedded.running_url(folder)
        if not url:
            raise CommandError(f"Tracing UI isn't running on {folder}. Start it (make run), then look at a trace.")
        connection.settings_dict.update(environment.database(url))


def _stored_id(text: str) -> bytes:
    pasted = read_pasted(text)
    spans = [bytes.fromhex(id) for id in pasted.spans]
    stored = queries.stored_traces([bytes.fromhex(id) for id in pasted.traces], spans)
    if not stored and spans:
        stored = queries.traces_of_spans(spans) or []
    if not stored:
        raise CommandError("No trace with such an id is stored here.")
    if len(stored) > 1:
        ids = "\n".join(found.trace.trace_id.hex() for found in stored)
        raise CommandError(f"Several traces are stored under ids in this text:\n{ids}")
    return stored[0].trace.trace_id
