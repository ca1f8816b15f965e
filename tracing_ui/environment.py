"""Environment variables -> typed settings. What makes no sense is refused with the variable's name and the mend."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import platformdirs
from django.core.exceptions import ImproperlyConfigured
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

PREFIX = "TRACING_UI_"
_SIZES = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}
_SPANS_OF_TIME = {"h": 3_600, "d": 86_400, "w": 604_800}
T = TypeVar("T")


def text(name: str, default: str = "") -> str:
    return os.environ.get(PREFIX + name, "").strip() or default


def flag(name: str) -> bool:
    given = text(name).lower()
    if given in {"1", "true", "yes", "on"}:
        return True
    if given in {"", "0", "false", "no", "off"}:
        return False
    raise _refused(name, "1 or 0")


def words(name: str) -> list[str]:
    return [word.strip() for word in text(name).split(",") if word.strip()]


def number(name: str, default: int, *, least: int = 0, most: int = 1 << 62) -> int:
    given = text(name)
    if not given:
        return default
    if not given.isdecimal() or len(given) > 18 or not least <= int(given) <= most:
        raise _refused(name, f"a whole number from {least:,}" + (f" to {most:,}" if most < 1 << 62 else ""))
    return int(given)


def size(name: str, default: str) -> int:
    """Bytes: `512k`, `20m`, `1g` or a plain number."""
    given = re.fullmatch(r"(\d{1,12})\s*([kmg]?)i?b?", text(name, default).lower())
    if not given:
        raise _refused(name, "a size in bytes such as 20m, 512k or 1g")
    return int(given[1]) * _SIZES[given[2]]


def duration_s(name: str) -> int | None:
    """Seconds: `12h`, `30d`, `4w`; None where nothing is set."""
    given = text(name).lower()
    if not given:
        return None
    match = re.fullmatch(r"(\d{1,6})\s*([hdw])", given)
    if not match or not int(match[1]):
        raise _refused(name, "a length of time such as 12h, 30d or 4w")
    return int(match[1]) * _SPANS_OF_TIME[match[2]]


def document(name: str, read: Callable[[object], T]) -> T:
    """What `read` makes of JSON, given as such or as the path of a file; of `{}` where nothing is set.

    Its ValueError says what is wrong.
    """
    given = text(name, "{}")
    try:
        return read(json.loads(given if given.startswith(("{", "[")) else _file(name, given), object_pairs_hook=_once))
    except RecursionError:
        raise ImproperlyConfigured(f"{PREFIX}{name}: nested too deep") from None
    except ValueError as error:
        shape = "not JSON: " if isinstance(error, json.JSONDecodeError) else ""
        raise ImproperlyConfigured(f"{PREFIX}{name}: {shape}{error}") from error


def data_dir() -> Path:
    """Where the embedded database lives; as root outside any home, whose doors PostgreSQL's user could not pass."""
    default = "/var/lib/tracing-ui" if _is_root() else platformdirs.user_data_dir("tracing-ui")
    return Path(text("DATA_DIR", default)).expanduser().absolute()


def database(url: str) -> dict[str, object]:
    """A `postgresql://` URL as an entry of Django's DATABASES. Whatever libpq knows beyond that stays an option."""
    try:
        parts = dict(conninfo_to_dict(url))
    except ProgrammingError:
        # The parser's own message repeats the URL, and with it the password.
        raise ImproperlyConfigured(
            "DATABASE_URL is no address of a PostgreSQL: expected postgresql://user:password@host:5432/name"
        ) from None
    names = {"NAME": "dbname", "USER": "user", "PASSWORD": "password", "HOST": "host", "PORT": "port"}
    entry = {name: str(parts.pop(key, None) or "") for name, key in names.items()}
    # A server that vanished from the network is noticed after half a minute, not after the kernel's quarter of an hour.
    options = {"connect_timeout": 5, "tcp_user_timeout": 30_000, "server_side_binding": True, **parts}
    return {"ENGINE": "django.db.backends.postgresql", **entry, "OPTIONS": options}


def _file(name: str, given: str) -> str:
    """Whole paths only: the processes of `serve` don't run where it was typed."""
    path = Path(os.path.expanduser(given))  # Path's own raises for a home that isn't there.
    if not path.is_absolute():
        raise _refused(name, 'JSON that begins with "{", or the whole path of a file with it')
    try:
        return path.read_text("utf-8-sig")
    except OSError as error:
        raise ImproperlyConfigured(f"{PREFIX}{name}: {path} can't be read: {error.strerror}") from error


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"{next(key for key in keys if keys.count(key) > 1)} is there twice")
    return found


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _refused(name: str, expected: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(f"{PREFIX}{name} should be {expected}")
