from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.database import new_folder
from tracing_ui import embedded


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A data folder that does not exist yet; a server that a test leaves there is stopped."""
    with new_folder() as folder:
        folder.chmod(0o755)
        yield folder / "data"
        embedded.stop(folder / "data")
