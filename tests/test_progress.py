"""How far a download has come, told from one process to another."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from traces import progress
from traces.progress import Progress, Report, State, begin, progress_of, stop

KILLED = """
import os, sys
from pathlib import Path
from traces.progress import Report
with Report(Path(sys.argv[1]), sys.argv[2]) as report:
    report.passed(7)
    print("7", flush=True)
    sys.stdin.read()
"""


def found(folder: Path, token: str) -> Progress:
    progress = progress_of(folder, token)
    assert progress is not None
    return progress


def test_what_is_written_is_told_from_its_beginning_to_its_end(tmp_path: Path) -> None:
    token = begin(tmp_path)
    assert (found(tmp_path, token).state, found(tmp_path, token).is_over) == (State.WAITING, False)
    with Report(tmp_path, token) as report:
        assert found(tmp_path, token).state is State.UNDER_WAY
        report.sent(1_000)
        report.passed(500)
        assert found(tmp_path, token)[3:] == (500, 1_000, "", False)
        report.sent(30)
        report.passed(1)
    last = found(tmp_path, token)
    assert last[3:] == (501, 1_030, "", False)
    assert (last.state, last.is_over) == (State.DONE, True)
    assert time.time() - 60 < last.began_s <= last.ended_s <= time.time()


def test_it_is_noted_twice_a_second_at_most(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    noted: list[Progress] = []
    write = progress._noted
    monkeypatch.setattr(progress, "_noted", lambda one: noted.append(one) or write(one))  # type: ignore[func-returns-value]
    began_s = time.monotonic()
    with Report(tmp_path, begin(tmp_path)) as report:
        for _ in range(10_000):
            report.passed(1)
    # When it was made, at the beginning and the end, and between them.
    assert len(noted) <= 4 + 2 * (time.monotonic() - began_s)
    assert noted[-1].traces == 10_000


@pytest.mark.parametrize(
    ("error", "why"), [(GeneratorExit(), "the reader went away"), (OSError("disk"), "an error in the server")]
)
def test_what_breaks_off_says_why(tmp_path: Path, error: BaseException, why: str) -> None:
    token = begin(tmp_path)
    report = Report(tmp_path, token)

    def fail() -> None:
        with report:
            raise error

    with pytest.raises(type(error)):
        fail()
    assert (found(tmp_path, token).state, found(tmp_path, token).why) == (State.CUT, why)


def test_reasons_of_any_length_and_alphabet_are_kept(tmp_path: Path) -> None:
    token = begin(tmp_path)
    with Report(tmp_path, token) as report:
        report.cut("\U0001f9ff" * 10_000)
    assert found(tmp_path, token).why == "\U0001f9ff" * progress.LONGEST_WHY


def test_a_writer_that_is_killed_is_not_waited_for(tmp_path: Path) -> None:
    token = begin(tmp_path)
    writer = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path), token], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout is not None
    assert writer.stdin is not None
    with writer.stdin, writer.stdout:
        assert writer.stdout.readline() == "7\n"
        assert found(tmp_path, token).state is State.UNDER_WAY
        writer.kill()
        writer.wait()
    last = found(tmp_path, token)
    assert (last.state, last.traces) == (State.CUT, 7)
    assert "has ended" in last.why


def test_its_reader_can_stop_it_in_another_process_before_it_begins_or_later(tmp_path: Path) -> None:
    early, late = begin(tmp_path), begin(tmp_path)
    stop(tmp_path, early)
    with Report(tmp_path, early) as report:
        assert report.is_stopped()
    with Report(tmp_path, late) as report:
        assert not report.is_stopped()
        subprocess.run(
            [sys.executable, "-c", "import sys; from pathlib import Path; from traces.progress import stop;"
             "stop(Path(sys.argv[1]), sys.argv[2])", str(tmp_path), late], check=True)  # fmt: skip
        assert report.is_stopped()
        assert found(tmp_path, late).is_stopped
        report.passed(1)
        assert report.is_stopped()


def test_a_browser_that_tries_again_begins_anew(tmp_path: Path) -> None:
    token = begin(tmp_path)
    stop(tmp_path, token)
    with Report(tmp_path, token) as report:
        report.passed(9)
        report.cut("the reader stopped it")
    with Report(tmp_path, token) as again:
        assert not again.is_stopped()
        assert found(tmp_path, token).traces == 0


def test_two_that_have_one_token_do_not_mix(tmp_path: Path) -> None:
    token = begin(tmp_path)
    with Report(tmp_path, token) as first:
        first.passed(1)
        with Report(tmp_path, token) as second:
            second.passed(1_000)
        assert (found(tmp_path, token).state, found(tmp_path, token).traces) == (State.UNDER_WAY, 1)


@pytest.mark.parametrize(
    "token",
    [
        "",
        "x",
        "../../etc/passwd",
        "0" * 31,
        "0" * 33,
        "A" * 32,
        "0" * 31 + "/",
        "0" * 31 + "\n",
        "٣" * 32,
        "0" * 32 + "\n",
    ],
)
def test_a_path_is_made_of_a_token_and_nothing_else(tmp_path: Path, token: str) -> None:
    assert not progress.is_token(token)
    assert progress_of(tmp_path, token) is None
    with pytest.raises(ValueError, match="32 hex digits"):
        stop(tmp_path, token)
    if token:
        with pytest.raises(ValueError, match="32 hex digits"):
            Report(tmp_path, token)


def test_without_a_token_or_a_file_nothing_is_kept(tmp_path: Path) -> None:
    for token in ("", "0" * 32):
        with Report(tmp_path, token) as report:
            report.passed(1)
            assert not report.is_stopped()
    stop(tmp_path, "0" * 32)
    assert progress_of(tmp_path, "0" * 32) is None
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_file_is_as_good_as_none(tmp_path: Path) -> None:
    token = begin(tmp_path)
    for content in (b"", b"-", b"-[]", b"-[1]", b"\xff" * 5_000, b'-["done"'):
        (tmp_path / "downloads" / token).write_bytes(content)
        assert progress_of(tmp_path, token) is None
        with Report(tmp_path, token) as report:
            report.passed(1)


def test_old_ones_and_too_many_are_cleared_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "MOST_FILES", 3)
    tokens = [begin(tmp_path) for _ in range(3)]
    for token, age_s in zip(tokens, (progress.MAX_AGE_S + 9, 5, 9), strict=True):
        os.utime(tmp_path / "downloads" / token, (time.time() - age_s,) * 2)
    tokens += [begin(tmp_path), begin(tmp_path)]
    # The one that is a day old went first, then the oldest of more than three.
    assert [progress_of(tmp_path, token) is not None for token in tokens] == [False, True, True, True, True]
    begin(tmp_path)
    assert [progress_of(tmp_path, token) is not None for token in tokens] == [False, True, False, True, True]
    assert [oct(file.stat().st_mode)[-3:] for file in (tmp_path / "downloads").iterdir()] == ["600"] * 4
