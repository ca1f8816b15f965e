from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from tracing_ui import environment as env

ROOT = Path(__file__).parents[1]
READ = re.compile(r"""env\.(\w+)\(\s*(?:"([A-Z_]+)")?""")


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(env.PREFIX)]:
        monkeypatch.delenv(name)


def variables() -> set[str]:
    """Each variable that the settings read, by its whole name."""
    found = {name for _, name in READ.findall((ROOT / "tracing_ui/settings.py").read_text()) if name}
    return {f"TRACING_UI_{name}" for name in found | {"DATA_DIR"}} | {"DATABASE_URL"}


def test_every_variable_stands_in_the_readmes_table() -> None:
    rows = [line for line in (ROOT / "README.md").read_text().splitlines() if line.startswith("|")]
    told = {name for row in rows for name in re.findall(r"`(TRACING_UI_[A-Z_]+|DATABASE_URL)`", row.split("|")[1])}
    assert variables() - told == set()
    assert {name for name in told - variables() if not re.search(r"_TEST_|_REQUIRE_", name)} == set()


def test_settings_are_read_from_the_environment_in_one_place() -> None:
    elsewhere = [
        str(path.relative_to(ROOT))
        for folder in ("traces", "tracing_ui")
        for path in sorted((ROOT / folder).rglob("*.py"))
        if re.search(r"os\.environ|os\.getenv", path.read_text())
    ]
    assert not [path for path in elsewhere if path.startswith("traces/") and "/management/" not in path]


@pytest.mark.parametrize("value", ["many", "-1", "1.5", "0", "257", "1e3", "9" * 30])
def test_number_out_of_range_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("TRACING_UI_WORKERS", value)
    with pytest.raises(ImproperlyConfigured, match="TRACING_UI_WORKERS should be a whole number from 1 to 256"):
        env.number("WORKERS", 1, least=1, most=256)


@pytest.mark.parametrize(("value", "number"), [("", 7), ("  ", 7), ("1", 1), (" 256 ", 256)])
def test_number_is_read(monkeypatch: pytest.MonkeyPatch, value: str, number: int) -> None:
    monkeypatch.setenv("TRACING_UI_WORKERS", value)
    assert env.number("WORKERS", 7, least=1, most=256) == number


@pytest.mark.parametrize(
    ("value", "size"),
    [("1", 1), ("512k", 524_288), ("20m", 20_971_520), ("1G", 1 << 30), ("20 MB", 20_971_520), ("1GiB", 1 << 30)],
)
def test_size_is_read(monkeypatch: pytest.MonkeyPatch, value: str, size: int) -> None:
    monkeypatch.setenv("TRACING_UI_MAX_BODY_BYTES", value)
    assert env.size("MAX_BODY_BYTES", "5m") == size


@pytest.mark.parametrize("value", ["big", "-1m", "1.5m", "1t", "m"])
def test_size_that_makes_no_sense_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("TRACING_UI_MAX_BODY_BYTES", value)
    with pytest.raises(ImproperlyConfigured, match="TRACING_UI_MAX_BODY_BYTES should be a size"):
        env.size("MAX_BODY_BYTES", "5m")


@pytest.mark.parametrize(("value", "seconds"), [("", None), ("12h", 43_200), ("30d", 2_592_000), ("4 W", 2_419_200)])
def test_length_of_time_is_read(monkeypatch: pytest.MonkeyPatch, value: str, seconds: int | None) -> None:
    monkeypatch.setenv("TRACING_UI_RETENTION", value)
    assert env.duration_s("RETENTION") == seconds


@pytest.mark.parametrize("value", ["0d", "forever", "30", "-1d", "1.5d", "1y"])
def test_length_of_time_that_makes_no_sense_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("TRACING_UI_RETENTION", value)
    with pytest.raises(ImproperlyConfigured, match="TRACING_UI_RETENTION should be a length of time"):
        env.duration_s("RETENTION")


@pytest.mark.parametrize(("value", "said"), [("1", True), ("yes", True), ("ON", True), ("", False), ("no", False)])
def test_flag_is_read(monkeypatch: pytest.MonkeyPatch, value: str, said: bool) -> None:
    monkeypatch.setenv("TRACING_UI_DEBUG", value)
    assert env.flag("DEBUG") is said


