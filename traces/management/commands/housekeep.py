"""`manage.py housekeep`: what `serve` does beside the pages, for servers without it. Ends on SIGTERM or SIGINT."""

from __future__ import annotations

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand

from traces import housekeeping


class Command(BaseCommand):
    help = "Makes partitions ahead, flushes indexes, drops what is past the retention; until stopped."

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        housekeeping.run(stop)
