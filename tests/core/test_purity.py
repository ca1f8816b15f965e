from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# None in sys.modules makes an import fail.
IMPORT_ALL = """
import sys, pkgutil, importlib
sys.path.insert(0, ".")
sys.modules["django"] = None
package = importlib.import_module(sys.argv[1])
for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
    importlib.import_module(module.name)
print(*{name.split(".")[0] for name, module in sys.modules.items() if module} - sys.stdlib_module_names)
"""


def imported(package: str, *flags: str) -> set[str]:
    """What is imported beyond the standard library with all of a package, in a process of its own."""
    command = [sys.executable, *flags, "-c", IMPORT_ALL, package]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return set(done.stdout.split()) - {"__main__"}


@pytest.mark.parametrize("package", ["traces.core", "traces.wire", "traces.search"])
def test_package_works_without_django(package: str) -> None:
    assert "django" not in imported(package)


def test_core_needs_the_standard_library_alone() -> None:
    assert imported("traces.core", "-I", "-S") == {"traces"}