def test_flag_that_makes_no_sense_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACING_UI_DEBUG", "maybe")
    with pytest.raises(ImproperlyConfigured, match="TRACING_UI_DEBUG should be 1 or 0"):
        env.flag("DEBUG")


def test_words_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACING_UI_CORS_ORIGINS", " https://a , ,https://b,")
    assert env.words("CORS_ORIGINS") == ["https://a", "https://b"]


@pytest.mark.parametrize("given", ["", '{"a": 1}', " {} "])
def test_document_is_read(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("TRACING_UI_LINKS", given)
    assert env.document("LINKS", lambda found: found) == json.loads(given or "{}")


def test_document_is_read_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "links.json").write_text('\ufeff{"ä": 1}', encoding="utf-8")
    monkeypatch.setenv("TRACING_UI_LINKS", str(tmp_path / "links.json"))
    assert env.document("LINKS", lambda found: found) == {"ä": 1}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ('{"a": 1,}', "TRACING_UI_LINKS: not JSON: .*line 1 column"),
        ('{"a": 1, "b": {"c": 1, "c": 2}}', "TRACING_UI_LINKS: c is there twice"),
        ("[" * 100_000, "TRACING_UI_LINKS: nested too deep"),
        ("links.json", "TRACING_UI_LINKS should be JSON .* or the whole path of a file"),
        ("~nobody-of-that-name/links.json", "TRACING_UI_LINKS should be JSON"),
        ("/no/such/file.json", "TRACING_UI_LINKS: /no/such/file.json can't be read: No such file"),
        ("{}", "TRACING_UI_LINKS: Logs: needs more"),
    ],
)
def test_document_that_makes_no_sense_is_refused_with_the_place(
    monkeypatch: pytest.MonkeyPatch, given: str, message: str
) -> None:
    def refuse(found: object) -> None:
        raise ValueError("Logs: needs more")

    monkeypatch.setenv("TRACING_UI_LINKS", given)
    with pytest.raises(ImproperlyConfigured, match=message):
        env.document("LINKS", refuse)


def test_address_of_a_database_is_read_with_what_libpq_knows() -> None:
    entry = env.database("postgresql://me:p%40ss@db:6432/traces?sslmode=require")
    assert {name: entry[name] for name in ("NAME", "USER", "PASSWORD", "HOST", "PORT")} == {
        "NAME": "traces", "USER": "me", "PASSWORD": "p@ss", "HOST": "db", "PORT": "6432",
    }  # fmt: skip
    options = entry["OPTIONS"]
    assert isinstance(options, dict)
    assert options["sslmode"] == "require"


@pytest.mark.parametrize("url", ["mysql://me:hunter2@db/x", "nonsense hunter2", "postgresql://me:hunter2@db/x?bad=1"])
def test_address_of_no_database_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL") as caught:
        env.database(url)
    assert "hunter2" not in str(caught.value)
    assert caught.value.__suppress_context__


@pytest.mark.parametrize(
    ("name", "value"),
    [("PORT", "65536"), ("MAX_SPANS_PER_REQUEST", "0"), ("MAX_VALUE_LENGTH", "1"), ("RETENTION", "x"), ("DEBUG", "2")],
)
def test_program_with_a_bad_setting_doesnt_start(name: str, value: str) -> None:
    environment = {**os.environ, f"TRACING_UI_{name}": value}
    command = [sys.executable, "-c", "import tracing_ui.settings"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=30)
    assert done.returncode != 0
    assert f"TRACING_UI_{name} should be" in done.stderr


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("LINKS", '{"Logs": "javascript:alert(1)"}', "TRACING_UI_LINKS: Logs: needs an address that begins with http"),
        ("SERVICES", '{"pay": {"onwer": "a"}}', "TRACING_UI_SERVICES: pay: unknown key onwer"),
    ],
)
def test_server_with_a_bad_link_or_note_doesnt_start_and_says_why(name: str, value: str, message: str) -> None:
    environment = {**os.environ, f"TRACING_UI_{name}": value}
    command = [sys.executable, "manage.py", "serve"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=30)
    assert done.returncode != 0
    assert done.stderr.startswith(f"error: {message}")
