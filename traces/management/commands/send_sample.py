"""`manage.py send_sample`: what `serve --demo` runs beside the servers. Ends when the sample is removed."""

from __future__ import annotations

import os
import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, connection
from psycopg import Error

from traces import queries
from traces.store import sample as stored
from tracing_ui import doors

REPORT_EVERY_S = 1.0


class Command(BaseCommand):
    help = "Fills an empty store with the sample traces of a small shop, sent over OTLP to the running server."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--live", action="store_true", help="keep some requests a second coming until stopped")

    def handle(self, *, live: bool, **options: Any) -> None:
        # The SDK would read them, and whoever tries this out may have set some for their own programs.
        for name in [name for name in os.environ if name.startswith("OTEL_")]:
            del os.environ[name]
        try:
            if self._wanted(live) and live:
                self._keep_coming()
        except (DatabaseError, Error) as error:
            self._say(f"stopped, the database says: {str(error).strip().splitlines()[0]}")
            raise SystemExit(1) from error

    def _wanted(self, live: bool) -> bool:
        """Fills the store if it is empty; whether the sample is there now."""
        connection.ensure_connection()
        if not stored.claim(_cursor()):
            self._say("somebody else is sending it already.")
        elif queries.store_is_empty():
            return self._fill()
        elif queries.has_sample():
            self._say("it is here already." + ("" if live else " manage.py remove_sample removes it."))
            return True
        else:
            self._say("there are other traces here, so none are added. --demo needs an empty store (--data-dir).")
        return False

    def _fill(self) -> bool:
        from traces import sample

        began = reported = time.monotonic()

        def report(sent: sample.Sent) -> None:
            nonlocal reported
            if time.monotonic() - reported >= REPORT_EVERY_S:
                reported = time.monotonic()
                self._say(f"{sent.traces:,} of {sample.TRACES:,} traces")

        try:
            sent = sample.fill(_endpoint(), now_ns=time.time_ns(), pause=_pause, report=report)
        except sample.Failed as error:
            self._say(f"not all could be sent: {error}. Remove what is there and start again.")
            raise SystemExit(1) from error
        if stored.is_unwanted(_cursor()):
            self._say("stopped, for it is being removed.")
            return False
        self._say(
            f"{sent.traces:,} traces with {sent.spans:,} spans in {time.monotonic() - began:.0f} s. "
            "The pages' button removes them, and so does manage.py remove_sample."
        )
        return True

    def _keep_coming(self) -> None:
        from traces import sample

        self._say("more keep coming until they are removed.")
        sample.keep_coming(_endpoint(), pause=_pause, complain=self._say)
        self._say("no more are coming, for they are being removed.")

    def _say(self, text: str) -> None:
        self.stdout.write(f"Sample: {text}")
        self.stdout.flush()


def _endpoint() -> str:
    host = doors.in_url(doors.reachable(settings.HOST))
    return f"http://{host}:{settings.OTLP_PORT}/v1/traces"


def _pause(seconds: float) -> bool:
    time.sleep(seconds)
    return stored.is_unwanted(_cursor())


def _cursor() -> Any:
    """Of the one connection that holds the claim: a lost one is not replaced."""
    return connection.connection.cursor()
