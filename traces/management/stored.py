"""What commands share that read traces beside a running server: the way to its database, and to a trace in it."""

from __future__ import annotations

from argparse import ArgumentTypeError
from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError
from django.db import connection

from traces import queries
from traces.search.pasted import read_pasted
from tracing_ui import embedded, environment


def positive(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise ArgumentTypeError("should be a whole number above 0")
    return int(text)


def connect(data_dir: Path | None) -> None:
    """Django's connection leads to the embedded server, unless there is a DATABASE_URL."""
    if settings.DATABASE_URL:
        return
    folder = (data_dir or settings.DATA_DIR).expanduser().absolute()
    url = embedded.running_url(folder)
    if not url:
        raise CommandError(f"Tracing UI isn't running on {folder}. Start it (make run), then look at a trace.")
    connection.settings_dict.update(environment.database(url))


def stored_id(text: str) -> bytes:
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
