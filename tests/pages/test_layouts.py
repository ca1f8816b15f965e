from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from pytest_django import Settings

from tests.core.drawing import a_span, spans_of
from tests.pages.conftest import Store
from traces import queries
from traces.core.columns import Columns
from traces.core.folding import Fold
from traces.core.tree import build_trace
from traces.pages import layouts

pytestmark = pytest.mark.django_db
CHECKOUT = spans_of("""
    checkout      |==================|
      auth        |==|
""")


@pytest.fixture(autouse=True)
def folder(settings: Settings, tmp_path: Path) -> Path:
    settings.DATA_DIR = tmp_path
    layouts._open.clear()
    return tmp_path / "layouts"


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Sequence[bytes]:
    """The traces that were read from the database."""
    found: list[bytes] = []
    read = queries.trace_columns

    def watched(trace_id: bytes) -> tuple[str, Columns]:
        found.append(trace_id)
        return read(trace_id)

    monkeypatch.setattr(queries, "trace_columns", watched)
    return found


def stored(store: Store) -> tuple[bytes, str]:
    summary = queries.trace_summary(bytes.fromhex(store(CHECKOUT)))
    assert summary
    return summary.trace_id, summary.stamp


def test_layout_is_made_once_and_then_mapped_by_every_process(
    store: Store, folder: Path, reads: Sequence[bytes]
) -> None:
    trace_id, stamp = stored(store)
    made = layouts.layout_of(trace_id, stamp)
    assert made.stamp == stamp
    (file,) = folder.iterdir()
    assert (folder.stat().st_mode & 0o777, file.stat().st_mode & 0o777) == (0o700, 0o600)
    for _ in range(2):
        layouts._open.clear()  # as another process begins
        mapped = layouts.layout_of(trace_id, stamp)
        assert (list(mapped.trace.nodes), mapped.minimap) == (list(made.trace.nodes), made.minimap)
    assert len(reads) == 1


def test_damaged_file_is_made_again(store: Store, folder: Path, reads: Sequence[bytes]) -> None:
    trace_id, stamp = stored(store)
    layouts.layout_of(trace_id, stamp)
    (file,) = folder.iterdir()
    for damaged in (file.read_bytes()[:-9], b"", b"x" * 5_000):
        file.write_bytes(damaged)
        layouts._open.clear()
        assert len(layouts.layout_of(trace_id, stamp).trace) == 2
    assert len(reads) == 4


def test_layout_is_dropped_when_it_is_old(store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trace_id, stamp = stored(store)
    layouts.layout_of(trace_id, stamp)
    assert layouts.kept_layout(trace_id, stamp)
    monkeypatch.setattr(layouts, "MAX_AGE_S", -1)
    assert layouts.kept_layout(trace_id, stamp) is None
    layouts.sweep(folder)
    assert list(folder.iterdir()) == []


def test_layout_that_took_the_place_of_an_old_one_is_kept(
    store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch, reads: Sequence[bytes]
) -> None:
    trace_id, stamp = stored(store)
    layouts.layout_of(trace_id, stamp)
    (file,) = folder.iterdir()
    an_hour_ago_s = time.time() - layouts.MAX_AGE_S
    os.utime(file, (an_hour_ago_s,) * 2)
    with monkeypatch.context() as then:
        then.setattr(time, "time", lambda: an_hour_ago_s + 1)
        layouts.layout_of(trace_id, stamp)  # open, and not yet old
    for _ in range(3):
        layouts.layout_of(trace_id, stamp)
    assert len(reads) == 2


@pytest.mark.parametrize(("bound", "limit"), [("MOST_FILES", 3), ("MOST_BYTES", 3 * 100)])
def test_oldest_files_go_first_until_the_rest_is_within_bounds(
    folder: Path, monkeypatch: pytest.MonkeyPatch, bound: str, limit: int
) -> None:
    folder.mkdir()
    for number in range(5):
        file = folder / str(number)
        file.write_bytes(bytes(100))
        os.utime(file, (time.time() - 100 + number,) * 2)
    monkeypatch.setattr(layouts, bound, limit)
    layouts.sweep(folder)
    assert sorted(file.name for file in folder.iterdir()) == ["2", "3", "4"]


def test_folder_that_cant_be_written_costs_speed_and_nothing_else(
    store: Store, settings: Settings, tmp_path: Path, reads: Sequence[bytes]
) -> None:
    (tmp_path / "taken").write_text("no folder")
    settings.DATA_DIR = tmp_path / "taken"
    trace_id, stamp = stored(store)
    assert [len(layouts.layout_of(trace_id, stamp).trace) for _ in range(2)] == [2, 2]
    assert len(reads) == 2


@pytest.mark.parametrize("stamp", ["", "1", "../../etc/passwd", "1-2-zzzzzzzz", "1-2-00000000/..", "١-٢-00000000"])
def test_stamp_that_somebody_made_up_opens_nothing(stamp: str) -> None:
    assert layouts.kept_layout(bytes(16), stamp) is None


def test_no_more_layouts_stay_open_than_said(store: Store) -> None:
    for _ in range(layouts.MOST_OPEN + 3):
        trace_id, stamp = stored(store)
        layouts.layout_of(trace_id, stamp)
        layouts.layout_of(trace_id, stamp)
    assert len(layouts._open) == layouts.MOST_OPEN


def test_ways_to_collapse_are_remembered_but_not_all() -> None:
    layout = layouts.Layout("", build_trace([a_span("a"), a_span("b", "a")]), {}, 0)
    for levels in range(1, 20):
        layout.visible(Fold(levels))
    assert len(layout._computed) <= 9
