"""`manage.py serve`: flags and settings in, a running Tracing UI out."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentTypeError
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

_FLAGS = (
    "host",
    "port",
    "otlp_port",
    "otlp_grpc_port",
    "workers",
    "ingest_workers",
    "data_dir",
    "allow_anonymous",
)


def _number(least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not text.isdecimal() or not least <= int(text) <= most:
            raise ArgumentTypeError(f"should be a whole number from {least} to {most}")
        return int(text)

    return read


class Command(BaseCommand):
    help = "Starts Tracing UI: a database (unless DATABASE_URL names one), the pages, the receiver of spans."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        port, workers = _number(1, 65_535), _number(1, 256)
        parser.add_argument("--host", help=f"where to listen ({settings.HOST})")
        parser.add_argument("--port", type=port, help=f"of the pages and the API ({settings.PORT})")
        parser.add_argument("--otlp-port", type=port, help=f"where spans come in ({settings.OTLP_PORT})")
        parser.add_argument(
            "--otlp-grpc-port",
            type=_number(0, 65_535),
            help=f"where spans come in by gRPC ({settings.OTLP_GRPC_PORT}); 0: nowhere",
        )
        parser.add_argument("--workers", type=workers, help=f"processes for pages ({settings.WORKERS})")
        parser.add_argument("--ingest-workers", type=workers, help=f"for spans ({settings.INGEST_WORKERS})")
        parser.add_argument("--data-dir", type=Path, help=f"of the embedded database ({settings.DATA_DIR})")
        parser.add_argument(
            "--allow-anonymous",
            action="store_true",
            default=None,
            help="listen beyond this machine, without logins",
        )
        parser.add_argument("--demo", action="store_true", help="fill an empty store with the traces of a small shop")
        parser.add_argument("--live", action="store_true", help="--demo, and more of them until stopped")

    def handle(self, **options: Any) -> None:
        for name in _FLAGS:
            value = getattr(settings, name.upper()) if options[name] is None else options[name]
            if name == "data_dir":
                value = value.expanduser().absolute()
            os.environ[f"TRACING_UI_{name.upper()}"] = str(int(value) if isinstance(value, bool) else value)
        os.environ["TRACING_UI_DEMO"] = "live" if options["live"] else "once" if options["demo"] else ""
        os.chdir(settings.BASE_DIR)
        # Django has done its part: the parent of all goes on without it. `ps` still shows what was typed.
        os.execv(sys.executable, [sys.executable, "-m", "tracing_ui.serving", *sys.argv])
