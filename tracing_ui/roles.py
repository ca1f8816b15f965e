"""What a child of `serve` does: `python -m tracing_ui.roles pages|ingest|migrate|sample <parent>`."""

from __future__ import annotations

import importlib
import multiprocessing.util
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from tracing_ui.spread import Application, Spread

MIN_POSTGRES = 15
# Longer than any request that is worth waiting for; then workers that refuse to stop are killed.
STOP_TIMEOUT_S = 6
# Requests that wait for a common commit hold a thread each, and one must be free to say 503. Idle ones end.
INGEST_THREADS = 96
# More than `traces.turns` lets search or wait for that, so that a trace never waits for a search. Idle ones end, too.
PAGES_THREADS = 12


def end_with_parent(parent: int) -> None:
    """Without the parent nobody would stop us: we'd hold the ports for ever."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(STOP_TIMEOUT_S)
        os._exit(1)

    threading.Thread(target=watch, name="end-with-parent", daemon=True).start()


def serve_http(app: str, *, port: int, workers: int, threads: int, beside: str = "") -> None:
    """Serves a WSGI app until SIGTERM; what is in work then is finished. Dead workers are replaced.

    `beside` names what each worker begins beside it: a function that returns how to end that again.
    """
    # Here, not above: this process stays small, and so does the one that migrates.
    from granian import Granian
    from granian.constants import HTTPModes, Interfaces
    from granian.http import HTTP1Settings
    from granian.log import LogLevels

    server = Granian(
        app,
        address=os.environ["TRACING_UI_HOST"],
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=threads,
        http=HTTPModes.http1,
        # Connections, not requests: an exporter keeps its one open while it has nothing to say.
        backlog=4096,
        backpressure=4096,
        http1_settings=HTTP1Settings(header_read_timeout=60_000),
        log_level=LogLevels.error,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_TIMEOUT_S,
    )
    server.serve(target_loader=_Loader(os.getpid(), Spread(workers), beside))


class _Loader:
    """Runs in each worker, which may not outlive its parent either. A class: it may have to be pickled."""

    def __init__(self, parent: int, spread: Spread, beside: str) -> None:
        self.parent, self.spread, self.beside = parent, spread, beside

    def __call__(self, target: str) -> Application:
        # Forked with handlers that mean the parent: until the server sets its own, SIGTERM simply ends us.
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        end_with_parent(self.parent)
        app = _named(target)
        if self.beside:
            # Workers end without Python's atexit.
            multiprocessing.util.Finalize(None, _named(self.beside)(), exitpriority=0)
        self.spread.join()
        return self.spread.around(app)


def _named(target: str) -> Callable[..., Any]:
    """`package.module:function`"""
    module, _, name = target.partition(":")
    found: Callable[..., Any] = getattr(importlib.import_module(module), name)
    return found


def migrate() -> None:
    import django
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import call_command
    from django.db import DatabaseError, NotSupportedError, connection

    try:
        django.setup()
        connection.ensure_connection()
        refuse_old_postgres(connection.pg_version)  # type: ignore[attr-defined]
        with connection.cursor() as cursor:
            # Two servers on one database, started at once, take turns.
            cursor.execute("SELECT pg_advisory_lock(hashtext('tracing_ui.migrate'))")
            call_command("migrate", interactive=False, verbosity=0)
            cursor.execute("SELECT pg_advisory_unlock(hashtext('tracing_ui.migrate'))")
        # Of other apps' files the pages use those of htmx alone.
        ignored = ["rest_framework", "drf_spectacular"]
        call_command("collectstatic", interactive=False, clear=True, verbosity=0, ignore_patterns=ignored)
    except ImproperlyConfigured as error:
        sys.exit(f"error: {error}")
    except NotSupportedError as error:
        sys.exit(f"error: The PostgreSQL of DATABASE_URL is too old: {error}. Use {MIN_POSTGRES} or newer.")
    except DatabaseError as error:
        sys.exit(unreachable(connection.settings_dict, error))
    except OSError as error:
        sys.exit(f"error: The pages' files can't be prepared in the data folder: {error}")


def refuse_old_postgres(version: int) -> None:
    if version // 10_000 < MIN_POSTGRES:
        sys.exit(
            f"error: The PostgreSQL of DATABASE_URL is version {version // 10_000}; Tracing UI needs "
            f"{MIN_POSTGRES} or newer. Upgrade it, or leave DATABASE_URL unset to use the embedded one."
        )


def unreachable(settings: dict[str, Any], error: Exception) -> str:
    where = f"{settings['HOST'] or 'the local socket'}:{settings['PORT'] or 5432}, database {settings['NAME']!r}"
    reason = str(error).strip().replace(settings.get("PASSWORD") or "\0", "***")
    return (
        f"error: The PostgreSQL of DATABASE_URL ({where}) can't be used:\n"
        + "\n".join(f"    {line}" for line in reason.splitlines())
        + "\nStart it or mend DATABASE_URL, or leave DATABASE_URL unset to use the embedded one."
    )


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "tracing_ui.served_settings"
    role, parent = sys.argv[1], int(sys.argv[2])
    end_with_parent(parent)
    match role:
        case "pages":
            workers, port = (int(os.environ[f"TRACING_UI_{name}"]) for name in ("WORKERS", "PORT"))
            serve_http(
                "tracing_ui.wsgi:application",
                port=port,
                workers=workers,
                threads=PAGES_THREADS,
                # Here, where Django is loaded already and less is to be done than where spans come in.
                beside="traces.housekeeping:beside",
            )
        case "ingest":
            names = ("INGEST_WORKERS", "OTLP_PORT", "OTLP_GRPC_PORT")
            workers, port, grpc_port = (int(os.environ[f"TRACING_UI_{name}"]) for name in names)
            serve_http(
                "tracing_ui.wsgi:ingest",
                port=port,
                workers=workers,
                threads=INGEST_THREADS,
                # A door that stays shut costs no memory.
                beside="traces.api.otlp_grpc:open_door" if grpc_port else "",
            )
        case "migrate":
            migrate()
        case "sample":
            import django
            from django.core.management import call_command

            django.setup()
            call_command("send_sample", live=os.environ.get("TRACING_UI_DEMO") == "live")


if __name__ == "__main__":
    main()
