import pytest

from tests.written import committed, cursor, forgetful, writer
from traces.queries import answering, counts, grouping, overview

__all__ = ["committed", "cursor", "forgetful", "patient", "writer"]


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine must not turn exact answers into "at least"."""
    for function, name in (
        (answering.matching, "box_ms"),
        (counts.value_counts, "timeout_ms"),
        (grouping.grouped, "timeout_ms"),
        (overview.matches, "timeout_ms"),
    ):
        assert function.__kwdefaults__
        monkeypatch.setitem(function.__kwdefaults__, name, 60_000)
