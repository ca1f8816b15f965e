"""`manage.py remove_sample`: takes the sample traces out again, while the server runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from traces.store import sample
from tracing_ui import embedded


class Command(BaseCommand):
    help = "Removes the sample traces and nothing else, and stops whoever sends them."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--data-dir", type=Path, help=f"of the embedded database ({settings.DATA_DIR})")

    def handle(self, *, data_dir: Path | None, **options: Any) -> None:
        folder = (data_dir or settings.DATA_DIR).expanduser().absolute()
        url = settings.DATABASE_URL or embedded.running_url(folder)
        if not url:
            raise CommandError(f"Tracing UI isn't running on {folder}. Start it (make run), then remove the sample.")
        try:
            with psycopg.connect(url, autocommit=True) as connection, connection.cursor() as cursor:
                removed = sample.remove(cursor)
        except (sample.Busy, psycopg.Error) as error:
            raise CommandError(str(error).strip()) from error
        if removed.spans:
            self.stdout.write(f"Removed the sample: {removed.spans:,} spans.")
        else:
            self.stdout.write("There is no sample here.")
