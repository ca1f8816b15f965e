"""What every test can ask for: a database, a browser. Both start with the first test that does."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import django
import pytest
from hypothesis import HealthCheck, settings

from tests.database import private_database
from tests.find_chromium import CHROMIUM_ARGUMENTS, find_chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page
    from pytest_django import DjangoDbBlocker

HERE = Path(__file__).parent
DATA_DIR = Path(tempfile.mkdtemp(prefix="tracing-ui-tests-"))
STOCK = "store", "queries"
LONGEST_FIRST = {folder: place for place, folder in enumerate(("server", "browser", "queries", "store", "api"))}

# How long an example takes on a busy machine is nobody's fault.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


def pytest_configure() -> None:
    # Before Django reads its settings: what this shell happens to export is not what is tested.
    for name in [name for name in os.environ if name.startswith("TRACING_UI_")]:
        if name not in {"TRACING_UI_TEST_DATABASE", "TRACING_UI_REQUIRE_BROWSER"}:
            del os.environ[name]
    os.environ.pop("DATABASE_URL", None)
    os.environ["DJANGO_SETTINGS_MODULE"] = "tracing_ui.settings"
    # Playwright's synchronous API runs an event loop in this thread, and Django then suspects every query.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    # Layouts of traces are kept in the data folder; not in that of whoever runs the tests.
    os.environ["TRACING_UI_DATA_DIR"] = str(DATA_DIR)
    django.setup()
    # Processes that run tests beside each other inherit the environment, and would read the settings before this.
    del os.environ["TRACING_UI_DATA_DIR"], os.environ["DJANGO_SETTINGS_MODULE"]
    from django.conf import settings

    if settings.DATA_DIR != DATA_DIR:
        raise pytest.UsageError("Django's settings were read too early: unset DJANGO_SETTINGS_MODULE and try again")
    from traces.store import group_commit

    # A writer's thread and its connection may not outlive the database that a test takes away.
    group_commit.IDLE_S = 0.5


def pytest_unconfigure() -> None:
    shutil.rmtree(DATA_DIR, ignore_errors=True)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Nothing is read of which no test would be left."""
    only_stock = config.getoption("markexpr") == "stock"
    return True if only_stock and _folder(collection_path) not in {"", *STOCK} else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    marks = {"browser": pytest.mark.browser} | dict.fromkeys(STOCK, pytest.mark.stock)
    for item in items:
        if mark := marks.get(_folder(item.path)):
            item.add_marker(mark)
    # Of those that run side by side none is left alone with a long file at the end.
    items.sort(key=lambda item: LONGEST_FIRST.get(_folder(item.path), len(LONGEST_FIRST)))


def _folder(path: Path) -> str:
    """The first below ours that it lies in."""
    return path.relative_to(HERE).parts[0] if path != HERE and path.is_relative_to(HERE) else ""


@pytest.fixture(scope="session")
def database_url() -> Iterator[str]:
    with private_database() as url:
        yield url


@pytest.fixture(scope="session")
def django_db_modify_db_settings(database_url: str) -> None:
    from django.conf import settings

    from tracing_ui.environment import database

    settings.DATABASES["default"].update(database(database_url))


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Before the test database is dropped, connections of threads that outlived their test are ended.

    By a new one: tests end connections, and the last may have ended ours.
    """
    yield
    from django.db import connection

    connection.close()
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()"
            " and pid <> pg_backend_pid() and backend_type = 'client backend'"
        )


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    executable = find_chromium(shell=True)
    if executable is None:
        reason = "no Chromium found; CHROMIUM=/path/to/chromium names one"
        if os.environ.get("TRACING_UI_REQUIRE_BROWSER") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A tab with nothing from the tests before it."""
    with browser.new_context() as context:
        yield context.new_page()
