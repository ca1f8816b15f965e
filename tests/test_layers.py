"""Who may import whom, read from the source: the heart knows nothing of the house around it."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# Of our own modules; beyond that the standard library, and what OUTSIDE names.
MAY_IMPORT = {
    "core": {"core"},
    "wire": {"wire", "core"},
    "search": {"search", "core"},
    "intake": {"core"},
    "kept_analyses": {"core"},
    "progress": set(),
    "store": {"store", "sessions", "core"},
    "queries": {"queries", "search", "sessions", "core"},
    "sessions": set(),
    "turns": set(),
    "sample": {"sample", "core"},
    "migrations": {"store"},
    "housekeeping": {"store", "core"},
}
OUTSIDE: dict[str, set[str]] = {
    "core": set(),
    "wire": {"msgspec", "google", "opentelemetry"},
    "search": {"lark"},
    "intake": set(),
    "kept_analyses": set(),
    "progress": set(),
    "store": {"django", "psycopg", "msgspec"},
    "queries": {"django", "psycopg"},
    "sessions": {"django", "psycopg"},
    "sample": {"opentelemetry", "requests"},
}
WITHOUT_DJANGO = """
import sys, pkgutil, importlib
sys.modules["django"] = None
for name in sys.argv[1:]:
    module = importlib.import_module(name)
    for inner in pkgutil.walk_packages(getattr(module, "__path__", ()), name + "."):
        importlib.import_module(inner.name)
"""


def sources(folder: str) -> Iterator[Path]:
    return (path for path in sorted((ROOT / folder).rglob("*.py")) if "__pycache__" not in path.parts)


def part(path: Path) -> str:
    """core, store, intake, …: the first name below `traces`."""
    return path.relative_to(ROOT / "traces").with_suffix("").parts[0]


def imported(path: Path) -> set[str]:
    """Whole names, `traces.core.span` or `django.db`."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: a relative import"
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


def ours(path: Path) -> set[str]:
    return {name.split(".")[1] for name in imported(path) if name.startswith("traces.")}


def outside(path: Path) -> set[str]:
    tops = {name.split(".")[0] for name in imported(path)}
    return tops - set(sys.stdlib_module_names) - {"traces", "tracing_ui"}


@pytest.mark.parametrize("name", MAY_IMPORT)
def test_part_imports_only_what_lies_below_it(name: str) -> None:
    paths = [path for path in sources("traces") if part(path) == name]
    assert paths
    wrong = {path.name: ours(path) - MAY_IMPORT[name] for path in paths}
    assert {path: names for path, names in wrong.items() if names} == {}


@pytest.mark.parametrize("name", OUTSIDE)
def test_part_needs_no_more_from_outside(name: str) -> None:
    found = set().union(*(outside(path) for path in sources("traces") if part(path) == name))
    assert found - OUTSIDE[name] == set()


def test_nobody_imports_the_api_and_the_pages() -> None:
    allowed = {"api", "pages"}
    doors = {ROOT / "tracing_ui/urls.py", ROOT / "tracing_ui/wsgi.py"}
    wrong = [
        str(path.relative_to(ROOT))
        for folder in ("traces", "tracing_ui")
        for path in sources(folder)
        if ours(path) & allowed and path not in doors and not (folder == "traces" and part(path) in allowed)
    ]
    assert wrong == []


def test_api_and_pages_leave_each_other_alone() -> None:
    assert [path.name for path in sources("traces") if part(path) == "api" and "pages" in ours(path)] == []


def test_configuration_is_read_by_the_edges_alone() -> None:
    """Settings are handed down: what computes gets its limits as arguments."""
    readers = {part(path) for path in sources("traces") if "django.conf.settings" in imported(path)}
    assert readers <= {"api", "pages", "housekeeping", "management"}


def test_pure_parts_work_without_django() -> None:
    command = [sys.executable, "-c", WITHOUT_DJANGO, "traces.core", "traces.wire", "traces.search", "traces.intake"]
    subprocess.run(command, cwd=ROOT, check=True, timeout=60)
